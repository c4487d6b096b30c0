"""What a person does at a device before a bench can see it: how it finds the bench, and what to
enter, page by page and field by field in the words of the profile.

A password that is entered at a device goes wherever its DNS leads. So the way to the bench comes
first, and every account named here is the fake's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from fake_exo_harness.devices import FilledField, filled_pages
from fake_exo_harness.devices.profile import Profile
from fake_exo_harness.scenario.model import Scalar

_SUBMISSION = "smtp.office365.com"


Reach = Literal["dns", "address", "name"]


@dataclass(frozen=True, slots=True)
class Reaching:
    """How a device finds the bench: `dns`, where its DNS server is the bench and its settings are
    those of the day of the cutover; `address` or `name`, entered in place of the server's, where
    its DNS cannot be changed."""

    by: Reach = "dns"
    address: str = ""
    name: str = ""

    @property
    def server(self) -> str:
        """What is entered in place of the service's host; empty with its DNS changed."""
        return {"dns": "", "address": self.address, "name": self.name}[self.by]


def suggested(
    profile: Profile, *, user: str, password: str, mx: str, submission: bool
) -> dict[str, Scalar]:
    """The settings of the day of the cutover; only what this device's pages have."""
    wanted: dict[str, Scalar] = {"from_address": user, "administrator_address": user}
    wanted |= _by_submission(user, password) if submission else _by_relay(mx)
    return {key: value for key, value in wanted.items() if key in profile.settings}


def _by_submission(user: str, password: str) -> dict[str, Scalar]:
    return {
        "smtp_server": _SUBMISSION,
        "port": 587,
        "tls": "starttls",
        "authentication": "on",
        "user_name": user,
        "password": password,
    }


def _by_relay(mx: str) -> dict[str, Scalar]:
    return {"smtp_server": mx, "port": 25, "tls": "off", "authentication": "off"}


def entered(settings: Mapping[str, Scalar], reaching: Reaching) -> dict[str, Scalar]:
    """The same as they are entered at this bench: another server where its DNS stays."""
    if not reaching.server or "smtp_server" not in settings:
        return dict(settings)
    return {**settings, "smtp_server": reaching.server}


def changes(
    profile: Profile, before: Mapping[str, Scalar], now: Mapping[str, Scalar]
) -> Iterator[str]:
    """What is to be entered anew, after other settings. Raises DeviceError."""
    for page in filled_pages(profile, now):
        for field in page.fields:
            if field.setting and before.get(field.setting) != now.get(field.setting):
                where = f" (page {page.page})" if page.page else ""
                yield f"change {field.label}: {field.value or '(empty)'}{where}"


def steps(profile: Profile, settings: Mapping[str, Scalar], reaching: Reaching) -> Iterator[str]:
    """All that there is to do, line by line, with settings as `entered` at this bench. Raises
    DeviceError for those that the device does not take."""
    pages = filled_pages(profile, settings)
    yield f"{profile.vendor} {profile.model}, confidence {profile.confidence}"
    yield from (f"not verified: {what}" for what in profile.unverified)
    yield ""
    yield from _first(reaching)
    for page in pages:
        yield ""
        yield page.page or "On pages that this profile does not know"
        width = max(len(field.label) for field in page.fields)
        yield from (_line(field, width) for field in page.fields)


def _line(field: FilledField, width: int) -> str:
    notes = [field.note] if field.note else []
    if not field.entered and not field.note.startswith("stays"):
        notes.insert(0, "stays")
    beside = f"  ({'; '.join(notes)})" if notes else ""
    return f"  {field.label:<{width}}  {field.value or '(empty)'}{beside}"


def _first(reaching: Reaching) -> Iterator[str]:
    yield "First, how it finds the bench. Until then enter no password: with its DNS as it is the"
    yield "device would send it to the real service. Every account named here is the fake's own."
    where = reaching.address or "the address of the bench (fake-exo serve --bind)"
    if reaching.by == "dns":
        yield f"  DNS server of the device: {where}, and no second one"
        yield "  (where it cannot be changed: --reach address or --reach name)"
    elif reaching.by == "address":
        yield f"  its DNS stays; below, the server is the bench's address, {where},"
        yield "  which is in the certificate of the bench"
    else:
        yield f"  its DNS stays; the office's DNS says {reaching.name} A {where}"
        yield "  (`--name` puts it into the certificate); below, it is the server"
    yield "  authority to import, where it checks certificates: the file that the bench names"
