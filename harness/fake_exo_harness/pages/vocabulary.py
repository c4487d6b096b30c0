"""`docs/words.md`: every word that a file may say, what it does, and by what that is shown."""

from collections.abc import Iterator

from fake_exo import every_limit, every_switch
from fake_exo_harness.words import Word, words

_HEAD = """# Words

Every key of a tenant, every limit, switch, word of a device and word of a recording, with what it
does. **Shown** are values, what is seen with each, and the scenario in which the tests look, with
that word changed and nothing else (`data/words/bases.yaml`): the reply that ended the mail, or
where its copies ended, unless another place is named. A word that is **not rehearsed** is taken,
as exports have it, and changes nothing; the verdict of a scenario that sets it to another value
than its default names it. `fake-exo explain NAME` tells the rest of limits and switches. This
page is made from the data.
"""
_CHAPTERS = (
    ("tenant", "Tenants"),
    ("limits", "Limits"),
    ("switches", "Switches"),
    ("devices", "Devices"),
    ("recordings", "Recordings"),
)


def words_page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    usual = {limit.id: limit.value for limit in every_limit()}
    usual |= {switch.name: "on" if switch.default else "off" for switch in every_switch()}
    for kind, title in _CHAPTERS:
        found = words(kind).values()
        without = sum(bool(word.not_rehearsed) for word in found)
        yield f"## {title}\n\n{len(found)} words, {without} of them not rehearsed.\n"
        yield "| word | does | shown |\n|---|---|---|"
        for word in found:
            value = f" ({_cell(usual[word.name])})" if word.name in usual else ""
            yield f"| `{word.name}`{value} | {_does(word)} | {_shown(word)} |"
        yield ""


def _does(word: Word) -> str:
    return _cell(word.does) if word.does else f"**not rehearsed**: {_cell(word.not_rehearsed)}"


def _shown(word: Word) -> str:
    if word.shown is None:
        return f"`{word.tested}`" if word.tested else ""
    seen = "; ".join(f"`{_cell(_value(value))}`: {_cell(what)}" for value, what in word.shown.seen)
    where = "" if word.shown.look == "ends" else f", {word.shown.look.partition(' ')[0]}"
    return f"{seen} ({word.shown.base}{where})"


def _value(value: object) -> str:
    """As a file has it, in short."""
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "null"
        case [dict(), *_] | dict():
            return "a mapping" if isinstance(value, dict) else "one"
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case "":
            return "nothing"
    return str(value)


def _cell(value: object) -> str:
    text = "not published" if value is None else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
