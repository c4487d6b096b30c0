"""`fake-exo panel`: what somebody enters at a device, in the words of its own pages."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import click

from fake_exo import Tenant, mx_host
from fake_exo_harness import exits
from fake_exo_harness.bench import Reach, Reaching, entered, steps, suggested
from fake_exo_harness.commands import kinds
from fake_exo_harness.commands.given import check_addresses, checked_names
from fake_exo_harness.devices import DeviceError, Profile, filled_pages, profile, read_profile
from fake_exo_harness.library import library
from fake_exo_harness.scenario import ScenarioError, load_paths, load_tenants
from fake_exo_harness.scenario.model import Scalar
from fake_exo_harness.terminal import say


class _Device(NamedTuple):
    """One device with its settings, as they are on the day of the cutover."""

    profile: Profile
    settings: Mapping[str, Scalar]


def panel_(
    *,
    profile: str,
    tenant: Path | None,
    relay: bool,
    bind: str,
    names: Sequence[str],
    reach: Reach,
    changes: Sequence[str],
    as_json: bool,
) -> int:
    """Print it. Returns an exit code."""
    check_addresses([bind] if bind else [])
    reaching = Reaching(reach, bind, next(iter(checked_names(names)), ""))
    if reach != "dns" and not reaching.server:
        option = "--bind ADDRESS" if reach == "address" else "--name NAME"
        raise click.UsageError(f"--reach {reach} needs {option}, which is entered as the server")
    try:
        shown = list(_shown(profile, tenant, relay, _changed(changes)))
        say(_documents(shown, reaching) if as_json else "\n".join(_texts(shown, reaching)))
    except (DeviceError, ScenarioError) as error:
        say(str(error), err=True)
        return exits.FAILED
    return exits.PASSED


def _changed(texts: Sequence[str]) -> dict[str, Scalar]:
    pairs = [text.partition("=") for text in texts]
    if bad := [name for name, sign, _ in pairs if not sign]:
        raise click.UsageError(f"--set wants SETTING=VALUE, not {bad[0]!r}")
    return {name: value for name, _, value in pairs}


def _shown(
    name: str, tenant: Path | None, relay: bool, changes: Mapping[str, Scalar]
) -> Iterator[_Device]:
    """The devices of a scenario with their own settings, or one profile with those suggested."""
    path = Path(name)
    if path.is_file() and kinds.kind_of(path) is kinds.SCENARIO:
        for scenario in load_paths([path]):
            for spec in scenario.devices.values():
                yield _Device(spec.profile, {**spec.settings, **changes})
        return
    known = _profile(path)
    yield _Device(known, {**_suggested(known, tenant, relay), **changes})


def _profile(path: Path) -> Profile:
    kinds.refuse_others(filter(Path.is_file, [path]), kinds.DEVICE)
    return read_profile(path) if path.suffix in (".yaml", ".yml") else profile(str(path))


def _suggested(known: Profile, path: Path | None, relay: bool) -> dict[str, Scalar]:
    kinds.refuse_others(filter(None, [path]), kinds.TENANT)
    tenant = next(iter(load_tenants(path or library() / "tenants" / "xyz-com-pl.yaml")))
    mailbox = next((m for m in tenant.mailboxes if m.password), None)
    return suggested(
        known,
        user=mailbox.address if mailbox else f"scanner@{_domain(tenant)}",
        password=(mailbox.password or "") if mailbox else "",
        mx=mx_host(_domain(tenant)),
        submission=not relay,
    )


def _domain(tenant: Tenant) -> str:
    return next((d.name for d in tenant.accepted_domains), tenant.initial_domain)


def _texts(many: Sequence[_Device], reaching: Reaching) -> Iterator[str]:
    for number, one in enumerate(many):
        yield from ["", ""] if number else []
        yield from steps(one.profile, entered(one.settings, reaching), reaching)
    name = f" --name {reaching.name}" if reaching.name else ""
    yield ""
    yield f"At the bench: fake-exo serve --real-ports --bind {reaching.address or 'ADDRESS'}{name}"


def _documents(many: Sequence[_Device], reaching: Reaching) -> str:
    rows = [
        {
            "profile": one.profile.id,
            "reach": asdict(reaching),
            "pages": [
                asdict(page) for page in filled_pages(one.profile, entered(one.settings, reaching))
            ],
        }
        for one in many
    ]
    return json.dumps(rows, indent=1)
