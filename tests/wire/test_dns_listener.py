"""The name server on real sockets: loopback, free ports, no waits."""

import asyncio
import contextlib
import gc
import socket
import time
from collections.abc import Awaitable, Callable

import pytest
from dnslib import DNSRecord

from fake_exo.dns import Asked, Names, parse_zone
from fake_exo.dns.spoiling import DnsFault, DnsFaults
from fake_exo.dns.wire import DnsListener
from fake_exo.kernel.schedule import Turns

LONG = " ".join('"' + letter * 250 + '"' for letter in "abcdefgh")
CONTOSO = Names((parse_zone(f"$TTL 60\n@ MX 0 mail\nlong TXT {LONG}\n", "contoso.com"),))
QUERY = DNSRecord.question("contoso.com", "MX").pack()
LONG_QUERY = DNSRecord.question("long.contoso.com", "TXT").pack()
DEADLINE = 60.0  # seconds, for a test that would hang

Test = Callable[[DnsListener], Awaitable[None]]


def run(test: Test, listener: DnsListener | None = None) -> None:
    """A started listener, the test against it, and the listener stopped."""
    asyncio.run(asyncio.wait_for(_run(test, listener or DnsListener(lambda at: CONTOSO)), DEADLINE))


async def _run(test: Test, listener: DnsListener) -> None:
    await listener.start()
    try:
        await test(listener)
    finally:
        await listener.stop()


async def by_udp(port: int, *packets: bytes, answers: int = 1) -> list[bytes]:
    """Send datagrams from one socket, wait for as many answers."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        for packet in packets:
            await loop.sock_sendto(client, packet, ("127.0.0.1", port))
        return [(await loop.sock_recvfrom(client, 65535))[0] for _ in range(answers)]


def framed(packet: bytes) -> bytes:
    return len(packet).to_bytes(2) + packet


async def read_framed(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))


async def by_tcp(port: int, *writes: bytes, answers: int = 1) -> list[bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for octets in writes:
        writer.write(octets)
        await writer.drain()
    found = [await read_framed(reader) for _ in range(answers)]
    writer.close()
    await writer.wait_closed()
    return found


def with_id(packet: bytes, number: int) -> bytes:
    return number.to_bytes(2) + packet[2:]


def test_udp_and_tcp_answer_alike_on_one_port() -> None:
    async def test(listener: DnsListener) -> None:
        (datagram,) = await by_udp(listener.port, QUERY)
        (segment,) = await by_tcp(listener.port, framed(QUERY))
        assert datagram == segment
        (answer,) = DNSRecord.parse(datagram).rr
        assert (str(answer.rname), str(answer.rdata)) == ("contoso.com.", "0 mail.contoso.com.")

    run(test)


def test_a_cut_datagram_is_followed_by_the_whole_answer_over_tcp() -> None:
    async def test(listener: DnsListener) -> None:
        (datagram,) = await by_udp(listener.port, LONG_QUERY)
        assert DNSRecord.parse(datagram).header.tc == 1
        (segment,) = await by_tcp(listener.port, framed(LONG_QUERY))
        assert (DNSRecord.parse(segment).header.tc, len(DNSRecord.parse(segment).rr)) == (0, 1)

    run(test)


def test_a_remembered_answer_bears_the_id_of_each_question() -> None:
    async def test(listener: DnsListener) -> None:
        answers = await by_udp(listener.port, *(with_id(QUERY, n) for n in range(5)), answers=5)
        assert [answer[:2] for answer in answers] == [with_id(b"", n) for n in range(5)]
        assert {answer[2:] for answer in answers} == {answers[0][2:]}

    run(test)


def test_replaced_names_count_at_once() -> None:
    held = [CONTOSO]

    async def test(listener: DnsListener) -> None:
        (before,) = await by_udp(listener.port, QUERY)
        held[0] = Names()
        (after,) = await by_udp(listener.port, QUERY)
        assert (DNSRecord.parse(before).header.rcode, DNSRecord.parse(after).header.rcode) == (0, 5)

    run(test, DnsListener(lambda at: held[0]))


def test_what_is_no_query_is_passed_over_in_silence() -> None:
    async def test(listener: DnsListener) -> None:
        response = QUERY[:2] + b"\x80" + QUERY[3:]
        (answer,) = await by_udp(listener.port, b"", b"short", response, QUERY)
        assert answer[:2] == QUERY[:2]
        (answer,) = await by_tcp(listener.port, framed(b"short") + framed(response) + framed(QUERY))
        assert answer[:2] == QUERY[:2]

    run(test)


def test_a_malformed_question_gets_formerr() -> None:
    async def test(listener: DnsListener) -> None:
        (answer,) = await by_udp(listener.port, QUERY[:14])
        assert answer == QUERY[:2] + b"\x81\x81" + bytes(8)

    run(test)


def test_queries_may_come_many_at_once_and_in_pieces() -> None:
    async def test(listener: DnsListener) -> None:
        octets = b"".join(framed(with_id(QUERY, n)) for n in range(40))
        pieces = [octets[:1], octets[1:50], octets[50:]]
        answers = await by_tcp(listener.port, *pieces, answers=40)
        assert [answer[:2] for answer in answers] == [with_id(b"", n) for n in range(40)]

    run(test)


def test_a_client_may_read_its_answers_late() -> None:
    async def test(listener: DnsListener) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(framed(LONG_QUERY) * 20_000)  # 40 MB of answers
        answers = [await read_framed(reader) for _ in range(20_000)]
        assert set(map(len, answers)) == {len(answers[0])}
        writer.close()
        await writer.wait_closed()

    run(test)


def test_a_silent_connection_is_closed() -> None:
    async def test(listener: DnsListener) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

    run(test, DnsListener(lambda at: CONTOSO, idle=0.01))


def test_the_observer_hears_of_every_answer() -> None:
    heard: list[tuple[Asked, str, str]] = []

    def on_query(asked: Asked, client: tuple[str, int], transport: str) -> None:
        heard.append((asked, client[0], transport))

    async def test(listener: DnsListener) -> None:
        await by_udp(listener.port, QUERY)
        await by_udp(listener.port, QUERY)
        await by_udp(listener.port, LONG_QUERY)
        await by_udp(listener.port, QUERY[:14])
        await by_tcp(listener.port, framed(DNSRecord.question("X.contoso.com", "HTTPS").pack()))

    run(test, DnsListener(lambda at: CONTOSO, on_query))
    mx = Asked("contoso.com", "MX", "NOERROR", answers=1)
    assert heard == [
        (mx, "127.0.0.1", "udp"),
        (mx, "127.0.0.1", "udp"),
        (Asked("long.contoso.com", "TXT", "NOERROR", truncated=True), "127.0.0.1", "udp"),
        (Asked("", "", "FORMERR"), "127.0.0.1", "udp"),
        (Asked("X.contoso.com", "HTTPS", "NXDOMAIN"), "127.0.0.1", "tcp"),
    ]


def test_two_listeners_answer_from_their_own_names() -> None:
    async def test(listener: DnsListener) -> None:
        async def inner(other: DnsListener) -> None:
            (one,) = await by_udp(listener.port, QUERY)
            (two,) = await by_udp(other.port, QUERY)
            assert listener.port != other.port
            assert (one[3] & 15, two[3] & 15) == (0, 5)

        await _run(inner, DnsListener(lambda at: Names()))

    run(test)


def test_a_taken_port_is_refused_and_never_shared() -> None:
    async def test(listener: DnsListener) -> None:
        with pytest.raises(OSError, match="in use"):
            await DnsListener(lambda at: CONTOSO).start(port=listener.port)

    run(test)


def test_a_port_taken_for_udp_alone_is_refused_as_well() -> None:
    async def test() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            with pytest.raises(OSError, match="in use"):
                await DnsListener(lambda at: CONTOSO).start(port=taken.getsockname()[1])

    asyncio.run(test())


def test_it_listens_on_loopback_unless_told_otherwise() -> None:
    async def test(listener: DnsListener) -> None:
        with socket.socket() as elsewhere:
            elsewhere.bind(("127.0.0.2", listener.port))

    run(test)


def test_stopping_is_quick_closes_connections_and_frees_the_port() -> None:
    async def test() -> None:
        listener = DnsListener(lambda at: CONTOSO)
        await listener.start()
        port = listener.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(framed(QUERY))
        await read_framed(reader)
        began = time.perf_counter()
        await listener.stop()
        assert time.perf_counter() - began < 0.05
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        await listener.stop()
        await listener.start(port=port)
        assert len(await by_udp(port, QUERY)) == 1
        await listener.stop()

    asyncio.run(test())
    gc.collect()  # a leaked socket would warn now, and warnings are errors


@pytest.mark.parametrize("turns", range(5))
def test_a_connection_that_comes_while_stopping_is_closed_too(turns: int) -> None:
    async def test() -> None:
        listener = DnsListener(lambda at: CONTOSO)
        await listener.start()
        with socket.create_connection(("127.0.0.1", listener.port)) as client:
            for _ in range(turns):
                await asyncio.sleep(0)
            await listener.stop()
            client.settimeout(0)
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(1) == b""

    asyncio.run(test())
    gc.collect()


def test_who_does_not_read_answers_is_not_asked_for_more_questions() -> None:
    texts = " ".join('"' + "x" * 250 + '"' for _ in range(200))
    names = Names((parse_zone(f"$TTL 60\nbig TXT {texts}\n", "contoso.com"),))
    question = framed(DNSRecord.question("big.contoso.com", "TXT").pack())
    asked: list[Asked] = []
    listener = DnsListener(lambda at: names, lambda what, client, by: asked.append(what))

    async def test(listener: DnsListener) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, limit=1024)
        writer.write(question * 2_000)  # a hundred megabytes of answers
        await asyncio.sleep(0)
        while not asked:
            await asyncio.sleep(0)
        before = -1
        while before != len(asked):
            before = len(asked)
            for _ in range(200):
                await asyncio.sleep(0)
        assert len(asked) < 1_000
        for _ in range(2_000):
            assert len(await read_framed(reader)) > 50_000
        assert len(asked) == 2_000
        writer.close()

    run(test, listener)


def test_a_flood_of_questions_that_are_answered_late_is_kept_within_bounds() -> None:
    held: list[Callable[[], None]] = []

    def later(seconds: float, action: Callable[[], None]) -> None:
        held.append(action)

    faults = DnsFaults((DnsFault("*", "slow", times=None, seconds=60.0),), Turns())
    listener = DnsListener(lambda at: CONTOSO, faults=faults, later=later)

    async def test(listener: DnsListener) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        for _ in range(24):
            writer.write(framed(QUERY) * 500)
            await writer.drain()
        while len(held) < 10_000:
            await asyncio.sleep(0)
        for _ in range(500):
            await asyncio.sleep(0)
        assert len(held) == 10_000
        for action in held[:5]:
            action()
        writer.write(framed(QUERY) * 9)
        while len(held) < 10_005:
            await asyncio.sleep(0)
        writer.close()

    run(test, listener)


def test_connections_beyond_what_a_resolver_needs_are_closed() -> None:
    async def answered(port: int) -> tuple[bool, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(framed(QUERY))
        try:
            return bool(await read_framed(reader)), writer
        except (ConnectionError, asyncio.IncompleteReadError):
            return False, writer

    async def test(listener: DnsListener) -> None:
        found = [await answered(listener.port) for _ in range(503)]
        kept = sum(good for good, _ in found)
        for _, writer in found:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        assert kept == 499  # and one is for datagrams
        good, writer = await answered(listener.port)
        writer.close()
        await writer.wait_closed()
        assert good

    run(test)
