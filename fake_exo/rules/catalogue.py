"""A reply catalogue: every text of a service, with period, confidence and source.

Entries that say the same thing at different dates or endpoints share a `key`; a rule names the key,
the date picks the entry. Placeholders are a closed set: an unknown one is a bug of the data and
stops the start.
"""

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from typing import Any

import yaml

from fake_exo.kernel.endpoint import Endpoint
from fake_exo.rules.period import ALWAYS, Confidence, Period

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BRACE = re.compile(r"{{|}}|{(\w+)}|[{}]")


class DataError(Exception):
    """The shipped data contradicts itself. Never raised for a user's file."""


@dataclass(frozen=True, slots=True)
class ReplyText:
    """One dated reply text. `static` is its wire form when nothing has to be filled in."""

    id: str
    key: str
    endpoint: str | None  # None: any
    stage: str
    period: Period
    text: str
    condition: str
    confidence: Confidence
    sources: tuple[str, ...]
    note: str
    silent: bool
    consumer: bool
    future: bool
    same_as: str  # id of a reply that has these words at this stage
    codes: tuple[str, str] | None  # enhanced codes that are said with it, first and last
    fix: str  # what to change, of a text that no rule says
    fields: frozenset[str]
    static: bytes | None

    @property
    def code(self) -> int:
        head = self.text[:3]
        return int(head) if head.isdigit() else 0

    @property
    def enhanced(self) -> str:
        words = self.text.split(" ", 2)
        second = words[1] if len(words) > 1 else ""
        return second if second[:1] in "245" and second.count(".") == 2 else ""

    def render(self, values: Mapping[str, str]) -> bytes:
        """The reply as bytes with CRLF. `values` must answer every name in `fields`; what clients
        wrote into them neither ends a line nor moves a terminal."""
        if self.static is not None:
            return self.static
        said = self.text.format_map(values)
        if not (said.isprintable() or _as_written(said, self.text)):
            said = self.text.format_map({name: printed(values[name]) for name in self.fields})
        return wire(said)


def _as_written(said: str, text: str) -> bool:
    """Whether the lines of a text that was filled in end where they did, and can be printed."""
    return said.count("\n") == text.count("\n") and said.replace("\n", "").isprintable()


def printed(value: str) -> str:
    """What a client wrote, as a reply may quote it."""
    return "".join(c if c.isprintable() else "?" for c in value)


def wire(text: str) -> bytes:
    return ("\r\n".join(text.rstrip("\n").split("\n")) + "\r\n").encode("utf-8", "replace")


def load_data(package: str, name: str) -> Any:  # noqa: ANN401 - YAML is what it is; callers check
    """A file of a package of data, parsed."""
    text = resources.files(package).joinpath(name).read_text("utf-8")
    return yaml.load(text, Loader=_LOADER)


class Catalogue:
    """All texts, by id and by (key, endpoint)."""

    def __init__(
        self, entries: Iterator[ReplyText], placeholders: frozenset[str] = frozenset()
    ) -> None:
        self._placeholders = placeholders
        self.by_id: dict[str, ReplyText] = {entry.id: entry for entry in entries}
        self._variants: dict[str, list[ReplyText]] = {}
        for entry in self.by_id.values():
            self._variants.setdefault(entry.key, []).append(entry)

    def __iter__(self) -> Iterator[ReplyText]:
        return iter(self.by_id.values())

    def variants(self, key: str) -> tuple[ReplyText, ...]:
        return tuple(self._variants.get(key, ()))

    def pick(self, key: str, endpoint: Endpoint, day: date) -> ReplyText:
        """The text of a key on a day: the endpoint's own, else that of the endpoint whose dialect
        it speaks, which is a guess, else one for any endpoint. On a day on which it is not sure to
        have held it is a guess too. Raises DataError without any."""
        heard = (endpoint.id, endpoint.dialect, None)
        found = [
            text
            for text in self._variants.get(key, ())
            if text.endpoint in heard and text.period.holds(day)
        ]
        if not found:
            raise DataError(f"no text of the reply {key!r} is for {endpoint.id} on {day}")
        text = min(found, key=lambda t: heard.index(t.endpoint))
        borrowed = text.endpoint not in (endpoint.id, None)
        guessed = borrowed or not text.period.sure(day)
        return replace(text, confidence=Confidence.LOW) if guessed else text

    def at_stage(self, id_: str, stage: str) -> ReplyText | None:
        """The text of an id, in the words that it has at a stage, where those are others."""
        there = (t for t in self if t.same_as == id_ and t.stage == stage)
        return next(there, self.by_id.get(id_))

    def own(self, text: str, stage: str) -> ReplyText:
        """Words of somebody's own, with the placeholders of this catalogue. Raises ValueError for
        one that it has not."""
        return literal(text, stage, self._placeholders)

    def quoted(self, key: str, day: date) -> ReplyText:
        """The text of a key as a report quotes it, whichever endpoint it is for. Raises DataError
        without one for the day."""
        found = (t for t in self._variants.get(key, ()) if t.period.holds(day))
        text = next(found, None)
        if text is None:
            raise DataError(f"no text of the reply {key!r} is for {day}")
        return text

    def with_texts(self, own: Mapping[str, str]) -> "Catalogue":
        """The same with other words for some replies, by id. Raises ValueError for words that no
        client could read, and for a placeholder that nobody fills in."""
        names = self._placeholders
        changed = {id_: _reworded(self.by_id[id_], text, names) for id_, text in own.items()}
        return Catalogue(iter({**self.by_id, **changed}.values()), names)


def _reworded(known: ReplyText, text: str, placeholders: frozenset[str]) -> ReplyText:
    if not re.match(r"[2345]\d\d[ -]", text + " "):
        raise ValueError(f"the reply {known.id} cannot be {text!r}: it begins with no reply code")
    form, fields = _form(text, placeholders)
    return replace(
        known,
        text=form if fields else form.format(),
        confidence=Confidence.HIGH,
        sources=("words of this world's own",),
        silent=False,
        fields=fields,
        static=None if fields else wire(form.format()),
    )


def _form(text: str, placeholders: frozenset[str]) -> tuple[str, frozenset[str]]:
    """Somebody's own words as a form to fill in, and the names in it. `{{` and `}}` stand for
    braces, and so does one without a name. Raises ValueError for a name that nobody fills in."""
    names = {found[1] for found in _BRACE.finditer(text) if found[1]}
    if unknown := sorted(names - placeholders):
        valid = ", ".join(f"{{{name}}}" for name in sorted(placeholders))
        raise ValueError(
            f"nobody fills in {{{unknown[0]}}}; valid are: {valid}; "
            f"write {{{{{unknown[0]}}}}} for the braces themselves"
        )
    return _BRACE.sub(lambda m: m[0] if m[1] else m[0][0] * 2, text), frozenset(names)


def read_catalogue(rows: Iterable[Mapping[str, Any]], placeholders: frozenset[str]) -> Catalogue:
    """A catalogue of rows of data. Raises DataError for a placeholder that nobody fills in."""
    return Catalogue((_text(row, placeholders) for row in rows), placeholders)


def _text(row: Mapping[str, Any], placeholders: frozenset[str]) -> ReplyText:
    text = str(row["text"]).rstrip("\n")
    silent = bool(row.get("silent", False))
    fields = frozenset() if silent else _fields(row["id"], text, placeholders)
    endpoint = row["endpoint"]
    return ReplyText(
        id=row["id"],
        key=row.get("key", row["id"]),
        endpoint=None if endpoint == "any" else endpoint,
        stage=row["stage"],
        period=Period.of(row),
        text=text,
        condition=row["condition"],
        confidence=Confidence[row["confidence"].upper()],
        sources=tuple(row.get("sources", ())),
        note=row.get("note", ""),
        silent=silent,
        consumer=bool(row.get("consumer", False)),
        future=bool(row.get("future", False)),
        same_as=row.get("same_as", ""),
        codes=_range(row.get("codes", "")),
        fix=row.get("fix", ""),
        fields=fields,
        static=None if fields or silent else wire(text),
    )


def _range(text: str) -> tuple[str, str] | None:
    first, dash, last = text.partition("-")
    return (first, last) if dash else None


def literal(text: str, stage: str, placeholders: frozenset[str] = frozenset()) -> ReplyText:
    """A text that is in no catalogue: a fault's own, as a form (see `_form`)."""
    form, fields = _form(text, placeholders)
    return ReplyText(
        id="injected",
        key="injected",
        endpoint=None,
        stage=stage,
        period=ALWAYS,
        text=form if fields else form.format(),
        condition="",
        confidence=Confidence.HIGH,
        sources=(),
        note="",
        silent=False,
        consumer=False,
        future=False,
        same_as="",
        codes=None,
        fix="",
        fields=fields,
        static=None if fields else wire(form.format()),
    )


def _fields(id_: str, text: str, placeholders: frozenset[str]) -> frozenset[str]:
    names = frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
    if unknown := names - placeholders:
        raise DataError(f"reply {id_}: unknown placeholders {sorted(unknown)}")
    return names
