"""What goes to a terminal. Titles, names, clients' commands and what was pasted are other people's
text: nothing in it may move a cursor, rename a window or forge a line."""

import os
import sys

import click


def open_all() -> None:
    """Standard streams that were closed before us lead nowhere: the next file that is opened would
    take their numbers, and programs would be given it for their own."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def shown(text: str) -> str:
    """Text in which line ends and tabs are themselves, and all else that cannot be printed is
    written as Python would: `\\x1b`."""
    plain = text.replace("\n", "").replace("\t", "")
    return text if plain.isprintable() else "".join(map(_character, text))


def _character(character: str) -> str:
    fits = character in "\n\t" or character.isprintable()
    return character if fits else repr(character)[1:-1]


def say(text: str = "", *, err: bool = False) -> None:
    """A line, or lines, for people. When nobody reads any more, what is left goes nowhere: what a
    command has found is its exit code too."""
    try:
        click.echo(shown(text), err=err)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2 if err else 1)
