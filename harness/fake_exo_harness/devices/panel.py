"""What somebody enters at a device's panel: its pages, field by field, in its own words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fake_exo_harness.devices.options import options
from fake_exo_harness.devices.profile import PanelField, PanelPage, Profile


@dataclass(frozen=True, slots=True)
class FilledField:
    """`entered`: somebody entered it; else it stays as the device has it."""

    label: str
    value: str
    entered: bool
    note: str = ""
    setting: str = ""


@dataclass(frozen=True, slots=True)
class FilledPage:
    page: str
    fields: tuple[FilledField, ...]


def filled_pages(profile: Profile, settings: Mapping[str, object]) -> tuple[FilledPage, ...]:
    """The pages with these settings. Raises DeviceError when they cannot be entered."""
    values = options(profile, settings).texts()
    pages = (
        FilledPage(page.page, tuple(_fields(profile, page, settings, values)))
        for page in _pages(profile)
    )
    return tuple(page for page in pages if page.fields)


def _pages(profile: Profile) -> Iterator[PanelPage]:
    """Those of the profile, and one for the settings that stand on none of them."""
    yield from profile.panel
    placed = {field.setting for page in profile.panel for field in page.fields}
    left = [key for key in profile.settings if key not in placed]
    if left:
        yield PanelPage("", tuple(PanelField(setting=key) for key in left))


def _fields(
    profile: Profile, page: PanelPage, settings: Mapping[str, object], values: Mapping[str, str]
) -> Iterator[FilledField]:
    for field in page.fields:
        if any(values.get(name, "") != wanted for name, wanted in field.when.items()):
            continue
        if not field.setting:
            yield FilledField(field.label, field.enter, True, field.note)
        elif (spec := profile.settings.get(field.setting)) is not None:
            value = spec.shown(values[field.setting]) if field.setting in values else ""
            entered = field.setting in settings
            label = spec.label or field.setting
            yield FilledField(label, value, entered, field.note, field.setting)
