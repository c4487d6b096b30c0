"""Where in an SMTP dialogue a decision falls."""

from enum import IntEnum


class Stage(IntEnum):
    """Where in the dialogue a decision falls. An IntEnum, because rule tables are indexed by it."""

    CONNECT = 0
    HELLO = 1
    STARTTLS = 2
    AUTH = 3
    MAIL = 4
    RCPT = 5
    DATA = 6
    CHUNK = 7
    MESSAGE = 8
    OTHER = 9

    @property
    def label(self) -> str:
        return self.name.lower()
