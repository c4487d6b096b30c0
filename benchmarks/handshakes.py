"""TLS of the two kinds over memory buffers: port 587 (`ssl`) and port 25, which asks clients for a
certificate (pyOpenSSL). `python benchmarks/handshakes.py [ROUNDS]`; medians, rounds interleaved."""

import ssl
import statistics
import sys
import time
from dataclasses import replace

from fake_exo.tls.authority import client_certificate, server_tls
from fake_exo.tls.choice import MODERN
from fake_exo.tls.layer import ServerTls, TlsLayer

NAME = "mail.protection.outlook.com"
ONE_WAY = server_tls((NAME,))
MUTUAL = server_tls((NAME,), replace(MODERN, client_certificate="optional"))
BODY = b"x" * (1 << 20)


class Client:
    """The other side, always Python's own."""

    def __init__(self, server: ServerTls, certificate: bool) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(client_certificate(NAME))
        self._context, self._server = context, server

    def shaken(self) -> tuple[TlsLayer, ssl.SSLObject, ssl.MemoryBIO, float]:
        """Both sides after a handshake, and the seconds that ours took."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        mine = self._context.wrap_bio(incoming, outgoing)
        seconds, done = 0.0, False
        began = time.thread_time()
        layer = self._server.layer()
        seconds += time.thread_time() - began
        while not layer.up or not done:
            try:
                mine.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
            sent = outgoing.read()
            began = time.thread_time()
            layer.feed(sent)
            if layer.up or layer.handshake():
                layer.facts()
            back = layer.pending()
            seconds += time.thread_time() - began
            incoming.write(back)
        return layer, mine, outgoing, seconds


def handshake(client: Client, count: int = 100) -> float:
    """Milliseconds of the server's side."""
    return sum(client.shaken()[3] for _ in range(count)) / count * 1000


def received(client: Client, size: int = 64) -> float:
    """Megabytes a second that the server's side takes, in blocks of 256 KiB."""
    layer, mine, outgoing, _ = client.shaken()
    seconds = 0.0
    for _ in range(size):
        mine.write(BODY)
        data = outgoing.read()
        began = time.thread_time()
        got = 0
        for at in range(0, len(data), 1 << 18):
            layer.feed(data[at : at + (1 << 18)])
            got += len(layer.read())
        seconds += time.thread_time() - began
        assert got == len(BODY)
    return size * len(BODY) / seconds / 1e6


def replies(client: Client, count: int = 5000) -> float:
    """Microseconds of a command that comes in and a reply that goes out."""
    layer, mine, outgoing, _ = client.shaken()
    seconds = 0.0
    for _ in range(count):
        mine.write(b"RCPT TO:<ann@contoso.com>\r\n")
        data = outgoing.read()
        began = time.thread_time()
        layer.feed(data)
        layer.read()
        layer.write(b"250 2.1.5 Recipient OK\r\n")
        layer.pending()
        seconds += time.thread_time() - began
    return seconds / count * 1e6


SIDES = {
    "587, `ssl`": Client(ONE_WAY, False),
    "25, pyOpenSSL, no certificate shown": Client(MUTUAL, False),
    "25, pyOpenSSL, a certificate shown": Client(MUTUAL, True),
}


def main(rounds: int) -> None:
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in SIDES}
    for _ in range(rounds):
        for name, client in SIDES.items():
            figures[name].append((handshake(client), replies(client), received(client)))
    print("| server's side | handshake | command and reply | 25 MB mail |")
    print("|---|---|---|---|")
    for name, seen in figures.items():
        shake, reply, speed = (statistics.median(column) for column in zip(*seen, strict=True))
        print(f"| {name} | {shake:.2f} ms | {reply:.1f} us | {speed:.0f} MB/s |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
