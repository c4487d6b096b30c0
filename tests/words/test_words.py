"""Every word that a file may say: shown by two values and what comes of each, or not rehearsed."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from fake_exo_harness.conformance.recordings import RECORDING_KEYS
from fake_exo_harness.conformance.words import Act, Event
from fake_exo_harness.devices import QUIRKS, profiles
from fake_exo_harness.devices import keys as device_keys
from fake_exo_harness.scenario.language import DEVICE_KEYS
from fake_exo_harness.words import Word, words

from fake_exo import OBJECTS, AccessToken, Organization, Tenant, every_limit, every_switch
from tests.words.looking import seen
from tests.words.places import place

KINDS = ("tenant", "limits", "switches", "devices")
EVERY = [(kind, word) for kind in KINDS for word in words(kind).values()]
SHOWN = [(kind, word) for kind, word in EVERY if word.shown is not None]


def of(kind: str, names: Iterator[str] | list[str]) -> None:
    assert sorted(words(kind)) == sorted(names)


def test_every_limit_and_switch_is_told() -> None:
    of("limits", [limit.id for limit in every_limit()])
    of("switches", [switch.name for switch in every_switch()])


def test_every_key_of_a_tenant_is_told() -> None:
    objects = [(row.verb, row.model) for row in OBJECTS]
    objects += [("access_token", AccessToken), ("organization", Organization), ("tenant", Tenant)]
    names = [f"{verb}.{field.name}" for verb, model in objects for field in fields(model)]
    of("tenant", [*names, "tenant.shared_mailboxes", "tenant.include"])


def device_words() -> Iterator[str]:
    for name, section in device_keys.SECTIONS.items():
        yield from (f"profile.{name}.{key}" for key in section.kinds)
    inner = ("settings", "panel", "reactions")
    yield from (f"profile.{key}" for key in device_keys.VALUES if key not in inner)
    yield from ("profile.like", "profile.composed.use", "profile.composed.when")
    yield from (f"profile.setting.{key}" for key in device_keys.SETTING_KEYS)
    yield from (f"profile.reaction.{key}" for key in device_keys.REACTION_KEYS)
    yield from (f"profile.panel.{key}" for key in device_keys.PANEL_KEYS)
    yield from (f"device.{key}" for key in DEVICE_KEYS)
    yield from {f"setting.{name}" for profile in profiles().values() for name in profile.settings}
    yield from (f"quirk.{quirk.name}" for quirk in QUIRKS)


def test_every_word_of_a_device_is_told() -> None:
    of("devices", device_words())


def test_every_word_of_a_recording_is_told_and_its_test_is_there() -> None:
    names = [f"act.{act.value}" for act in Act] + [f"event.{event.value}" for event in Event]
    of("recordings", [*names, *(f"key.{key}" for key in RECORDING_KEYS)])
    folder = Path(__file__).parents[1] / "conformance"
    tests = "".join(path.read_text("utf-8") for path in folder.glob("test_*.py"))
    told = [word for word in words("recordings").values() if word.does]
    assert [word.name for word in told if f"def {word.tested}(" not in tests] == []
    assert all(word.tested for word in told)


@pytest.mark.parametrize(("kind", "word"), EVERY, ids=[word.name for _, word in EVERY])
def test_a_word_does_something_that_is_shown_or_says_why_nothing(kind: str, word: Word) -> None:
    assert bool(word.does) is (word.shown is not None)
    assert bool(word.does) is not bool(word.not_rehearsed)


@pytest.mark.parametrize(("kind", "word"), SHOWN, ids=[word.name for _, word in SHOWN])
def test_what_is_seen_depends_on_the_word(kind: str, word: Word, tmp_path: Path) -> None:
    assert word.shown is not None
    (tmp_path / "empty.yaml").write_text("name: contoso\n", "utf-8")
    at = place(kind, word.name, word.shown)
    found = [(value, seen(tmp_path, word.shown, at, value)) for value, _ in word.shown.seen]
    assert found == list(word.shown.seen)
    assert len({what for _, what in found}) == len(found) >= 2


def test_the_same_value_twice_is_seen_alike(tmp_path: Path) -> None:
    """What differs, differs by the word: a run is the same each time."""
    for kind, word in SHOWN[::20]:
        assert word.shown is not None
        at, (value, _) = place(kind, word.name, word.shown), word.shown.seen[0]
        assert seen(tmp_path, word.shown, at, value) == seen(tmp_path, word.shown, at, value)
