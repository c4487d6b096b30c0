"""Profile files to profiles: each over what it is like, with every problem of a file at once."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node

from fake_exo_harness.devices import keys
from fake_exo_harness.devices.parts import Reference
from fake_exo_harness.devices.profile import Composed, DeviceError, PanelField, Profile
from fake_exo_harness.devices.senders import OF_JOBS, OF_REPLIES, placeholders, templates
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.nodes import Reading, compose
from fake_exo_harness.forms.problems import Problem, ScenarioError, nearest

_ENDINGS = (".yaml", ".yml")
_MERGED = (*keys.SECTIONS, "settings", "messages")  # key by key; all else is replaced
BASE = "generic"  # what every profile is like that says nothing of it
Given = dict[str, Any]


# ---- where they are ------------------------------------------------------------------------------

_BUNDLED = Path(str(resources.files("fake_exo_harness.data").joinpath("profiles")))
_folders: list[Path] = []  # of the user, in the order given


def use_folder(folder: Path) -> None:
    """From now on the profiles of a folder are known by the names of their files. Raises
    DeviceError when there are none, or when a name is taken."""
    found = list(_files(folder))
    if not found:
        raise DeviceError(f"{folder}: no profile (*.yaml) is in this folder")
    taken = [path for path in found if path.stem in names() and names()[path.stem] != path]
    if taken:
        other = names()[taken[0].stem]
        raise DeviceError(f'{taken[0]}: the name "{other.stem}" is taken by {other}; rename it')
    _folders.append(folder)


def names() -> Mapping[str, Path]:
    """The known profiles by name, each with its file."""
    own = {path.stem: path for folder in _folders for path in _files(folder)}
    return {**_bundled(), **own} if own else _bundled()


def _files(folder: Path) -> Iterator[Path]:
    """The profiles of a folder: scenarios beside them are none."""
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    return (p for p in inside if p.suffix in _ENDINGS and not p.stem.endswith(".exo"))


@lru_cache(maxsize=1)
def _bundled() -> Mapping[str, Path]:
    return {path.stem: path for path in _files(_BUNDLED)}


def is_bundled(profile: Profile) -> bool:
    """Whether a profile comes with the package."""
    return profile.path.parent == _BUNDLED


def profile(name: str) -> Profile:
    """A profile by name. Raises DeviceError with the nearest spelling, and ScenarioError when its
    file is wrong."""
    path = names().get(name)
    if path is None:
        raise DeviceError(f'no device profile is named "{name}"; {_hint(name)}')
    return _of_package(path) if path.parent == _BUNDLED else read_profile(path)


def _hint(name: str) -> str:
    """The nearest name, by the whole or by one of its parts: konika finds konica-bizhub-c220."""
    near = nearest(name, list(names()))
    if near.startswith("did you mean"):
        return near
    parts = {part for known in names() for part in known.split("-")}
    close = get_close_matches(name.lower(), parts, 1, 0.75)
    found = [known for known in names() if close and close[0] in known.split("-")][:3]
    if not found:
        return '"fake-exo device list" shows all'
    return f"did you mean {' or '.join(f'{known!r}' for known in found)}?".replace("'", '"')


def profiles() -> Mapping[str, Profile]:
    """All known profiles by name."""
    return {name: profile(name) for name in names()}


@lru_cache(maxsize=512)
def _of_package(path: Path) -> Profile:
    return read_profile(path)


# ---- reading -------------------------------------------------------------------------------------


def read_profile(path: Path) -> Profile:
    """The profile of a file. Raises ScenarioError with every problem."""
    documents, reading = compose(path)
    if len(documents) > 1:
        reading.bad(documents[1], "a profile is one document", "give each a file of its own")
    given = _whole(reading, documents[0], (path,))
    _needed(reading, documents[0], given)
    reading.fail_if_bad()
    made = _made(path, given)
    _check(reading, documents[0], made)
    reading.fail_if_bad()
    return made


def _whole(reading: Reading, node: Node, seen: tuple[Path, ...]) -> Given:
    """What a file says, over what it is like."""
    own = keys.PROFILE.read(reading, node) or {}
    like: Reference | None = own.pop("like", None)
    if like is None and seen[-1] == _BUNDLED / f"{BASE}.yaml":
        return own
    like = like or Reference(reading.place(node), BASE)
    path = like.path or names().get(like.name)
    problem = _wrong(like, path, seen)
    if path is None or problem is not None:
        reading.problems.extend([problem] if problem else [])
        return own
    base = _base(reading, path, seen)
    if path == names()[BASE]:
        base = {key: base[key] for key in _MERGED if key in base}  # whose device it is, is not
    return _over(base, own)


def _wrong(like: Reference, path: Path | None, seen: tuple[Path, ...]) -> Problem | None:
    """What a profile is like must be there, and must not lead back."""
    if path is None:
        return Problem(like.place, f'no device profile is named "{like.name}"', _hint(like.name))
    if path in seen:
        ring = ", ".join(each.stem for each in seen)
        return Problem(like.place, f"like goes round in circles: {ring}")
    return None


def _base(reading: Reading, path: Path, seen: tuple[Path, ...]) -> Given:
    """All that another file says. Its problems become those of this one."""
    try:
        documents, other = compose(path)
        found = _whole(other, documents[0], (*seen, path))
        other.fail_if_bad()
    except ScenarioError as error:
        reading.problems.extend(error.problems)
        return {}
    return found


def _over(base: Given, own: Given) -> Given:
    merged = {name: {**base.get(name, {}), **own.get(name, {})} for name in _MERGED}
    return {**base, **own, **merged}


def _needed(reading: Reading, node: Node, given: Given) -> None:
    told = {problem.remedy for problem in reading.problems}  # a misspelt key is there
    said = _said(node)
    if ("like" in said and reading.problems) or not isinstance(node, MappingNode):
        return  # what it is like may have them
    for key in keys.NEEDED:
        if key not in given and key not in said and f'did you mean "{key}"?' not in told:
            reading.bad(node, f'"{key}" is missing here')


def _made(path: Path, given: Given) -> Profile:
    rest = {name: given[name] for name in keys.VALUES if name in given}
    rest["settings"] = {k: v for k, v in given.get("settings", {}).items() if v is not None}
    parts = {name: section.model(**given.get(name, {})) for name, section in keys.SECTIONS.items()}
    return Profile(id=path.stem, path=path, **rest, **parts)


# ---- what its parts must agree on ----------------------------------------------------------------


def _check(reading: Reading, node: Node, made: Profile) -> None:
    """Settings that this file names are there. What it is like may name some that it takes away."""
    for path, text, valid in templates(made):
        _filled_in(reading, _place(reading, node, path), text, valid)
    for reaction in made.reactions:
        _filled_in(reading, reading.place_of(reaction), reaction.show, OF_REPLIES)
    known = (*made.settings, *OF_JOBS)
    for each in (
        *made.envelope.mail_from,
        *made.envelope.header_from,
        *made.envelope.display_name,
        *made.envelope.reply_to,
    ):
        _known(reading, each, (*placeholders(each.use), *each.when), known)
    for field in (field for page in made.panel for field in page.fields):
        named = (field.setting, *field.when) if field.setting else tuple(field.when)
        _known(reading, field, named, tuple(made.settings))


def _filled_in(reading: Reading, place: Location | None, text: str, valid: Sequence[str]) -> None:
    for name in placeholders(text):
        if place is not None and name not in valid:
            cause = f'nothing is named "{{{name}}}" here'
            reading.problems.append(Problem(place, cause, nearest(name, valid)))


def _place(reading: Reading, node: Node, path: Sequence[str]) -> Location | None:
    """Where a key of this file stands; None where it is another file's."""
    for step in path:
        pairs = _said(node)
        if step not in pairs:
            return None
        node = pairs[step]
    return reading.place(node)


def _said(node: Node) -> dict[str, Node]:
    """The keys of a mapping as written, each with its value; of what is none nothing."""
    pairs = node.value if isinstance(node, MappingNode) else ()
    return {str(key.value): value for key, value in pairs}


def _known(
    reading: Reading, where: Composed | PanelField, named: Sequence[str], known: Sequence[str]
) -> None:
    place = reading.place_of(where)
    for name in named:
        if place is not None and name not in known:
            cause = f'no setting of this profile is named "{name}"'
            reading.problems.append(Problem(place, cause, nearest(name, known)))
