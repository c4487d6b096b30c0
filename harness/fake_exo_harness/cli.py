"""The command line. Thin: every command hands over to one function of the harness."""

import io
import signal
import sys
from pathlib import Path

import click

from fake_exo_harness import exits
from fake_exo_harness.cli_device import device, devices_of_user
from fake_exo_harness.cli_options import (
    ALL_DRIVERS,
    ALLOW,
    BIND,
    CA,
    CLIENT_CERT,
    FAULTS,
    FOREIGN_NAMES,
    JSON,
    KEEP_SECRETS,
    NAMES,
    OUT,
    PATHS,
    PATIENCE,
    REACH,
    REAL_PORTS,
    RECORDED_DRIVERS,
    TRUST_CLIENT_CA,
    CommandList,
    driver_option,
    written,
)
from fake_exo_harness.cli_serve import serve
from fake_exo_harness.terminal import open_all, say


@click.group(cls=CommandList, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fake-exo", prog_name="fake-exo")
def cli() -> None:
    """Rehearse how printers, applications and relays send mail through Exchange Online: offline,
    against a FAKE service and a fake DNS."""


@cli.command()
@click.argument("paths", nargs=-1, type=PATHS)
@driver_option(
    "memory", "How devices reach the fake service; any: each scenario's own way.", ALL_DRIVERS
)
@BIND
@REAL_PORTS
@NAMES
@REACH
@CA
@PATIENCE
@click.option("--tag", "tags", multiple=True, help="Only scenarios with this tag (repeatable).")
@click.option("-k", "keyword", default="", help="Only scenarios whose id or title contains this.")
@JSON
@click.option(
    "--strict-confidence",
    is_flag=True,
    envvar="EXO_STRICT_CONFIDENCE",
    help="A verdict that rests on a reply nobody has captured counts as failed.",
)
@click.option("-v", "--verbose", count=True, help="Transcripts, reasons and fixes of every run.")
@click.option("-q", "--quiet", is_flag=True, help="Only failures and the summary.")
@click.option("-x", "first", is_flag=True, help="Stop at the first that does not pass.")
@click.option("--junit", type=OUT, callback=written, help="Write the verdicts as JUnit XML too.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    envvar="EXO_COLOR",
    show_default=True,
)
@devices_of_user
@ALLOW
def run(**options: object) -> None:
    """Run scenarios: files or folders; without any, the bundled library."""
    from fake_exo_harness.commands.run import run_scenarios

    _leave(run_scenarios(**options))  # type: ignore[arg-type]


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@devices_of_user
@ALLOW
def check(paths: tuple[Path, ...]) -> None:
    """Look for errors in scenario, tenant and zone files without running anything."""
    from fake_exo_harness.commands.files import check_files

    _leave(check_files(paths))


@cli.command(name="list")
@click.argument("paths", nargs=-1, type=PATHS)
@JSON
@devices_of_user
@ALLOW
def list_(paths: tuple[Path, ...], as_json: bool) -> None:
    """List scenarios with their tags and the point of the story that they replay."""
    from fake_exo_harness.commands.files import list_scenarios

    _leave(list_scenarios(paths, as_json))


def _list_words(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from fake_exo_harness.commands.words import list_words

        ctx.exit(list_words())


@cli.command()
@click.argument("what", nargs=-1)
@JSON
@click.option("--all", "every", is_flag=True, help="Every cause, not only the likeliest.")
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_words,
    help="List all limits and switches with what each does, and leave.",
)
def explain(what: tuple[str, ...], as_json: bool, every: bool) -> None:
    """Explain what a log, an exception or a bounce says: paste it, or pipe it in. WHAT may also be
    a code (5.7.64), a rule (rcpt.relay.no-connector), a reply id, words of a reply, or a limit or
    switch of the service (submission.recipients_per_day)."""
    from fake_exo_harness.commands.explain import explain_

    _leave(explain_(what, as_json, every))


@cli.command()
@click.argument("paths", nargs=-1, type=PATHS)
@driver_option("both", "How the recorded client reaches the fake.")
@JSON
@click.option("-v", "--verbose", is_flag=True, help="Every session, not only those that differ.")
def conformance(paths: tuple[Path, ...], driver: str, as_json: bool, verbose: bool) -> None:
    """Replay sessions recorded with the real service and compare every reply. Without PATHS those
    that come with fake-exo; a file of yours is a YAML list of the same form."""
    from fake_exo_harness.commands.conformance import conformance as conformance_

    _leave(conformance_(paths, driver, as_json, verbose))


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option(
    "--out",
    "-o",
    type=OUT,
    callback=written,
    default="recordings.yaml",
    show_default=True,
    help="Where to write them.",
)
@driver_option(
    "memory", "How devices reach the fake service; any: each scenario's own way.", RECORDED_DRIVERS
)
@KEEP_SECRETS
@BIND
@REAL_PORTS
@NAMES
@REACH
@CA
@PATIENCE
@devices_of_user
def record(**options: object) -> None:
    """Run scenarios and write every session as a recording, with the world in which it happened;
    conformance replays it."""
    from fake_exo_harness.commands.record import record as record_

    _leave(record_(**options))  # type: ignore[arg-type]


@cli.command()
@click.argument("paths", nargs=-1, type=PATHS)
@JSON
@devices_of_user
@ALLOW
def cutover(paths: tuple[Path, ...], as_json: bool) -> None:
    """Rehearse a cutover: scenarios with `traffic`, as a timeline of which devices sent where, at
    which minute, and what was lost. Without PATHS the one that comes with fake-exo."""
    from fake_exo_harness.commands.cutover import cutover as cutover_

    _leave(cutover_(paths, as_json))


@cli.command()
@click.argument("tenant", type=PATHS)
@click.option(
    "--zone",
    "zones",
    multiple=True,
    type=PATHS,
    help="A zone file named after its domain (contoso.com.zone), or zones as YAML.",
)
@click.option(
    "--egress", multiple=True, metavar="ADDRESS", help="A public address that mail leaves from."
)
@click.option("--blocked", multiple=True, metavar="ADDRESS", help="An address on the block list.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
)
@ALLOW
def audit(
    tenant: Path,
    zones: tuple[Path, ...],
    egress: tuple[str, ...],
    blocked: tuple[str, ...],
    form: str,
) -> None:
    """Compare the connectors, SPF, MX, accepted domains, DMARC and blocked addresses of TENANT (a
    tenant file) with one another: they must agree."""
    from fake_exo_harness.commands.audit import audit_

    _leave(audit_(tenant, zones, egress, blocked, form))


@cli.command(name="exec", context_settings={"ignore_unknown_options": True})
@click.option("--tenant", "tenants", multiple=True, type=PATHS, help="A tenant file.")
@click.option(
    "--as",
    "public_ip",
    default="192.0.2.1",
    show_default=True,
    envvar="EXO_AS",
    help="The public address that the program comes from.",
)
@click.option(
    "--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="The service of this day."
)
@click.option("--zone", "zones", multiple=True, type=PATHS, help="A zone file to publish.")
@FOREIGN_NAMES
@FAULTS
@TRUST_CLIENT_CA
@CLIENT_CERT
@CA
@click.option(
    "--tarpit",
    is_flag=True,
    help="Wait before refusals as the real service does; else these waits are skipped.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=600,
    show_default=True,
    help="Seconds after which the program is ended; 0: never.",
)
@click.option(
    "--expect",
    type=click.Choice(["accepted", "refused", "nothing"]),
    default="accepted",
    show_default=True,
    help="What counts as passed.",
)
@JSON
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@ALLOW
def exec_(**options: object) -> None:
    """Run COMMAND in a network of its own where smtp.office365.com, the MX hosts and the DNS are
    the fake's, on real ports, with its CA trusted, and nothing else is reachable. Needs no root.
    Write -- before the command. {certificate} in it is the file of --client-cert, key and all, and
    {certificate_p12} the same as PKCS#12, password fake-exo."""
    from fake_exo_harness.commands.exec import exec_ as run_

    _leave(run_(**options))  # type: ignore[arg-type]


@cli.command()
@click.argument("subject", required=False)
@click.option(
    "--driver",
    type=click.Choice(["memory", "socket", "namespace", "command", "physical"]),
    help="Default: memory for profiles, namespace for programs; physical: a device on a bench.",
)
@click.option("--init", is_flag=True, help="Write SUBJECT, a file of a program to begin with.")
@click.option("--levels", default="", help="Only these, as ABC.  [default: A to K]")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="The service of this day."
)
@click.option("--strict", is_flag=True, help="Notes, and what cannot be asked, are failures too.")
@click.option(
    "--no-authority",
    is_flag=True,
    help="It cannot import an authority: what that leaves untestable is told, and no failure.",
)
@click.option("--firmware", default="", help="Of the device on the bench, for the evidence.")
@click.option(
    "--state",
    type=OUT,
    callback=written,
    metavar="FILE",
    help="Judged cases of a bench, to go on another day.  [default: certify-SUBJECT.json]",
)
@BIND
@REAL_PORTS
@NAMES
@REACH
@CA
@click.option(
    "--against",
    type=PATHS,
    metavar="OLD.json",
    help="Compare with older evidence; fails where a case is worse, or a new one fails.",
)
@click.option("--json-file", type=OUT, callback=written, help="Write the evidence as JSON.")
@click.option("--junit", type=OUT, callback=written, help="Write it as JUnit XML.")
@click.option("--html", type=OUT, callback=written, help="Write it as one HTML page.")
@JSON
@devices_of_user
@ALLOW
def certify(**options: object) -> None:
    """Certify SUBJECT for Microsoft 365, levels A to K: a device profile by its name or file, a
    bundled program (swaks, curl, msmtp), or a YAML file with the command lines of yours."""
    from fake_exo_harness.commands.certify import certify_

    _leave(certify_(**options))  # type: ignore[arg-type]


@cli.command()
@click.argument("files", nargs=-1, required=True, type=PATHS)
@click.option(
    "--against",
    type=PATHS,
    metavar="OLD.json",
    help="Compare one file with this one; fails where a case is worse, or a new one fails.",
)
@click.option("--html", type=OUT, callback=written, help="Write all of it as one HTML page.")
@JSON
def evidence(
    files: tuple[Path, ...], against: Path | None, html: Path | None, as_json: bool
) -> None:
    """Show evidence that `certify --json-file` wrote: devices by level, one page of many FILES, or
    what changed between two."""
    from fake_exo_harness.commands.evidence import show

    _leave(show(files, against, html, as_json))


@cli.command()
@click.argument("profile")
@click.option("--tenant", type=PATHS, help="A tenant file; the user and the domain are its own.")
@click.option("--relay", is_flag=True, help="By the domain's MX host, without signing in.")
@click.option(
    "--bind",
    default="",
    metavar="ADDRESS",
    envvar="EXO_BIND",
    help="The address of the bench, as given to serve.",
)
@NAMES
@REACH
@click.option(
    "--set", "changes", multiple=True, metavar="SETTING=VALUE", help="Another value of a setting."
)
@JSON
@ALLOW
@devices_of_user
def panel(**options: object) -> None:
    """Say what to enter at a device so that it sends to a bench, page by page and field by field
    in its own words. PROFILE: the name of a profile, its file, or a scenario with devices."""
    from fake_exo_harness.commands.panel import panel_

    _leave(panel_(**options))  # type: ignore[arg-type]


@cli.command()
@click.option("--for", "use", default="", metavar="WHAT", help="Only what this needs; see below.")
@JSON
def doctor(use: str, as_json: bool) -> None:
    """Say what this machine lacks for programs, containers and devices.

    WHAT: memory, socket, serve, "serve --real-ports", exec, namespace, command, docker, physical,
    certify, library."""
    from fake_exo_harness.commands.doctor import doctor as doctor_
    from fake_exo_harness.namespaces.prerequisites import USES

    if use and use not in USES:
        raise click.UsageError(f"nothing is named {use!r}; there are {', '.join(USES)}")
    _leave(doctor_(use, as_json))


@cli.command()
@click.argument("of", type=click.Choice(["scenario", "profile"]), default="scenario")
def schema(of: str) -> None:
    """Print the JSON Schema of scenarios, or of device profiles, for editors."""
    from fake_exo_harness.commands.files import print_schema

    _leave(print_schema(of))


cli.add_command(device)
cli.add_command(serve)


def _leave(code: int) -> None:
    if code:
        sys.exit(code)


def _ended(number: int, frame: object) -> None:
    """Ended from outside: everything that was begun is taken down on the way out."""
    for name in _ENDINGS:
        signal.signal(name, signal.SIG_IGN)
    raise SystemExit(128 + number)


# Who was started with nohup goes on ignoring SIGHUP.
_ENDINGS = [
    number
    for name in ("SIGTERM", "SIGHUP")
    if (number := getattr(signal, name, None)) and signal.getsignal(number) == signal.SIG_DFL
]


def main() -> None:
    """The entry point: a user sees a message, never a traceback."""
    for number in _ENDINGS:
        signal.signal(number, _ended)
    open_all()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console of Windows has few characters
    try:
        _leave(cli(standalone_mode=False) or exits.PASSED)
    except click.exceptions.Abort:
        sys.exit(exits.INTERRUPTED)
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        say(told.getvalue().rstrip(), err=True)
        sys.exit(exits.USAGE)
    except BrokenPipeError:
        sys.stderr.close()  # the reader left; nothing more to say
    except Exception as error:
        sys.exit(_told(error))


def _told(error: Exception) -> int:
    """What the machine refuses, and what is a bug, in words; returns the exit code."""
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        say(f"fake-exo: {name}{error.strerror or error}", err=True)
        return exits.ENVIRONMENT
    if isinstance(error, MemoryError):
        say("fake-exo: this machine has not enough memory for that", err=True)
        return exits.ENVIRONMENT
    say(f"fake-exo: internal error: {type(error).__name__}: {error}", err=True)
    say("This is a bug of fake-exo; please report it with the command you gave.", err=True)
    return exits.INTERNAL
