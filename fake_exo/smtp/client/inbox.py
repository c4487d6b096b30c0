"""What a server has sent, cut into replies."""

from fake_exo.smtp.client.actions import Reply


class Inbox:
    """Bytes from the server, taken out reply by reply."""

    def __init__(self) -> None:
        self._data = b""

    def add(self, data: bytes) -> None:
        self._data += data

    def reply(self) -> Reply | None:
        """The next whole reply; None while its last line has not come."""
        data = self._data
        if not data:
            return None
        lines: list[bytes] = []
        position = 0
        while (end := data.find(b"\r\n", position)) >= 0:
            line = data[position:end]
            position = end + 2
            lines.append(line)
            if line[3:4] != b"-":
                self._data = data[position:]
                return _reply(lines)
        return None


def _reply(lines: list[bytes]) -> Reply:
    head = lines[-1][:3]
    code = int(head) if head.isdigit() else 0
    return Reply(code, tuple([line[4:].decode("utf-8", "replace") for line in lines]))
