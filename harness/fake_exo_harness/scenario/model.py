"""A scenario as its author wrote it, typed and frozen. The reader fills it, the runner reads it.

Every class here is a mapping of the scenario language: field names are its keys, field metadata
its documentation (`doc`), and the JSON Schema is generated from both. Durations are seconds,
sizes bytes.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from fake_exo import BlockedAddress, DnsFault, Fault, MailHost, Tenant, TlsChoice, Zone
from fake_exo_harness.devices import Profile
from fake_exo_harness.forms.location import NOWHERE, Location
from fake_exo_harness.scenario.wanted import Check, ConfidenceCheck

Scalar = str | int | float | bool | None

KEEP_BYTES = 1 << 30  # of what happened, until it is judged


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """How the service behaves in this scenario; `keep` and `keep_bytes`: how much the record holds
    until the checks are made."""

    tarpit: bool = True
    switches: Mapping[str, bool] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    dns_faults: tuple[DnsFault, ...] = ()
    magic_recipients: bool = False
    tls: TlsChoice = field(default_factory=TlsChoice)
    keep: int | None = None
    keep_bytes: int = KEEP_BYTES


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """A device: which profile, from which public address, with which settings."""

    profile: Profile
    public_ip: str = "192.0.2.1"
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    quirks: tuple[str, ...] = ()
    certificate: str | None = None  # name on the client certificate that it shows
    tls_version: str | None = None  # newest TLS version that it can: "1.0" to "1.3"
    count: int | None = None  # so many alike, named name-1, name-2, ...
    place: Location = NOWHERE


# ---- what happens ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendStep:
    """`scan:`, `send:` or `test:`: a person presses the button, `repeat` times.

    `say:` is somebody with telnet, who types lines and waits for each answer.
    """

    kind: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    user: str | None = None  # the person signed in at the panel
    subject: str = "Scan"
    size: int | None = None  # of the attachment, before base64
    pages: int | None = None  # 100 KB of attachment each
    envelope_from: str | None = None  # key `from`
    header_from: str | None = None
    message: bytes | None = None  # whole content, from `message: {file: ...}` or `{text: ...}`
    lines: tuple[str, ...] = ()  # kind say: what somebody types
    recipients: int | None = None  # so many made-up recipients besides `to`, see `pattern`
    pattern: str = "user{n}@customer.example"
    repeat: int = 1
    device: str | None = None
    devices: tuple[str, ...] = ()  # all of these, and of these groups, at one moment
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class RunStep:
    """`run:` a real program sends. Its command, input and files may have placeholders."""

    command: tuple[str, ...]
    stdin: str = ""
    files: Mapping[str, str | bytes] = field(default_factory=dict)  # octets: as they are
    timeout: float = 60.0
    public_ip: str = "192.0.2.1"
    certificate: str = ""  # name on a client certificate, whose file is {certificate}
    image: str = ""  # of the container, for the driver docker
    build: str = ""  # folder with a Dockerfile, in place of an image
    device: str | None = None
    place: Location = NOWHERE
    kind: str = "run"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What devices do by themselves while time passes: `send` by each of them, `every` so many
    seconds. Their first mails are spread over `every`, or begin `start` seconds after the
    beginning, spread over `spread` seconds: 0, all at one moment.
    """

    devices: tuple[str, ...]
    every: float
    send: SendStep
    start: float | None = None
    spread: float | None = None
    place: Location = NOWHERE

    @property
    def over(self) -> float:
        """Over how many seconds the first mails are spread."""
        if self.spread is not None:
            return self.spread
        return self.every if self.start is None else 0.0


def members(wanted: Collection[str], devices: Iterable[str]) -> tuple[str, ...]:
    """The devices that are meant: by their own names, or by those of their groups."""
    return tuple(d for d in devices if d in wanted or d.rpartition("-")[0] in wanted)


@dataclass(frozen=True, slots=True)
class AdvanceStep:
    """`advance: 24h`: time passes."""

    seconds: float
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class SettingsStep:
    """`settings: {...}`: somebody changes the device."""

    settings: Mapping[str, Scalar]
    device: str | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class RestartStep:
    """`restart: {device: ...}` or `restart: name`: somebody switches a device off and on."""

    device: str | None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class RetireStep:
    """`retire: 198.51.100.25`: an old mail server, named in `elsewhere`, is switched off."""

    address: str
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """`change: {connector: {name: ..., ...}}`: an administrator changes or adds one thing.

    `verb` says what kind of object, `identity` which (name or address; "" for the organization),
    `fields` are the model fields to set. `tenant` None: the first one.
    """

    verb: str
    identity: str
    fields: Mapping[str, Any]
    tenant: str | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class PublishStep:
    """`publish: {zone: ..., ...}`: the zone's owner publishes it in place of the old one."""

    zone: Zone
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class BlockStep:
    """`block: {address: ..., list: banned}`: an address gets onto a list, for a while if `lasts`
    (seconds) is given, else until somebody asks."""

    entry: BlockedAddress
    lasts: float | None = None
    place: Location = NOWHERE


class DelistBy(Enum):
    PORTAL = "portal"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class DelistStep:
    """`delist: {address: ..., by: mail, to: ...}`: removal is asked for; it takes hours."""

    address: str
    by: DelistBy = DelistBy.PORTAL
    to: str = ""
    place: Location = NOWHERE


Step = (
    SendStep
    | RunStep
    | AdvanceStep
    | SettingsStep
    | RestartStep
    | RetireStep
    | ChangeStep
    | PublishStep
    | BlockStep
    | DelistStep
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One rehearsal: a world, devices, what happens, what must be seen."""

    id: str
    title: str  # key `scenario`
    tenants: tuple[Tenant, ...]
    devices: Mapping[str, DeviceSpec]  # the only one of `device:` is named "device"
    when: tuple[Step, ...]
    then: tuple[Check, ...]
    source: Location = NOWHERE
    story: str = ""
    misconfigurations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    as_of: datetime | None = None
    seed: int = 0
    drivers: tuple[str, ...] = ("memory", "socket")
    confidence: ConfidenceCheck | None = None
    blocked: tuple[BlockedAddress, ...] = ()
    zones: tuple[Zone, ...] = ()
    service: ServiceSpec = ServiceSpec()
    traffic: tuple[Traffic, ...] = ()
    elsewhere: tuple[MailHost, ...] = ()  # mail servers that are not the service's
