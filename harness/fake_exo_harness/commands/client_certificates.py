"""Client certificates of `exec` and `serve`: which authorities vouch for them, and one of ours."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from fake_exo import TlsStarted
from fake_exo.drive import (
    ClientCredentials,
    client_credentials,
    private_file,
    read_certificates,
)
from fake_exo_harness.record import JobRecord

_WORDS = {"{certificate}": "client.pem", "{certificate_p12}": "client.p12"}  # in a command
PLACED = {
    "client_certificate": "client certificate, with its key",
    "client_certificate_p12": "the same as PKCS#12, password fake-exo",
}
_VARIABLES = {"FAKE_EXO_CLIENT_CERT": "client.pem", "FAKE_EXO_CLIENT_P12": "client.p12"}


def vouching(paths: Sequence[Path]) -> tuple[str, ...]:
    """PEM of the authorities in these files. A file without one ends the command."""
    return tuple(_authorities(path) for path in paths)


def _authorities(path: Path) -> str:
    try:
        return read_certificates(path.read_bytes())
    except ValueError:
        raise click.UsageError(
            f"--trust-client-ca {path}: there is no certificate in it, PEM or DER; it wants that "
            "of the authority, or the client's own, not a key and no PKCS#12"
        ) from None


def handed_out(names: Sequence[str]) -> ClientCredentials | None:
    """A client certificate for these names; None where none is asked for. A name that no
    certificate can have ends the command."""
    if not names:
        return None
    try:
        return client_credentials(*names)
    except ValueError as error:
        told = f"--client-cert: {', '.join(names)}: {error}"
        raise click.UsageError(f"{told}; it wants host names, like relay.contoso.com") from None


def files(made: ClientCredentials) -> Mapping[str, bytes]:
    return {"client.pem": made.pem, "client.p12": made.pkcs12}


def placed(made: ClientCredentials) -> dict[str, str]:
    """The same on the disk of this machine, as long as the process is, by the keys of `PLACED`."""
    return {
        "client_certificate": str(private_file("client.pem", made.pem)),
        "client_certificate_p12": str(private_file("client.p12", made.pkcs12)),
    }


def filled(command: Sequence[str], paths: Mapping[str, Path]) -> tuple[str, ...]:
    """The words of a command with the files of the certificate; without one as they are."""
    words = list(command)
    for placeholder, name in _WORDS.items():
        if name in paths:
            words = [word.replace(placeholder, str(paths[name])) for word in words]
    return tuple(words)


def variables(paths: Mapping[str, Path]) -> dict[str, str]:
    return {key: str(paths[name]) for key, name in _VARIABLES.items() if name in paths}


def not_shown(job: JobRecord) -> bool:
    """Whether no connection of a job has shown a client certificate."""
    return not any(
        isinstance(event, TlsStarted) and (event.certificate or event.problem)
        for event in job.events
    )
