"""`docs/devices.md`: every device with its settings, and what it says to the service today."""

from collections.abc import Iterator, Mapping

from fake_exo import example_tenant, mx_host, parse_zone
from fake_exo_harness.devices import (
    QUIRKS,
    DeviceError,
    Profile,
    Setting,
    configure,
    fitting,
    profiles,
)
from fake_exo_harness.forms.location import NOWHERE
from fake_exo_harness.record import JobRecord
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario.model import DeviceSpec, Scalar, Scenario, SendStep, ServiceSpec

_HEAD = """# Devices and clients

What stands here is data (a file for each device in `harness/fake_exo_harness/data/profiles/`) and
a run of it: each device mails a page to `ann@contoso.com` and `anna@customer.example`, first by
client submission, then by relay through a connector. Shown are the client's lines, refusals of the
service, and what the device believes.
**Confidence**: high = read in the client's source or in a wire log, medium = a vendor's manual,
low = a hypothesis to be rehearsed, not a fact. Settings beside the common ones have their label and
page of the device. This page is made from the data.

Common settings: {common}.
"""
# As the tenant should publish it: mail of the connector is judged by it.
_ZONE = parse_zone(
    f"$ORIGIN contoso.com.\n$TTL 3600\n@ MX 0 {mx_host('contoso.com')}.\n"
    '@ TXT "v=spf1 ip4:203.0.113.7 include:spf.protection.outlook.com -all"\n'
)
_SENDER: Mapping[str, Scalar] = {
    "from_address": "scanner@contoso.com",
    "administrator_address": "scanner@contoso.com",
}
_WAYS: Mapping[str, Mapping[str, Scalar]] = {
    "Client submission": {
        "smtp_server": "smtp.office365.com",
        "port": 587,
        "tls": "starttls",
        "user_name": "scanner@contoso.com",
        "password": "Scan2Mail!",
        **_SENDER,
    },
    "Relay": {"smtp_server": mx_host("contoso.com"), "port": 25, "tls": "off", **_SENDER},
}


def devices_page() -> str:
    """The page. Runs every profile in memory."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    known = profiles()
    common = known["generic"].settings
    yield _HEAD.format(common=", ".join(f"`{key}`" for key in common))
    for profile in known.values():
        yield from _device(profile, common)
    yield "## Quirks\n"
    yield "Named ways to misbehave that `quirks:` adds to any device.\n"
    yield "| quirk | the device then |"
    yield "|---|---|"
    yield from (f"| `{quirk.name}` | {quirk.does} |" for quirk in QUIRKS)


def _device(profile: Profile, common: Mapping[str, Setting]) -> Iterator[str]:
    yield f"## {profile.id}\n"
    yield f"{profile.vendor}: {profile.model} ({profile.kind}). Confidence {profile.confidence}."
    if profile.unverified:
        yield f"Only supposed: {', '.join(profile.unverified)}."
    yield f"Sources ({profile.date}): {'; '.join(profile.sources)}."
    yield _at_the_end_of_basic(profile)
    own = {
        key: spec
        for key, spec in profile.settings.items()
        if spec != common.get(key) or profile.page_of(key)
    }
    if own:
        yield "| setting | on the device | takes |"
        yield "|---|---|---|"
        yield from (
            f"| `{key}` | {_label(profile, key, spec)} | {_takes(spec)} |"
            for key, spec in own.items()
        )
        yield ""
    if profile.id == "telnet":
        yield "It says what `say:` tells it.\n"
        return
    for way, settings in _WAYS.items():
        yield f"{way}:\n\n```text"
        yield from _dialogue(profile, settings)
        yield "```\n"


_THEN = {
    "stops": "client submission stops",
    "goes-on": "nothing changes for it",
    "token": "it needs a token",
}


def _at_the_end_of_basic(profile: Profile) -> str:
    """What is said of it, and what comes of the same settings then."""
    ends = profile.basic_ends
    note = f" ({ends.note})" if ends.note else ""
    head = f"When Basic authentication ends, {_THEN[ends.then]}{note}."
    if profile.id == "telnet":
        return f"{head}\n"
    seen = " / ".join(line for line in after_basic(profile) if line.startswith(("===", "can")))
    return f"{head} Client submission then: {seen.removeprefix('=== ').replace('=== ', '')}.\n"


def after_basic(profile: Profile) -> list[str]:
    """Client submission with the same settings when Basic authentication is gone."""
    ended = ServiceSpec(switches={"basic-removed": True})
    return list(_dialogue(profile, _WAYS["Client submission"], ended))


def _label(profile: Profile, key: str, spec: Setting) -> str:
    page = profile.page_of(key)
    return f"{page} > {spec.label}" if page else spec.label


def _takes(spec: Setting) -> str:
    limit = f"{spec.limit} characters" if spec.limit else ""
    least = f"from {spec.minimum:g}" if spec.minimum else ""
    most = f"to {spec.maximum:.0f}" if spec.maximum < float("inf") else ""
    default = "" if spec.default is None else f"default {spec.shown(spec.default)}"
    words = " or ".join(choice.shown for choice in spec.options)
    return ", ".join(filter(None, [spec.type, default, limit, least, most, words]))


def _dialogue(
    profile: Profile, wanted: Mapping[str, Scalar], service: ServiceSpec | None = None
) -> Iterator[str]:
    """With so many of the settings as its pages have."""
    settings: dict[str, Scalar] = dict(fitting(profile, wanted))
    try:
        configure(profile, settings)
    except DeviceError as error:
        yield f"cannot be entered: {error}"
        return
    scenario = Scenario(
        id=profile.id,
        title=profile.id,
        tenants=(example_tenant(),),
        devices={"device": DeviceSpec(profile, "203.0.113.7", settings)},
        when=(SendStep("scan", ("ann@contoso.com", "anna@customer.example")),),
        then=(),
        source=NOWHERE,
        zones=(_ZONE,),
        service=service or ServiceSpec(),
    )
    finished = finish(scenario)
    for job in finished.record.jobs:
        yield from _told(job)


def _told(job: JobRecord) -> Iterator[str]:
    for place in job.unreached:
        yield f"*** no answer from {place.server_ip}:{place.port}"
    for lines in job.transcripts:
        for line in lines:
            if line.arrow in (" ->", " ~>", "<-*", "<~*", "***"):
                yield f"{line.arrow} {line.text}"
    verdict = "sent" if job.result.sent else f"not sent, stopped at {job.result.stage}"
    yield f"=== the device shows: {job.result.panel or 'nothing'} ({verdict})"
    for outcome in job.outcomes:
        yield f"=== {outcome.recipient}: {outcome.fate.value}"
