"""What somebody asks of a device, and what it believes of it afterwards."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """What the person at the panel asked for: one scan, one notification, one test."""

    to: tuple[str, ...]
    kind: str = "scan"  # scan, send, test, say
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    user: str | None = None  # address of the person signed in at the panel
    subject: str = "Scan"
    attachment_size: int = 100_000  # bytes before base64
    envelope_from: str | None = None  # overrides what the profile derives from the settings
    header_from: str | None = None
    content: bytes | None = None  # a whole message, sent as it is
    lines: tuple[str, ...] = ()  # kind "say": what somebody types, line by line


@dataclass(frozen=True, slots=True)
class JobResult:
    """What the device believes. `sent` may be wrong: that is what some quirks are about."""

    sent: bool
    panel: str  # what the panel or the log shows
    stage: str = ""  # where it gave up: connect, tls, auth, mail, rcpt, data, final-dot
    refused: tuple[str, ...] = ()  # recipients the server refused while others were accepted
    attempts: int = 1
    failure: str = ""  # what stopped it, in the server's words where there are any
    address: str = ""  # of the server that it talked to, or tried to
