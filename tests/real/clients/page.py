"""`docs/clients.md`, from the data files."""

from collections.abc import Iterator, Sequence
from textwrap import fill

from tests.real.clients.rows import Client, Situation, clients, outcomes, situations

_HEAD = """# Real clients

What real programs and libraries do with client submission and with the relay at the MX host, with
the settings that their manuals give, and unmodified: each was run by `fake-exo exec`'s own means
([real programs](real.md)). The service's record says what was delivered and what crossed the wire,
not the client. Made from the tables in `tests/real/clients`; a test compares.

`sh run clients` installs what is missing and runs all, `sh run clients exim swaks` those two. It
takes a Debian and its `apt-get`, `npm` for two of them, and root where a mail server wants users of
its own. Mail servers that exclude each other are unpacked into `.clients` (or `$FAKE_EXO_CLIENTS`)
and laid over the machine for the time of one test; nothing that is installed is replaced.
`sh run test` runs the quick ones, and skips what is not here. A client of yours: its row in
`clients.yaml`, its program in `programs/`; `sh run clients ITS-ID` then says what it does, which
goes into `outcomes.yaml`.
"""
_WORDS = """
| word | says |
|---|---|
| delivered | it arrived, at the first try |
| delivered later | it was refused at first; the client, or its queue, came back, and it arrived |
| given up | it did not arrive, and nobody tries again |
| kept | it did not arrive; it waits in a queue of the client, and is tried again for days |
| bounced | it did not arrive; its sender gets a report, by way of the same service |
| bounced in vain | the report was refused as well |
| hangs | it waited for more than 20 seconds, and was ended |
| exit N | its exit code; not said of delivered mail with exit 0 |
| told | it shows the service's own words, or what was wrong with TLS |
| told the code | it shows the code of the reply and not its words |
| not told | it shows neither |
| in clear text | without TLS, which it never asked for |
| falls back to clear text | without TLS, when TLS had failed |
| **password to a stranger** | it signed in to a server whose certificate it should have refused |
| **password in clear text** | it sent the password without TLS |
"""
# What is said, the words of the table that say it, and in which situations.
_FINDINGS = (
    ("Cannot submit", "given up", ("submission",)),
    (
        "Give their password to a server of another name",
        "password to a stranger",
        ("wrong-name",),
    ),
    (
        "Give it to whoever has a certificate",
        "password to a stranger",
        ("unknown-root",),
    ),
    ("Give it away in clear text", "password in clear text", ("no-starttls",)),
    (
        "Relay in clear text without being asked to",
        "falls back to clear text",
        ("relay-unknown-root",),
    ),
    (
        "Lose what was refused, and end with exit 0",
        "given up, exit 0",
        ("relay-denied", "busy"),
    ),
    ("Come back by themselves when told 4xx", "delivered later", ("busy",)),
    ("Go on with a wrong password, for days", "kept", ("wrong-password",)),
)
_TABLES = (
    ("What works", ("submission", "relay")),
    ("What it does when refused", ("wrong-password", "relay-denied")),
    ("What it does when told to come back", ("too-many", "busy", "not-active")),
    ("What it does with a stranger", ("wrong-name", "unknown-root", "no-starttls")),
    ("What a relay does with a stranger", ("relay-unknown-root",)),
)


def markdown() -> str:
    by_id = {situation.id: situation for situation in situations()}
    lines = [_HEAD.rstrip(), "", *_short(), *_WORDS.rstrip().splitlines()]
    for title, ids in _TABLES:
        lines += ["", f"## {title}", "", *_table([by_id[id_] for id_ in ids])]
    lines += ["", "## The clients", "", *_installed()]
    return "\n".join(lines) + "\n"


def _short() -> Iterator[str]:
    """What most want to know: who does what."""
    for says, words, ids in _FINDINGS:
        found = [client.name for client in clients() if _does(client, words, ids)]
        text = f"- {says}: {'; '.join(found)}."
        yield from fill(text, 100, subsequent_indent="  ", break_on_hyphens=False).split("\n")


def _does(client: Client, words: str, ids: Sequence[str]) -> bool:
    row = outcomes()[client.id]
    return any(words in outcome for id_ in ids for outcome in row[id_])


def _table(columns: Sequence[Situation]) -> Iterator[str]:
    for column in columns:
        text = f"- **{column.column}**: {column.title}: {_how(column)}"
        yield from fill(text, 100, subsequent_indent="  ", break_on_hyphens=False).split("\n")
    yield ""
    yield f"| client | {' | '.join(column.column for column in columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for client in clients():
        row = outcomes()[client.id]
        yield f"| {client.name} | {' | '.join(_cell(row[column.id]) for column in columns)} |"


def _how(situation: Situation) -> str:
    """Whom it meets, as on the command line."""
    words = [f"--as {situation.public_ip}", *(f"--fault '{fault}'" for fault in situation.faults)]
    more = ", and EHLO answered without STARTTLS and with AUTH" if situation.ehlo else ""
    wrong = ", with a wrong password" if situation.id == "wrong-password" else ""
    return f"`{' '.join(words)}`{more}{wrong}"


def _cell(found: Sequence[str]) -> str:
    return (
        " or ".join(found)
        .replace("password", "**password")
        .replace("to a stranger", "to a stranger**")
        .replace("password in clear text", "password in clear text**")
    )


def _installed() -> Iterator[str]:
    yield "| client | seen | to have it | note |"
    yield "|---|---|---|---|"
    for client in clients():
        yield f"| {client.name} | {client.version} | {_packages(client)} | {client.note} |"


def _packages(client: Client) -> str:
    kinds = (("", client.debian), ("unpacked: ", client.unpack), ("npm: ", client.npm))
    return "; ".join(f"{kind}{', '.join(names)}" for kind, names in kinds if names)
