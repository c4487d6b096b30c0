"""What a user of the service can get wrong, and what the machine refuses."""

from collections.abc import Iterator
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
