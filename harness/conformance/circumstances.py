"""The world in which a recorded session can have happened, read from what was said in it.

What a reply presupposes is data (`harness/data/circumstances.yaml`); names and addresses are taken
from the session's own lines. Nothing here looks at the rules of the fake.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from fake_exo import (
    AcceptedDomain,
    AuthenticationPolicy,
    BlockedAddress,
    BlockList,
    ConnectorType,
    Endpoint,
    InboundConnector,
    Mailbox,
    Organization,
    Settings,
    SignIn,
    Tenant,
    World,
)
from harness.conformance.recordings import Recording, Step

PASSWORD, TOKEN = "Right-1", "the.right.token"
_ADDRESS = re.compile(r"<?([\w.+-]+@[\w.-]+\w)>?")
_BANNER = re.compile(r"ready at (\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000)")
_SUFFIX = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z)")
_MOMENTS = ((_BANNER, parsedate_to_datetime), (_SUFFIX, datetime.fromisoformat))
_ENUMS: Mapping[str, Callable[[Any], Any]] = {"sign_in": SignIn, "connector_type": ConnectorType}


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
    blocked: str
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
        lists = [BlockList(self.blocked)] if self.blocked else []
        return World(
            [self.tenant],
            as_of=self.day,
            blocked=[BlockedAddress(self.client_ip, each, self.code) for each in lists],
            settings=Settings(limits=dict(self.limits), switches=dict(self.switches)),
        )


@lru_cache(maxsize=1)
def _rows() -> tuple[Mapping[str, Any], ...]:
    text = resources.files("harness.data").joinpath("circumstances.yaml").read_text("utf-8")
    return tuple(yaml.safe_load(text))


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
        blocked=said.get("blocked", ""),
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
        and row.get("at", recording.endpoint.value) == recording.endpoint.value
        and step.client.upper().startswith(row.get("to", ""))
    )


def _envelope(recording: Recording) -> tuple[str, str]:
    found = {"MAIL": "", "RCPT": ""}
    for step in recording.steps:
        for part in step.client.split(" / "):
            verb = part[:4].upper()
            if verb in found and (match := _ADDRESS.search(part)) and not found[verb]:
                found[verb] = match[1]
    own = "user@example.com" if recording.endpoint is Endpoint.SUBMISSION else "user@sender.example"
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
    own = found.login if recording.endpoint is Endpoint.SUBMISSION else found.recipient
    outside = said.get("recipient") == "outside"
    domain = "hosted.example" if outside else own.partition("@")[2]
    mailbox = Mailbox(
        f"hosted@{domain}" if outside or said.get("recipient") == "unknown" else own,
        password=PASSWORD,
        access_tokens=(TOKEN,),
    )
    people = said.get("recipient") != "nobody"
    connectors: tuple[InboundConnector, ...] = ()
    if said.get("connector") or "connector" in change:
        connector = InboundConnector(
            "Devices",
            connector_type=ConnectorType.ON_PREMISES,
            sender_ip_addresses=(found.client_ip,),
        )
        connectors = (replace(connector, **_typed(change.get("connector", {}))),)
    return Tenant(
        "tenant",
        accepted_domains=(AcceptedDomain(domain, default=True),),
        mailboxes=(replace(mailbox, **_typed(change.get("mailbox", {}))),) if people else (),
        connectors=connectors,
        authentication_policies=(AuthenticationPolicy("Block Basic"),),
        organization=replace(Organization(), **_of_client(change.get("organization", {}), found)),
    )


def _typed(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _ENUMS[name](value) if name in _ENUMS else value for name, value in fields.items()
    }


def _of_client(fields: Mapping[str, Any], found: Circumstances) -> dict[str, Any]:
    """Lists with the client's address in place of CLIENT."""
    own = found.client_ip
    return {
        name: tuple(own if each == "CLIENT" else each for each in value)
        if isinstance(value, list)
        else value
        for name, value in fields.items()
    }
