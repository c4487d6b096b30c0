"""Message data as it comes in: DATA up to its end, BDAT by count. Scans blocks, not lines.

Only CRLF.CRLF ends DATA: a bare LF or CR around the dot is content, as at the real service.
One buffer grows in place, so that a large message is held once.
"""

_END = b"\r\n.\r\n"
# A dot that begins a line is never content, whether or not another follows (RFC 5321 4.5.2).
_STUFFED = b"\r\n."
_HEAD = 1 << 20  # what is kept of a message that is too large to be accepted anyway


class BodyReader:
    """The data of one message. `limit`: bytes above which the content is counted, not kept."""

    __slots__ = ("_buffer", "_dropped", "_limit")

    def __init__(self, limit: int) -> None:
        # A CRLF in front lets an empty message and a dot on the first line look like any other.
        self._buffer = bytearray(b"\r\n")
        self._dropped = 0
        self._limit = limit

    @property
    def size(self) -> int:
        return len(self._buffer) - 2 + self._dropped

    def feed_data(self, data: bytes) -> bytes | None:
        """Add what followed DATA. Returns what came behind the end; None while it is not seen."""
        buffer = self._buffer
        start = max(0, len(buffer) - len(_END) + 1)
        buffer += data
        end = buffer.find(_END, start)
        if end < 0:
            self._shrink()
            return None
        rest = bytes(memoryview(buffer)[end + len(_END) :])
        del buffer[end + 2 :]
        if buffer.find(_STUFFED) >= 0:
            self._buffer = buffer.replace(_STUFFED, b"\r\n")
        return rest

    def feed_chunk(self, data: bytes) -> None:
        self._buffer += data
        self._shrink()

    def _shrink(self) -> None:
        excess = len(self._buffer) - self._limit
        if excess > _HEAD:
            keep = len(self._buffer) - len(_END)
            del self._buffer[_HEAD:keep]
            self._dropped += keep - _HEAD

    def content(self) -> bytearray:
        """The message as transmitted, dots unstuffed. The body must not be used afterwards."""
        del self._buffer[:2]
        return self._buffer
