"""The world in which a recorded session can have happened, read from what was said in it.

What a reply presupposes is data (`data/circumstances.yaml`); names and addresses are taken from
the session's own lines. Nothing here looks at the rules of the fake.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from yaml.nodes import Node

from fake_exo import (
    AcceptedDomain,
    AuthenticationPolicy,
    BlockedAddress,
    BlockList,
    ConnectorType,
    Estate,
    InboundConnector,
    Mailbox,
    Tenant,
    World,
    admin,
    endpoint_ids,
)
from fake_exo_harness.conformance.recordings import Recording, Step
from fake_exo_harness.scenario.kinds import BOOL, NUMBER, TEXT
from fake_exo_harness.scenario.nodes import (
    Form,
    Reading,
    Shape,
    choice,
    compose,
    formed,
    pairs_of,
    table,
    word,
)
from fake_exo_harness.scenario.objects import CHANGES
from fake_exo_harness.scenario.problems import nearest

PASSWORD, TOKEN = "Right-1", "the.right.token"
_ADDRESS = re.compile(r"<?([\w.+-]+@[\w.-]+\w)>?")
_BANNER = re.compile(r"ready at (\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000)")
_SUFFIX = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z)")
_MOMENTS = ((_BANNER, parsedate_to_datetime), (_SUFFIX, datetime.fromisoformat))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that a session presupposes, in one place."""

    client_ip: str
    sender: str
    recipient: str
    login: str
    header_from: str
    day: datetime
    tenant: Tenant
    without: frozenset[str]
    auth: str  # "" or "wrong"
    message: str
    tls: str
    huge: tuple[str, int]  # header and size, from the reply itself
    blocked: BlockList | None
    code: int
    limits: Mapping[str, float] = field(default_factory=dict)
    switches: Mapping[str, bool] = field(default_factory=dict)

    @property
    def password(self) -> str:
        return "Wrong-1" if self.auth == "wrong" else PASSWORD

    @property
    def token(self) -> str:
        return "a.stale.token" if self.auth == "wrong" else TOKEN

    def world(self) -> World:
        lists = [self.blocked] if self.blocked is not None else []
        estate = Estate.of(
            [self.tenant],
            blocked=[BlockedAddress(self.client_ip, each, self.code) for each in lists],
            switches=self.switches,
            limits=self.limits,
        )
        return World(estate, as_of=self.day)


@formed(Form("union", tuple((name, Form("shape", shape)) for name, (shape, _) in CHANGES.items())))
def _changes(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """What is changed, in the words of `change:`; whose it is, the session tells."""
    found = {}
    for name, (key, value) in (pairs_of(reading, node) or {}).items():
        if name not in CHANGES:
            return reading.bad(key, f'"{name}" cannot be changed', nearest(name, list(CHANGES)))
        found[name] = replace(CHANGES[name][0], required=()).read(reading, value) or {}
    return found


_ROW = Shape(
    {
        "says": TEXT,
        "unless": TEXT,
        "to": TEXT,
        "at": word(*endpoint_ids()),
        "change": _changes,
        "blocked": choice(BlockList),
        "without": word("hello", "tls", "auth", "mail", "rcpt"),
        "auth": word("wrong"),
        "tls": word("1.0"),
        "connector": BOOL,
        "recipient": word("unknown", "outside", "nobody"),
        "message": word("foreign-from", "own-sender", "long-header", "huge-value", "no-from",
                        "two-from", "loop", "concurrent"),
        "limits": table(NUMBER),
        "switches": table(BOOL),
    },
    ("says",),
)  # fmt: skip


@lru_cache(maxsize=1)
def _rows() -> tuple[Mapping[str, Any], ...]:
    (document,), reading = compose(
        Path(str(resources.files("fake_exo_harness.data") / "circumstances.yaml"))
    )
    rows = [_ROW.read(reading, node) or {} for node in document.value]
    reading.fail_if_bad()
    return tuple(rows)


def days(recording: Recording) -> tuple[datetime, ...]:
    """When a session may have happened: the moment that a line shows, else any day of the year."""
    text = "\n".join(recording.lines)
    for pattern, read in _MOMENTS:
        if match := pattern.search(text):
            return (read(match[1]),)
    year = recording.year
    return tuple(datetime(year, m, d, 12, tzinfo=UTC) for m, d in ((7, 1), (12, 31), (1, 1)))


def circumstances(recording: Recording, day: datetime) -> Circumstances:
    """What a session presupposes, on one of its possible days."""
    rows = list(_matching(recording))
    said: dict[str, Any] = {}
    for row in rows:
        for key, value in row.items():
            old = said.get(key)
            said[key] = {**old, **value} if isinstance(old, dict) else said.get(key, value)
    everything = "\n".join(recording.lines)
    sender, recipient = _envelope(recording)
    login, header_from = _send_as(everything, sender)
    if said.get("message") == "own-sender":
        sender = f"own@{recipient.rpartition('@')[2]}"
    if said.get("message") == "foreign-from" and header_from == login:
        header_from = f"other@{login.partition('@')[2]}"
    found = Circumstances(
        client_ip=_client_ip(everything),
        sender=sender if "@" in sender else login,
        recipient=recipient,
        login=login,
        header_from=header_from,
        day=day,
        tenant=Tenant("tenant"),
        without=frozenset(row["without"] for row in rows if "without" in row),
        auth=said.get("auth", ""),
        message=said.get("message", ""),
        tls=said.get("tls", ""),
        huge=_huge(everything),
        blocked=said.get("blocked"),
        code=_code(everything),
        limits=said.get("limits", {}),
        switches=said.get("switches", {}),
    )
    return replace(found, tenant=_tenant(recording, found, said))


def _matching(recording: Recording) -> Iterator[Mapping[str, Any]]:
    """The rows that know a recorded line, in the order of the lines."""
    for step in recording.steps:
        for line in step.server:
            yield from (row for row in _rows() if _knows(row, recording, step, line))


def _knows(row: Mapping[str, Any], recording: Recording, step: Step, line: str) -> bool:
    text = line.lower()
    unless = row.get("unless", "").lower()
    return (
        row["says"].lower() in text
        and not (unless and unless in text)
        and row.get("at", recording.endpoint) is recording.endpoint
        and step.client.upper().startswith(row.get("to", ""))
    )


def _envelope(recording: Recording) -> tuple[str, str]:
    found = {"MAIL": "", "RCPT": ""}
    for step in recording.steps:
        for part in step.client.split(" / "):
            verb = part[:4].upper()
            if verb in found and (match := _ADDRESS.search(part)) and not found[verb]:
                found[verb] = match[1]
    own = "user@example.com" if recording.endpoint == "submission" else "user@sender.example"
    return found["MAIL"] or own, found["RCPT"] or "rcpt@example.net"


def _send_as(text: str, sender: str) -> tuple[str, str]:
    match = re.search(r"SendAsDenied; (\S+@\S+) not allowed to send as (\S+@[^\s;]+)", text)
    return (match[1], match[2]) if match else (sender, sender)


def _client_ip(text: str) -> str:
    match = re.search(r"Hello \[([0-9a-fA-F.:]+)\]", text) or re.search(
        r"(?:banned send\w+ ?(?:IP )?|Client host |messages from )\[([0-9a-fA-F.:]+)\]", text
    )
    return match[1] if match else "192.0.2.10"


def _huge(text: str) -> tuple[str, int]:
    match = re.search(r"Single text value size \((\d+)\).*for the '([\w-]+)' header", text)
    if match is None:
        return ("X-Long", 40_000) if "Single text value size" in text else ("", 0)
    return match[2], int(match[1])


def _code(text: str) -> int:
    match = re.search(r"5\.7\.(6[0-4]\d)\b", text)
    return int(match[1]) if match and int(match[1]) >= 606 else 606


# ---- the tenant --------------------------------------------------------------------------------


def _tenant(recording: Recording, found: Circumstances, said: Mapping[str, Any]) -> Tenant:
    change: Mapping[str, Mapping[str, Any]] = said.get("change", {})
    own = found.login if recording.endpoint == "submission" else found.recipient
    outside = said.get("recipient") == "outside"
    domain = "hosted.example" if outside else own.partition("@")[2]
    address = f"hosted@{domain}" if outside or said.get("recipient") == "unknown" else own
    connector = InboundConnector(
        "Devices",
        connector_type=ConnectorType.ON_PREMISES,
        sender_ip_addresses=(found.client_ip,),
    )
    made = Tenant(
        "tenant",
        accepted_domains=(AcceptedDomain(domain, default=True),),
        mailboxes=(Mailbox(address, password=PASSWORD, access_tokens=(TOKEN,)),),
        connectors=(connector,) if said.get("connector") or "connector" in change else (),
        authentication_policies=(AuthenticationPolicy("Block Basic"),),
    )
    keys = {"mailbox": address, "connector": connector.name}
    for name, fields in change.items():
        mine = _of_client(fields, found.client_ip)
        made = admin.changed(made, name, keys.get(name, ""), mine)
    return replace(made, mailboxes=()) if said.get("recipient") == "nobody" else made


def _of_client(fields: Mapping[str, Any], client_ip: str) -> dict[str, Any]:
    """The fields with the client's address in place of 0.0.0.0."""
    return {n: (client_ip,) if value == ("0.0.0.0",) else value for n, value in fields.items()}
