"""A load generator: SMTP clients on one event loop, in a process of their own.

Prints one JSON object: messages a second, bytes a second, errors. Bounded by messages and seconds.
"""

import argparse
import asyncio
import base64
import json
import ssl
import time
from collections.abc import Callable, Coroutine
from typing import cast

import uvloop


class Client(asyncio.Protocol):
    """One connection after another, each with some messages, until the work is done."""

    def __init__(self, work: "Work") -> None:
        self.work = work
        self.step = 0
        self.left = 0
        self.gone = False
        self.buffer = b""
        self.script: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n")
            if end < 0:
                return
            line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
            if line[3:4] != b"-":
                self.reply(line)

    def reply(self, line: bytes) -> None:
        work = self.work
        if line[:1] not in b"23":
            work.failed(line)
            self.leave()
            return
        if self.step == len(self.script):
            if self.script:
                work.done()
                if work.over:
                    self.leave()
                    return
            if self.left == 0 and self.script:
                self.leave()
                return
            self.left -= 1
            self.step = 0
            self.script = work.message
        command = self.script[self.step]
        self.step += 1
        if command == b"STARTTLS-NOW":
            work.secure(self)
        else:
            self.transport.write(command)

    def connection_lost(self, exc: Exception | None) -> None:
        self.leave()

    def leave(self) -> None:
        """Close, once; TLS transports do not tell when they are closed."""
        if not self.gone:
            self.gone = True
            self.transport.close()
            self.work.closed()


class Work:
    """What is left to do, and how it went."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.count = 0
        self.errors: list[str] = []
        self.over = False
        self.tasks: set[asyncio.Future[None]] = set()
        self.finished = asyncio.Event()
        self.body = self._body(options.size)
        recipients = [
            f"RCPT TO:<rcpt{n}@customer{n % 10}.example>\r\n".encode() for n in range(options.rcpts)
        ]
        self.message = [b"MAIL FROM:<scanner@contoso.com>\r\n", *recipients, b"DATA\r\n", self.body]
        self.hello = [b"EHLO client.example\r\n"]
        self.auth: list[bytes] = []
        if options.auth:
            user, password = (base64.b64encode(x.encode()) for x in options.auth.split(":"))
            self.auth = [b"AUTH LOGIN\r\n", user + b"\r\n", password + b"\r\n"]

    def _body(self, size: int) -> bytes:
        head = b"From: scanner@contoso.com\r\nTo: a@customer.example\r\nMessage-ID: <1@x>\r\n\r\n"
        line = b"x" * 76 + b"\r\n"
        return head + line * max(1, (size - len(head)) // len(line)) + b".\r\n"

    def done(self) -> None:
        self.count += 1
        if self.count >= self.options.messages:
            self.stop()

    def failed(self, line: bytes) -> None:
        self.errors.append(line.decode("utf-8", "replace"))
        if len(self.errors) > 20:
            self.stop()

    def stop(self) -> None:
        self.over = True
        self.finished.set()

    def closed(self) -> None:
        if not self.over:
            self._later(self.dial())

    def secure(self, client: Client) -> None:
        self._later(self._secure(client))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _secure(self, client: Client) -> None:
        loop = asyncio.get_running_loop()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            transport = await loop.start_tls(client.transport, client, context)
        except OSError as error:
            self.failed(repr(error).encode())
            return
        client.transport = cast(asyncio.Transport, transport)
        client.script = [*self.hello, *self.auth, *self.message]
        client.step = 1
        client.transport.write(client.script[0])

    async def dial(self) -> None:
        def make() -> Client:
            client = Client(self)
            client.left = self.options.per_connection - 1
            client.script, client.step = self.first(), 0
            return client

        try:
            await asyncio.get_running_loop().create_connection(make, "127.0.0.1", self.options.port)
        except OSError as error:
            self.failed(repr(error).encode())

    def first(self) -> list[bytes]:
        if self.options.starttls:
            return [*self.hello, b"STARTTLS\r\n", b"STARTTLS-NOW"]
        return [*self.hello, *self.auth, *self.message]


async def main(options: argparse.Namespace) -> dict[str, object]:
    work = Work(options)
    began = time.perf_counter()
    for _ in range(options.connections):
        await work.dial()
    try:
        await asyncio.wait_for(work.finished.wait(), options.max_seconds)
    except TimeoutError:
        work.errors.append("time is up")
    seconds = time.perf_counter() - began
    return {
        "messages": work.count,
        "seconds": round(seconds, 4),
        "per_second": work.count / seconds,
        "bytes_per_second": work.count * len(work.body) / seconds,
        "errors": work.errors[:3],
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    number: Callable[[str], int] = int
    parser.add_argument("--port", type=number, required=True)
    parser.add_argument("--connections", type=number, default=20)
    parser.add_argument("--per-connection", type=number, default=20)
    parser.add_argument("--messages", type=number, default=1000)
    parser.add_argument("--size", type=number, default=1024)
    parser.add_argument("--rcpts", type=number, default=1)
    parser.add_argument("--starttls", action="store_true")
    parser.add_argument("--auth", default="")
    parser.add_argument("--max-seconds", type=float, default=60)
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.install()
    print(json.dumps(asyncio.run(main(arguments()))))
