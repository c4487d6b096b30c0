"""The servers that are compared, each as a process: `python servers.py NAME PORT`.

The fake runs with its whole policy, transcripts and ledger; the Python peers are bare.
"""

import asyncio
import signal
import ssl
import sys
import threading
from typing import cast

# Counted as ever, but never reached: beyond them the fake writes a report for every message.
_COUNTED = ("tenant.terrl", "submission.messages_per_minute", "submission.recipients_per_day")


def fake(port: int) -> None:
    from fake_exo import Estate, Settings, World, example_tenant

    # What `fake-exo serve` runs with; the ledger forgets, as there, so that memory stays bounded.
    world = World(
        Estate.of([example_tenant()], limits=dict.fromkeys(_COUNTED, 1e9)),
        settings=Settings(keep=20_000, keep_bytes=256 << 20, real_time=True),
    )
    world.public_addresses["*"] = "203.0.113.7"
    network = world.start()
    ready(network.mx_port, network.submission_port, network.dns_port)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    while not over.wait(0.2):
        pass
    world.stop()


def aiosmtpd(port: int) -> None:
    from aiosmtpd.handlers import Sink
    from aiosmtpd.smtp import SMTP

    limit = 300_000_000
    context = _context()
    _serve(lambda: SMTP(Sink(), data_size_limit=limit, tls_context=context))


def echo(port: int) -> None:
    """TLS handshakes and nothing else: the limit for a server on this interpreter."""
    import uvloop

    context = _context()
    tasks = set()

    class Done(asyncio.Protocol):
        transport: asyncio.Transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(b"250 ok\r\n")

    class Echo(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast(asyncio.Transport, transport)
            self.transport.write(b"220 x\r\n")

        def data_received(self, data: bytes) -> None:
            if data.startswith(b"STARTTLS"):
                self.transport.write(b"220 go\r\n")
                task = asyncio.ensure_future(self._secure())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            else:
                self.transport.write(b"250 ok\r\n")

        async def _secure(self) -> None:
            loop, done = asyncio.get_running_loop(), Done()
            try:
                secured = await loop.start_tls(self.transport, done, context, server_side=True)
            except OSError:
                return
            done.transport = cast(asyncio.Transport, secured)

    uvloop.install()
    _serve(Echo)


def dnslib(port: int) -> None:
    from dnslib.server import DNSServer
    from dnslib.zoneresolver import ZoneResolver

    zone = ZoneResolver("contoso.com. 3600 IN MX 0 contoso-com.mail.protection.outlook.com.")
    server = DNSServer(zone, port=port, address="127.0.0.1", logger=_Quiet())
    server.start_thread()
    ready(port)
    signal.pause()


class _Quiet:
    def __getattr__(self, name: str) -> object:
        return lambda *_: None


def smtpdfix(port: int) -> None:
    from smtpdfix import SMTPDFix

    with SMTPDFix("127.0.0.1", port):
        ready(port)
        signal.pause()


def _context() -> ssl.SSLContext:
    import trustme

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # As the fake's: RSA, by an intermediate.
    authority = trustme.CA(key_type=trustme.KeyType.RSA).create_child_ca(trustme.KeyType.RSA)
    authority.issue_cert("localhost", key_type=trustme.KeyType.RSA).configure_cert(context)
    return context


def _serve(make: object) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)  # type: ignore[arg-type]
        ready(server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(run())


def ready(*ports: int) -> None:
    print(*ports, flush=True)


if __name__ == "__main__":
    servers = {f.__name__: f for f in (fake, aiosmtpd, echo, smtpdfix, dnslib)}
    servers[sys.argv[1]](int(sys.argv[2]))
