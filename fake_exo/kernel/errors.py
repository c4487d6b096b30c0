"""What a user of the service can get wrong, and what the machine refuses."""

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class ServiceError(ValueError):
    """A world asks for a switch, limit, forest or fault that cannot be; the text says what can."""


class CannotListen(OSError):
    """A port of this machine cannot be had; `errno` says why. Port 0: any would have done."""

    def __init__(self, number: int | None, text: str, address: str, port: int) -> None:
        super().__init__(number, text)
        self.address = address
        self.port = port


@contextmanager
def cannot_listen(address: str, port: int) -> Iterator[None]:
    """Whatever the machine refuses meanwhile is told with its place."""
    try:
        yield
    except OSError as error:
        text = error.strerror or str(error)
        raise CannotListen(error.errno, text, address, port) from error


def nearest(word: str, valid: Sequence[str]) -> str:
    """A hint at what may have been meant, or the whole list."""
    close = difflib.get_close_matches(word.lower(), [v.lower() for v in valid], 1, 0.6)
    if close:
        meant = next(v for v in valid if v.lower() == close[0])
        return f'did you mean "{meant}"?'
    return f"valid are: {', '.join(valid)}"
