"""Where a word stands in a scenario."""

from fake_exo_harness.words import Shown

from fake_exo import OBJECTS

Place = tuple[str | int, ...]

_OWNERS: dict[str, Place] = {
    **{row.verb: ("tenant", row.key, 0) for row in OBJECTS},
    "access_token": ("tenant", "hve_accounts", 0, "access_tokens", 0),
    "organization": ("tenant", "organization"),
    "tenant": ("tenant",),
    "device": ("device",),
    "setting": ("device", "settings"),
}
_SECTIONS: dict[str, Place] = {
    "limits": ("service", "limits"),
    "switches": ("service", "switches"),
}


def place(kind: str, name: str, shown: Shown) -> Place:
    """The path to the word in its base scenario."""
    if shown.at:
        return tuple(int(step) if step.isdigit() else step for step in shown.at.split("."))
    if kind in _SECTIONS:
        return (*_SECTIONS[kind], name)
    owner, *keys = name.split(".")
    return ("profile", *keys) if owner == "profile" else (*_OWNERS[owner], *keys)
