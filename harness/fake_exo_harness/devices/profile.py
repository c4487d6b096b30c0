"""One kind of device as a value: what its profile file says, and the defaults of what it does not.

Field names are the keys of the file. Durations are seconds, sizes bytes. What each key does is told
in `data/words/devices.yaml`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day
from pathlib import Path

from fake_exo.drive import STEPS, Reaction

STAGES_OF_JOBS = (*STEPS, "sender", "rcpt", "mail")
Condition = Mapping[str, str]  # settings, and the value that each must have


class DeviceError(ValueError):
    """A setting, name or quirk cannot be. The text holds every reason, one a line; of settings,
    whose reason is whose."""

    def __init__(self, text: str, settings: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(text)
        self.settings = tuple(settings)


@dataclass(frozen=True, slots=True)
class Greeting:
    first: str = "EHLO"
    signing_in: str = ""  # the same where it signs in; "": as ever
    fallback: str = "HELO"
    fallback_on: tuple[int, ...] | None = None  # only after these codes; None: after any
    also: str = ""  # EHLO, HELO: a second greeting after the first
    after_tls: bool = True
    name: str = "device"
    lower_case: bool = False


@dataclass(frozen=True, slots=True)
class Encryption:
    policy: str = "configurable"  # never, opportunistic, blind
    by_port: Mapping[str, str] = field(default_factory=dict)  # off, opportunistic, starttls, ssl
    on_refused: str = "fail"  # continue
    minimum: str = "1.2"
    maximum: str = "1.3"
    verify: bool = False
    revocation: str = "off"  # soft, hard
    probe: bool = False
    clock_wrong: bool = False
    leaf_only: bool = False


@dataclass(frozen=True, slots=True)
class SigningIn:
    order: tuple[str, ...] = ("LOGIN",)
    initial_response: tuple[str, ...] = ("PLAIN",)  # mechanisms whose data stand in the AUTH line
    not_advertised: str = "skip"  # send, fail
    blind: bool = False
    after: Mapping[str, str] = field(default_factory=lambda: {"any": "fail"})
    always: bool = False
    user: str = "{user_name}"
    lower_case: bool = False
    strict_prompts: bool = False
    only_over_tls: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """A text made from settings: `use` with {setting}, {user}, {host}, {domain} filled in.
    Holds only where the settings of `when` have these values, and nothing in it is empty."""

    use: str
    when: Condition = field(default_factory=dict)


_REGISTERED = (Composed("{from_address}"), Composed("{administrator_address}"))


@dataclass(frozen=True, slots=True)
class Addressing:
    mail_from: tuple[Composed, ...] = _REGISTERED
    header_from: tuple[Composed, ...] = _REGISTERED
    display_name: tuple[Composed, ...] = ()
    reply_to: tuple[Composed, ...] = ()
    size: bool = False
    body: str = ""  # 7BIT, 8BITMIME, BINARYMIME
    parameters: str = ""
    lower_case_parameters: bool = False
    brackets: bool = True


@dataclass(frozen=True, slots=True)
class Addressees:
    pipelining: str = "none"  # envelope, with-data, blind
    on_reject: str = "continue"  # abort, reset
    most: int | None = None
    per_mail: int | None = None
    connections: str = "one"  # each


@dataclass(frozen=True, slots=True)
class Composition:
    date: bool = True
    clock: Day | None = None  # where its clock stands, whatever the day is
    message_id: bool = False
    without: tuple[str, ...] = ()
    brackets: bool = True
    subject: str = "{subject}"
    subject_encoding: str = "raw"  # base64, quoted-printable
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = "Scan attached."
    attachment: str = "scan.pdf"  # "": it attaches nothing
    attachment_type: str = "application/pdf"
    encoding: str = "base64"  # quoted-printable, 8bit, uuencode
    line_length: int = 76  # of encoded lines; 0: one line
    final_boundary: bool = True
    split: str = "none"  # partial, mails
    split_size: int = 0
    eol: str = "crlf"  # lf
    dot_stuffing: bool = True
    final_dot: bool = True
    chunking: str = "never"  # offered, blind
    chunk_size: int = 0
    chunk_last: str = "with"  # alone


@dataclass(frozen=True, slots=True)
class Locating:
    """How it finds the server."""

    lookup: str = "a"  # mx, recipient-mx, recipient-domain
    fallback: str = ""
    cache: str = "none"  # ttl, for-ever
    search: str = ""
    ipv6_first: bool = False
    addresses: int = 1


@dataclass(frozen=True, slots=True)
class Patience:
    dns: float = 15.0
    connect: float = 60.0
    banner: float | None = None  # None: as reply
    reply: float = 60.0
    final: float = 300.0
    linger: float = 0.0


@dataclass(frozen=True, slots=True)
class Retrying:
    attempts: int = 1
    wait: tuple[float, ...] = (60.0,)
    after: str = "temporary"  # any
    clear_text_after_tls_failure: bool = False


@dataclass(frozen=True, slots=True)
class CommandLines:
    lower_case: bool = False
    eol: str = "crlf"  # lf
    space: bool = False
    pace: float = 0.0
    before_mail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AfterBasic:
    """What becomes of it at the end of Basic authentication."""

    then: str = "stops"  # goes-on, token
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list on the device's page: what stands there, and what it means."""

    shown: str
    value: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the device's pages."""

    label: str = ""
    type: str = "text"
    default: str | None = None
    limit: int | None = None
    too_long: str = "refuse"  # cut
    minimum: float = 0.0
    maximum: float = float("inf")
    options: tuple[Choice, ...] = ()

    def shown(self, value: object) -> str:
        """A value in the device's own words."""
        text = str(value)
        return next((choice.shown for choice in self.options if choice.value == text), text)


@dataclass(frozen=True, slots=True)
class PanelField:
    """One field of a page, in its place: that of a setting, or one that always gets the same."""

    setting: str = ""
    label: str = ""
    enter: str = ""
    when: Condition = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class PanelPage:
    """A page of the panel or of the web interface: the way to it, and its fields in order."""

    page: str
    fields: tuple[PanelField, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of device; `id` is the name of its file."""

    id: str
    vendor: str
    model: str
    kind: str
    confidence: str
    path: Path
    date: str = ""
    sources: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    hello: Greeting = field(default_factory=Greeting)
    tls: Encryption = field(default_factory=Encryption)
    auth: SigningIn = field(default_factory=SigningIn)
    envelope: Addressing = field(default_factory=Addressing)
    rcpt: Addressees = field(default_factory=Addressees)
    data: Composition = field(default_factory=Composition)
    host: Locating = field(default_factory=Locating)
    timeouts: Patience = field(default_factory=Patience)
    retry: Retrying = field(default_factory=Retrying)
    commands: CommandLines = field(default_factory=CommandLines)
    basic_ends: AfterBasic = field(default_factory=AfterBasic)
    reactions: tuple[Reaction, ...] = ()
    quirks: tuple[str, ...] = ()
    close: str = "quit_and_wait"  # quit_no_wait, hang_up, abrupt
    test: str = "mail"  # how far its test button goes: one of `STAGES_OF_JOBS`
    ends_after: str = "mail"  # how far every other job goes
    believes_sent: bool = False  # shows success whatever the server says to the data
    settings: Mapping[str, Setting] = field(default_factory=dict)
    panel: tuple[PanelPage, ...] = ()
    messages: Mapping[str, str] = field(default_factory=dict)

    def page_of(self, setting: str) -> str:
        """The page on which a setting stands, where that is known."""
        found = (p.page for p in self.panel for f in p.fields if f.setting == setting)
        return next(found, "")
