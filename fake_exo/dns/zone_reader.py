"""Entries of master files to records: directives, and what an entry may leave out (RFC 1035 5.1).

Faults are collected as `ZoneProblem`s and reading goes on. Use `zonefile`, not this.
"""

from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType

from fake_exo.dns.domain import RecordError, domain
from fake_exo.dns.lexer import Entry, Lexer, Token
from fake_exo.dns.presentation import READERS, known_type, rdata
from fake_exo.dns.records import Rdata, Record, Soa
from fake_exo.dns.ttl import looks_like_ttl, parse_ttl

MAX_INCLUDES = 16  # deep; our choice

_DIRECTIVES = ("$ORIGIN", "$TTL", "$INCLUDE")
_OTHER_CLASSES = ("CH", "HS", "CS")


@dataclass(frozen=True, slots=True)
class ZoneProblem:
    """One fault of a zone file; line and column count from 1."""

    path: str
    line: int
    column: int
    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.cause}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Source:
    """The file being read; `file` is None for text that came from nowhere."""

    path: str
    file: Path | None
    depth: int = 0

    def problem(self, token: Token, error: RecordError) -> ZoneProblem:
        return ZoneProblem(self.path, token.line, token.column, error.cause, error.remedy)


@dataclass(frozen=True, slots=True)
class Found:
    """A record and where its entry begins."""

    record: Record
    source: Source
    token: Token


@dataclass(frozen=True, slots=True)
class _Defaults:
    """What an entry may leave out; None as long as nothing was said."""

    origin: str | None
    ttl: int | None = None  # $TTL
    last_ttl: int | None = None  # the last one stated
    owner: str | None = None


class _Blaming:
    """Says which field of the entry a RecordError from within is about."""

    def __init__(self, index: int) -> None:
        self._index = index

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if isinstance(error, RecordError):
            error.token = self._index + (error.token or 0)


class ZoneReader:
    """Reads text after text into `found` and `problems`.

    `root`: the folder that includes may not leave. `tolerant`: registered types whose data we do
    not understand are left out.
    """

    def __init__(self, root: Path | None, origin: str | None, *, tolerant: bool) -> None:
        self.found: list[Found] = []
        self.problems: list[ZoneProblem] = []
        self.first_origin: str | None = None
        self._root = root
        self._tolerant = tolerant
        self._defaults = _Defaults(origin)

    def read(self, text: str, source: Source) -> None:
        lexer = Lexer(text)
        for entry in lexer:
            self._take_faults(lexer, source)
            try:
                self._entry(entry, source)
            except RecordError as error:
                at = min(error.token or 0, len(entry.tokens) - 1)
                self.problems.append(source.problem(entry.tokens[at], error))
        self._take_faults(lexer, source)

    def _take_faults(self, lexer: Lexer, source: Source) -> None:
        for fault in lexer.faults:
            self.problems.append(
                ZoneProblem(source.path, fault.line, fault.column, fault.cause, fault.remedy)
            )
        lexer.faults.clear()

    def _entry(self, entry: Entry, source: Source) -> None:
        if entry.tokens[0].text.startswith("$") and not entry.indented:
            self._directive(entry.tokens, source)
        else:
            self._record(entry, source)

    def _default(self, **changes: str | int | None) -> None:
        self._defaults = replace(self._defaults, **changes)  # type: ignore[arg-type]

    # ---- directives ----------------------------------------------------------------------------

    def _directive(self, tokens: list[Token], source: Source) -> None:
        name = _directive_name(tokens)
        with _Blaming(1):
            if name == "$ORIGIN":
                self._origin(tokens[1].text)
            elif name == "$TTL":
                self._default(ttl=parse_ttl(tokens[1].text))
            else:
                self._include(tokens, source)

    def _origin(self, text: str) -> None:
        origin = domain(text, self._defaults.origin)
        self._default(origin=origin)
        self.first_origin = self.first_origin if self.first_origin is not None else origin

    def _include(self, tokens: list[Token], source: Source) -> None:
        file = self._included(tokens[1].text, source)
        text = _text_of(file)
        before = self._defaults
        if len(tokens) == 3:
            with _Blaming(1):
                self._default(origin=domain(tokens[2].text, before.origin))
        self.read(text, Source(str(file), file, source.depth + 1))
        # RFC 1035 5.1: the origin of the file above is untouched by the one below.
        self._defaults = before

    def _included(self, name: str, source: Source) -> Path:
        if source.file is None or self._root is None:
            raise RecordError("text has no folder to include from", "read it from a file")
        if source.depth >= MAX_INCLUDES:
            raise RecordError(f"files include each other {MAX_INCLUDES} deep", "break the circle")
        file = source.file.parent / name
        if not file.resolve().is_relative_to(self._root):
            raise RecordError(
                f"{name} lies outside the folder of the zone", "move the file below that folder"
            )
        return file

    # ---- records -------------------------------------------------------------------------------

    def _record(self, entry: Entry, source: Source) -> None:
        tokens = entry.tokens
        owner = self._owner(entry)
        ttl, at = self._ttl_and_class(tokens, 0 if entry.indented else 1)
        if at == len(tokens):
            raise RecordError("the record has no type", "write name, TTL, IN, type, data", at - 1)
        with _Blaming(at):
            mnemonic = known_type(tokens[at].text)
        fields = tokens[at + 1 :]
        if self._tolerant and _unread(mnemonic, fields):
            return
        with _Blaming(at + 1):
            data = rdata(mnemonic, fields, self._defaults.origin)
        if ttl is None:
            ttl = self._default_ttl(data)
        self.found.append(Found(Record(owner, mnemonic, ttl, data), source, tokens[0]))

    def _owner(self, entry: Entry) -> str:
        """The name stated or carried over; none is carried over from a wrong one."""
        if not entry.indented:
            self._default(owner=None)
            self._default(owner=domain(entry.tokens[0].text, self._defaults.origin))
        if self._defaults.owner is None:
            raise RecordError("no name came before this record", "begin the line with a name")
        return self._defaults.owner

    def _ttl_and_class(self, tokens: list[Token], at: int) -> tuple[int | None, int]:
        """The TTL if stated, and where the type stands. TTL and class come in either order."""
        ttl: int | None = None
        for index in range(at, min(at + 2, len(tokens))):
            text = tokens[index].text
            with _Blaming(index):
                if looks_like_ttl(text):
                    ttl = parse_ttl(text)
                    self._default(last_ttl=ttl)
                elif not _is_class(text):
                    return ttl, index
        return ttl, min(at + 2, len(tokens))

    def _default_ttl(self, data: Rdata) -> int:
        """RFC 2308 4: $TTL; RFC 1035: else the last one stated; else the SOA's own minimum."""
        if self._defaults.ttl is not None:
            return self._defaults.ttl
        if self._defaults.last_ttl is None and isinstance(data, Soa):
            self._default(last_ttl=data.minimum)
        if self._defaults.last_ttl is None:
            raise RecordError("the record has no TTL", "put $TTL 3600 above it")
        return self._defaults.last_ttl


def _directive_name(tokens: list[Token]) -> str:
    text = tokens[0].text
    name = text.upper()
    if name not in _DIRECTIVES:
        near = get_close_matches(name, _DIRECTIVES, 1, 0.5)
        remedy = f"did you mean {near[0]}?" if near else "write the records out"
        raise RecordError(f"{text} is no directive that we read", remedy)
    if len(tokens) == 1:
        raise RecordError(f"{name} says nothing", f"write a value after {name}")
    most = 3 if name == "$INCLUDE" else 2
    if len(tokens) > most:
        raise RecordError(f"{name} has a value too many", "remove it", most)
    return name


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError as error:
        raise RecordError(f"{file} cannot be read ({error.strerror})", "check the path") from error


def _is_class(text: str) -> bool:
    if text.upper() in _OTHER_CLASSES:
        raise RecordError(f"the class {text} is not served", "write IN")
    return text.upper() == "IN"


def _unread(mnemonic: str, fields: list[Token]) -> bool:
    return mnemonic not in READERS and not (fields and fields[0].text == r"\#")
