"""What goes to a terminal. Titles, names, clients' commands and what was pasted are other people's
text: nothing in it may move a cursor, rename a window or forge a line."""

import click


def shown(text: str) -> str:
    """Text in which line ends and tabs are themselves, and all else that cannot be printed is
    written as Python would: `\\x1b`."""
    plain = text.replace("\n", "").replace("\t", "")
    return text if plain.isprintable() else "".join(map(_character, text))


def _character(character: str) -> str:
    fits = character in "\n\t" or character.isprintable()
    return character if fits else repr(character)[1:-1]


def say(text: str = "", *, err: bool = False) -> None:
    """A line, or lines, for people."""
    click.echo(shown(text), err=err)
