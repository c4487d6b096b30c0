"""What a packet gets: RFC 1035 4, 2181, 3597, 6891. Packets are spelled out."""

import struct

import pytest

from fake_exo.dns import Names, parse_zone, respond

NAMES = Names(
    (
        parse_zone(
            "$TTL 60\n"
            "@ SOA ns1 hostmaster 1 2 3 4 5\n"
            "@ MX 0 mail\n"
            "mail A 192.0.2.1\n"
            f'long TXT "{"x" * 255}" "{"y" * 255}"\n'
            f"longer TXT {' '.join(chr(34) + chr(97 + i) * 255 + chr(34) for i in range(6))}\n"
            r"raw TYPE65280 \# 3 010203" + "\n"
            "_25._tcp.mail TLSA 3 1 1 abcd\n"
            '@ CAA 0 issue "ca.test"\n'
            "sub NS ns.sub\nsub DS 258 8 2 abcd\n"
            "_s._tcp SRV 1 2 3 mail\n"
            "mail AAAA 2001:db8::1\n",
            "a.test",
        ),
    )
)
NAME = b"\x01a\x04test\x00"
OPT = b"\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00"  # 4096 octets, version 0


def query(name: bytes = NAME, type_: int = 15, class_: int = 1, extra: bytes = b"") -> bytes:
    """Id 0x1234, RD, one question; `extra` is one additional record."""
    counts = struct.pack("!4H", 1, 0, 0, 1 if extra else 0)
    return b"\x12\x34\x01\x00" + counts + name + struct.pack("!HH", type_, class_) + extra


def udp(packet: bytes) -> bytes:
    answer = respond(packet, NAMES, tcp=False)
    assert answer is not None
    return answer


def test_an_answer_repeats_the_question_and_writes_each_name_once() -> None:
    assert udp(query()) == (
        b"\x12\x34\x85\x80\x00\x01\x00\x01\x00\x00\x00\x00"
        b"\x01a\x04test\x00\x00\x0f\x00\x01"
        b"\xc0\x0c\x00\x0f\x00\x01\x00\x00\x00\x3c\x00\x09\x00\x00\x04mail\xc0\x0c"
    )


def test_the_case_of_the_question_comes_back() -> None:
    assert udp(query(b"\x01A\x04tEsT\x00"))[12:20] == b"\x01A\x04tEsT\x00"


def test_a_negative_answer_has_the_soa_in_the_authority_section() -> None:
    assert udp(query(b"\x01x" + NAME)) == (
        b"\x12\x34\x85\x83\x00\x01\x00\x00\x00\x01\x00\x00"
        b"\x01x\x01a\x04test\x00\x00\x0f\x00\x01"
        b"\xc0\x0e\x00\x06\x00\x01\x00\x00\x00\x05\x00\x27"
        b"\x03ns1\xc0\x0e\x0ahostmaster\xc0\x0e"
        b"\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00\x05"
    )


@pytest.mark.parametrize(
    ("name", "type_", "data"),
    [
        (b"\x04mail" + NAME, 1, b"\x00\x04\xc0\x00\x02\x01"),
        (b"\x04mail" + NAME, 28, b"\x00\x10\x20\x01\x0d\xb8" + bytes(11) + b"\x01"),
        (b"\x03raw" + NAME, 65280, b"\x00\x03\x01\x02\x03"),
        (b"\x03_25\x04_tcp\x04mail" + NAME, 52, b"\x00\x05\x03\x01\x01\xab\xcd"),
        (b"\x03sub" + NAME, 43, b"\x00\x06\x01\x02\x08\x02\xab\xcd"),
        (NAME, 257, b"\x00\x0e\x00\x05issueca.test"),
        (b"\x02_s\x04_tcp" + NAME, 33, b"\x00\x13\x00\x01\x00\x02\x00\x03\x04mail" + NAME),
    ],
)
def test_data_of_each_type_is_packed(name: bytes, type_: int, data: bytes) -> None:
    assert udp(query(name, type_)).endswith(data)


@pytest.mark.parametrize(
    ("packet", "flags"),
    [
        (query(class_=3), "8185"),
        (query(b"\x07example\x00"), "8185"),
        (query(type_=252), "8185"),
        (query(type_=251), "8185"),
        (query(type_=253), "8184"),
        (query(type_=41), "8181"),
        (query(type_=249), "8184"),
        (query()[:2] + b"\x21\x00" + query()[4:], "a184"),
        (query()[:2] + b"\x29\x00" + query()[4:], "a984"),
        (query()[:2] + b"\x01\x30" + query()[4:], "8590"),
    ],
    ids=["chaos", "not-ours", "axfr", "ixfr", "mailb", "opt", "tkey", "notify", "update", "ad-cd"],
)
def test_flags_and_rcode(packet: bytes, flags: str) -> None:
    assert udp(packet)[:4].hex() == f"1234{flags}"


@pytest.mark.parametrize(
    "packet",
    [
        query()[:12],
        query()[:-1],
        query()[:4] + bytes(8),
        query()[:4] + b"\x00\x02" + query()[6:],
        query() + b"\x00",
        query(b"\xc0\x0c"),
        query(b"\x41a\x00"),
        query(b"\x3f" + b"a" * 62),
        query((b"\x3f" + b"a" * 63) * 4 + b"\x00"),
        query(extra=OPT + OPT),
        query()[:10] + b"\x00\x02" + query()[12:] + OPT + OPT,
        query(extra=b"\x01a" + OPT),
        query(extra=OPT[:-1]),
        query(extra=OPT[:-1] + b"\x05"),
        query(extra=OPT[:-1] + b"\x05\x00\x0a\x00\x08\x01"),
        query()[:6] + b"\x00\x01\x00\x00\x00\x00" + query()[12:] + OPT,
    ],
    ids=[
        "header-only", "cut", "no-question", "two-questions", "trailing", "pointer", "bad-label",
        "label-too-long", "name-too-long", "uncounted-opt", "two-opts", "named-opt", "cut-opt",
        "opt-without-data", "opt-with-cut-option", "opt-as-answer",
    ],
)  # fmt: skip
def test_malformed_questions_get_formerr_and_nothing_more(packet: bytes) -> None:
    assert udp(packet) == b"\x12\x34\x81\x81" + bytes(8)


@pytest.mark.parametrize("packet", [b"", query()[:11], b"\x12\x34\x81\x80" + query()[4:]])
def test_what_is_no_query_gets_silence(packet: bytes) -> None:
    assert respond(packet, NAMES, tcp=False) is None


def test_edns_is_answered_with_edns() -> None:
    answer = udp(query(extra=OPT))
    assert answer[10:12] == b"\x00\x01"
    assert answer.endswith(b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00")


def test_the_dnssec_ok_bit_comes_back() -> None:
    assert udp(query(extra=OPT[:7] + b"\x80" + OPT[8:])).endswith(b"\x80\x00\x00\x00")


def test_edns_options_and_other_additional_records_are_skipped() -> None:
    cookie = OPT[:-2] + b"\x00\x0c\x00\x0a\x00\x08abcdefgh"
    other = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04abcd"
    packet = query()[:10] + b"\x00\x02" + query()[12:] + other + cookie
    assert udp(packet)[3] == 0x80  # recursion available, NOERROR
    assert udp(packet)[7] == 1


def test_later_versions_of_edns_get_badvers() -> None:
    answer = udp(query(extra=OPT[:6] + b"\x01" + OPT[7:]))
    assert answer[:12] == b"\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x01"
    assert answer.endswith(b"\x00\x00\x29\x04\xd0\x01\x00\x00\x00\x00\x00")


LONG, LONGER = b"\x04long" + NAME, b"\x06longer" + NAME


@pytest.mark.parametrize(
    ("name", "payload", "length"),
    [
        (LONG, None, None),
        (LONG, 511, None),
        (LONG, 512, None),
        (LONG, 563, None),
        (LONG, 564, 564),
        (LONG, 4096, 564),
        (LONGER, 65535, None),  # we send no more than 1232
    ],
)
def test_what_does_not_fit_a_datagram_is_cut_to_question_and_opt(
    name: bytes, payload: int | None, length: int | None
) -> None:
    opt = b"" if payload is None else OPT[:3] + struct.pack("!H", payload) + OPT[5:]
    answer = udp(query(name, 16, extra=opt))
    truncated = bool(answer[2] & 2)
    assert truncated == (length is None)
    assert len(answer) == (length or 12 + len(name) + 4 + len(opt))
    assert answer[6:8] == (b"\x00\x00" if truncated else b"\x00\x01")


def test_tcp_carries_what_udp_cannot() -> None:
    answer = respond(query(LONGER, 16), NAMES, tcp=True)
    assert answer is not None
    assert (answer[2] & 2, len(answer)) == (0, 12 + 15 + 4 + 12 + 6 * 256)


def test_an_answer_beyond_tcp_is_cut_as_well() -> None:
    lines = "".join(f'big TXT "{i:04d}{"x" * 250}"\n' for i in range(300))
    names = Names((parse_zone(f"$TTL 60\n{lines}", "a.test"),))
    answer = respond(query(b"\x03big" + NAME, 16), names, tcp=True)
    assert answer is not None
    assert (answer[2] & 2, len(answer)) == (2, 28)


def test_names_beyond_the_reach_of_pointers_are_written_out() -> None:
    lines = "".join(f"@ MX {i} host{i}.other{i}.test.\n" for i in range(1200))
    names = Names((parse_zone(f"$TTL 60\n{lines}", "a.test"),))
    answer = respond(query(), names, tcp=True)
    assert answer is not None
    assert len(answer) > 0x4000
    assert answer.endswith(b"\x08host1199\x09other1199\xc0\x0e")
