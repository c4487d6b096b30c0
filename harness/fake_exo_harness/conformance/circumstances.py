"""The world in which a recorded session can have happened, read from what was said in it.

What a reply presupposes is data (`data/circumstances.yaml`); names and addresses are taken from
the session's own lines. Nothing here looks at the rules of the fake.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from datetime import UTC, datetime, time
from enum import Enum
from typing import Any

from fake_exo import (
    AcceptedDomain,
    AccessToken,
    AuthenticationPolicy,
    BillingStatus,
    BlockedAddress,
    BlockList,
    ConnectorType,
    Estate,
    HveAccount,
    InboundConnector,
    Mailbox,
    Tenant,
    World,
    admin,
)
from fake_exo.drive import enterprise_only, signs_in
from fake_exo_harness.conformance.presumed import rows
from fake_exo_harness.conformance.recordings import Recording, Step
from fake_exo_harness.conformance.stated import StatedWorld

PASSWORD, TOKEN = "Right-1", "the.right.token"
_ADDRESS = re.compile(r"<?([\w.+-]+@[\w.-]+\w)>?")
# A moment that a line shows, or a day where the source has cut the time.
_MOMENTS = (
    re.compile(r"ready at \w{3}, (\d{1,2} \w{3} \d{4})(?: (\d\d:\d\d:\d\d))?"),
    re.compile(r"\b(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d))?"),
)
_FORMS = ("%d %b %Y", "%Y-%m-%d")


class Causes(Enum):
    """Where from it is known in which world a session happened."""

    STATED = "cause stated"  # by the recording, or by the replies themselves
    GUESSED = "cause guessed"  # one that gets these replies, among others
    NONE = "no cause needed"  # nothing was refused that depends on the world


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
    causes: "Causes"
    limits: Mapping[str, float] = field(default_factory=dict)
    switches: Mapping[str, bool] = field(default_factory=dict)
    stated: StatedWorld | None = None  # in place of a tenant made for the session

    @property
    def password(self) -> str:
        if self.auth == "wrong":
            return "Wrong-1"
        stated = self.stated
        return PASSWORD if stated is None else stated.password or stated.right_password(self.login)

    @property
    def token(self) -> str:
        if self.auth == "wrong":
            return "a.stale.token"
        stated = self.stated
        return TOKEN if stated is None else stated.token or stated.right_token(self.login)

    @property
    def mx_domain(self) -> str:
        """A domain whose MX host the client meant."""
        if self.stated is not None:
            return self.stated.domain_of(self.recipient)
        return self.tenant.accepted_domains[0].name

    def world(self) -> World:
        if self.stated is not None:
            return World(self.stated.estate(), as_of=self.day, settings=self.stated.settings())
        lists = [self.blocked] if self.blocked is not None else []
        estate = Estate.of(
            [self.tenant],
            blocked=[BlockedAddress(self.client_ip, each, self.code) for each in lists],
            switches=self.switches,
            limits=self.limits,
        )
        return World(estate, as_of=self.day)


def days(recording: Recording) -> tuple[datetime, ...]:
    """When a session may have happened: the day that it states, the moment that a line shows, else
    any day of the year."""
    if recording.date is not None:
        return (datetime.combine(recording.date, time(12), UTC),)
    text = "\n".join(recording.lines)
    shown = (_moment(match) for look in _MOMENTS for match in look.finditer(text))
    if found := next((each for each in shown if each is not None), None):
        return (found,)
    year = recording.year
    months = [datetime(year, month, 1, 12, tzinfo=UTC) for month in range(1, 13)]
    return (months[6], datetime(year, 12, 31, 12, tzinfo=UTC), *months)


def _moment(match: "re.Match[str]") -> datetime | None:
    for form in _FORMS:
        try:
            day = datetime.strptime(match[1], form).replace(tzinfo=UTC)
            return datetime.combine(day, time.fromisoformat(match[2] or "12:00:00"), UTC)
        except ValueError:
            continue
    return None


def circumstances(recording: Recording, day: datetime) -> Circumstances:
    """What a session presupposes, on one of its possible days."""
    known = list(_presumed(recording))
    said: dict[str, Any] = {}
    for row in known:
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
        client_ip=said.get("client_ip") or _client_ip(everything),
        sender=sender if "@" in sender else login,
        recipient=recipient,
        login=login,
        header_from=header_from,
        day=day,
        tenant=Tenant("tenant"),
        without=frozenset(row["without"] for row in known if "without" in row),
        causes=_causes(recording, known),
        auth=said.get("auth", ""),
        message=said.get("message", ""),
        tls=said.get("tls", ""),
        huge=_huge(everything),
        blocked=said.get("blocked"),
        code=_code(everything),
        limits=said.get("limits", {}),
        switches=said.get("switches", {}),
    )
    if recording.world is not None:
        return _as_stated(found, recording.world)
    return replace(found, tenant=_tenant(recording, found, said))


def _as_stated(found: Circumstances, world: StatedWorld) -> Circumstances:
    """What the world of a recording says goes before what its lines show."""
    return replace(
        found,
        tenant=world.tenants[0],
        stated=world,
        client_ip=world.client_ip or found.client_ip,
        login=world.user or found.login,
        header_from=world.header_from or found.header_from,
        tls=world.tls or found.tls,
    )


def _presumed(recording: Recording) -> Iterator[Mapping[str, Any]]:
    """What its author states, else what the replies presuppose."""
    if recording.circumstances is not None:
        yield recording.circumstances
    elif recording.world is None:
        yield from _matching(recording)


def _causes(recording: Recording, known: Sequence[Mapping[str, Any]]) -> Causes:
    if recording.circumstances is not None or recording.world is not None:
        return Causes.STATED
    if not known:
        return Causes.NONE
    return Causes.GUESSED if any(row.get("guess") for row in known) else Causes.STATED


def _matching(recording: Recording) -> Iterator[Mapping[str, Any]]:
    """The rows that know a recorded line, in the order of the lines."""
    for step in recording.steps:
        for line in step.server:
            yield from (row for row in rows() if _knows(row, recording, step, line))


def _knows(row: Mapping[str, Any], recording: Recording, step: Step, line: str) -> bool:
    text = line.lower()
    unless = row.get("unless", "").lower()
    return (
        row["says"].lower() in text
        and not (unless and unless in text)
        and row.get("at", recording.endpoint) == recording.endpoint
        and step.client.upper().startswith(row.get("to", ""))
    )


def _envelope(recording: Recording) -> tuple[str, str]:
    found = {"MAIL": "", "RCPT": ""}
    for step in recording.steps:
        for part in step.client.split(" / "):
            verb = part[:4].upper()
            if verb in found and (match := _ADDRESS.search(part)) and not found[verb]:
                found[verb] = match[1]
    own = "user@example.com" if signs_in(recording.endpoint) else "user@sender.example"
    inside = "rcpt@example.com" if enterprise_only(recording.endpoint) else "rcpt@example.net"
    return found["MAIL"] or own, found["RCPT"] or inside


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
    own = found.login if signs_in(recording.endpoint) else found.recipient
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
        **_account(recording.endpoint, address),
        connectors=(connector,) if said.get("connector") or "connector" in change else (),
        authentication_policies=(
            AuthenticationPolicy("Block Basic"),
            AuthenticationPolicy("Allow Basic", allow_basic_auth_smtp=True),
        ),
    )
    keys = {"mailbox": address, "hve_account": address, "connector": connector.name}
    for name, fields in change.items():
        mine = _of_client(fields, found.client_ip)
        if name == "mailbox" and made.hve_accounts:
            name, mine = "hve_account", {k: v for k, v in mine.items() if k in _OF_ACCOUNTS}
        made = admin.changed(made, name, keys.get(name, ""), mine)
    return replace(made, mailboxes=()) if said.get("recipient") == "nobody" else made


_OF_ACCOUNTS = frozenset(each.name for each in fields_of(HveAccount))


def _account(endpoint: str, address: str) -> dict[str, Any]:
    """Who signs in: a mailbox, or an account of the endpoint's own kind."""
    if not enterprise_only(endpoint):
        return {"mailboxes": (Mailbox(address, password=PASSWORD, access_tokens=(TOKEN,)),)}
    account = HveAccount(
        address,
        password=PASSWORD,
        authentication_policy="Allow Basic",
        billing_status=BillingStatus.VALID,
        access_tokens=(AccessToken(TOKEN, application="application"),),
        allowed_applications=("application",),
    )
    return {"hve_accounts": (account,)}


def _of_client(fields: Mapping[str, Any], client_ip: str) -> dict[str, Any]:
    """The fields with the client's address in place of 0.0.0.0."""
    return {n: (client_ip,) if value == ("0.0.0.0",) else value for n, value in fields.items()}
