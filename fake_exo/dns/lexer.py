"""Zone-file text into fields and entries (RFC 1035 5.1): parentheses, quotes, comments.

Fields keep their escapes, because an escaped dot is no dot. Nothing here knows record types.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fake_exo.dns.domain import RecordError

_LEXEME = re.compile(
    r"""
    (?P<newline> \r?\n )
  | (?P<blank>   [ \t\f\r]+ )
  | (?P<comment> ;[^\n]* )
  | (?P<open>    \( )
  | (?P<close>   \) )
  | " (?P<quoted> (?: [^"\\\n] | \\[^\n] )* ) "
  | (?P<word>    (?: [^ \t\f\r\n;()"\\] | \\[^\n] )+ )
  | (?P<bad>     ["\\] )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One field; line and column count from 1."""

    text: str
    quoted: bool
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class LexicalError:
    """Where the text itself is wrong."""

    line: int
    column: int
    cause: str
    remedy: str


@dataclass(slots=True)
class Entry:
    """One directive or record, over as many lines as its parentheses hold together.

    `indented`: the first line began with a blank, so the name is that of the entry before.
    """

    indented: bool
    tokens: list[Token] = field(default_factory=list)


class Lexer:
    """Iterates over entries; what could not be read is in `faults`, and its entry left out."""

    def __init__(self, text: str) -> None:
        self.faults: list[LexicalError] = []
        self._text = text.removeprefix("\ufeff")
        self._line = 1
        self._line_start = 0
        self._opened: Token | None = None
        self._broken = False  # the entry
        self._skipping = False  # what follows on the line

    def __iter__(self) -> Iterator[Entry]:
        entry = Entry(self._indented(0))
        for match in _LEXEME.finditer(self._text):
            if match.lastgroup == "newline":
                ended = self._newline(match)
                if ended:
                    yield from self._finish(entry)
                    entry = Entry(self._indented(match.end()))
            else:
                self._take(match, entry)
        if self._opened is not None:
            self._fault(self._opened, "the parenthesis is never closed", "add the )")
        yield from self._finish(entry)

    def _newline(self, match: re.Match[str]) -> bool:
        """Whether the line's end is the entry's end."""
        self._line += 1
        self._line_start = match.end()
        self._skipping = False
        return self._opened is None

    def _indented(self, at: int) -> bool:
        return self._text[at : at + 1] in (" ", "\t")

    def _take(self, match: re.Match[str], entry: Entry) -> None:
        kind = match.lastgroup or ""
        if self._skipping or kind in ("blank", "comment"):
            return
        quoted = kind == "quoted"
        token = Token(match.group(kind), quoted, self._line, match.start() - self._line_start + 1)
        if quoted or kind == "word":
            entry.tokens.append(token)
        elif kind == "bad":
            self._bad(token)
        else:
            self._parenthesis(token)

    def _parenthesis(self, token: Token) -> None:
        if token.text == "(" and self._opened is None:
            self._opened = token
        elif token.text == "(":
            self._fault(token, "parentheses do not nest", "remove the inner (")
        elif self._opened is None:
            self._fault(token, "nothing is open that this ) could close", "remove the )")
        else:
            self._opened = None

    def _bad(self, token: Token) -> None:
        self._skipping = True
        if token.text == '"':
            self._fault(token, "the quoted text does not end on its line", 'add the closing "')
        else:
            self._fault(token, "a backslash at the end of the line", "remove or double it")

    def _fault(self, token: Token, cause: str, remedy: str) -> None:
        self._broken = True
        self.faults.append(LexicalError(token.line, token.column, cause, remedy))

    def _finish(self, entry: Entry) -> Iterator[Entry]:
        if entry.tokens and not self._broken:
            yield entry
        self._broken = False


def fields_of(text: str) -> tuple[Token, ...]:
    """The fields of one record's data; RecordError when quotes or parentheses are wrong."""
    lexer = Lexer(text)
    tokens = tuple(token for entry in lexer for token in entry.tokens)
    if lexer.faults:
        raise RecordError(lexer.faults[0].cause, lexer.faults[0].remedy)
    return tokens
