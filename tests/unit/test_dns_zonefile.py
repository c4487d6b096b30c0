"""Master files: what is read, and how faults are told."""

from pathlib import Path

import pytest

from fake_exo.dns import ZoneFileError, parse_zone, present, read_zone, write_zone


def lines(text: str, origin: str | None = "contoso.com", *, strict: bool = True) -> list[str]:
    zone = parse_zone(text, origin, strict=strict)
    return [f"{r.name} {r.ttl} {r.type} {present(r.data)}" for r in zone.records]


def problems(text: str, origin: str | None = "contoso.com") -> list[str]:
    with pytest.raises(ZoneFileError) as caught:
        parse_zone(text, origin, path="z")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("www 60 IN A 192.0.2.1", "www.contoso.com 60 A 192.0.2.1"),
        ("www IN 60 A 192.0.2.1", "www.contoso.com 60 A 192.0.2.1"),
        ("www.contoso.com. 1h30m a 192.0.2.1", "www.contoso.com 5400 A 192.0.2.1"),
        ("@ 2W MX 0 mail", "contoso.com 1209600 MX 0 mail.contoso.com."),
        ("@ 60 MX 0 .", "contoso.com 60 MX 0 ."),
        ("* 60 AAAA 2001:DB8:0::1", "*.contoso.com 60 AAAA 2001:db8::1"),
        ("@ 60 TXT a b", 'contoso.com 60 TXT "a" "b"'),
        ('@ 60 TXT "a;b (c)"', 'contoso.com 60 TXT "a;b (c)"'),
        (r'@ 60 TXT "a\"b\\c\009"', r'contoso.com 60 TXT "a\"b\\c\009"'),
        ('@ 60 TXT ("a" ; one\n\n "b") ; two', 'contoso.com 60 TXT "a" "b"'),
        ('@ 60 SPF "v=spf1 -all"', 'contoso.com 60 SPF "v=spf1 -all"'),
        ("_s._tcp 60 SRV 1 2 3 host", "_s._tcp.contoso.com 60 SRV 1 2 3 host.contoso.com."),
        ('@ 60 CAA 0 issue "ca.test"', 'contoso.com 60 CAA 0 issue "ca.test"'),
        ("@ 60 TLSA 3 1 1 AB cd", "contoso.com 60 TLSA 3 1 1 abcd"),
        (r"@ 60 TYPE65 \# 3 000100", r"contoso.com 60 HTTPS \# 3 000100"),
        (r"a\.b 60 A 192.0.2.1", r"a\.b.contoso.com 60 A 192.0.2.1"),
        ("a\\065 60 A 192.0.2.1", "aA.contoso.com 60 A 192.0.2.1"),
        ("münchen 60 A 192.0.2.1", "xn--mnchen-3ya.contoso.com 60 A 192.0.2.1"),
        ("\ufeffwww 60 A 192.0.2.1\r\n", "www.contoso.com 60 A 192.0.2.1"),
    ],
)
def test_one_record_is_read(text: str, expected: str) -> None:
    assert lines(text) == [expected]


def test_name_ttl_and_class_may_be_left_out() -> None:
    text = (
        "$TTL 1d\n"
        "@ SOA ns1 hostmaster ( 1 ; serial\n 2h 15m 2w 5m )\n"
        "  NS ns1\n"
        "\tMX 10 mail\n"
        "mail 60 A 192.0.2.1\n"
        "     AAAA 2001:db8::1\n"
    )
    assert lines(text) == [
        "contoso.com 86400 SOA ns1.contoso.com. hostmaster.contoso.com. 1 7200 900 1209600 300",
        "contoso.com 86400 NS ns1.contoso.com.",
        "contoso.com 86400 MX 10 mail.contoso.com.",
        "mail.contoso.com 60 A 192.0.2.1",
        "mail.contoso.com 86400 AAAA 2001:db8::1",
    ]


def test_without_dollar_ttl_the_last_one_stated_holds_and_first_the_soas() -> None:
    text = "@ SOA a b 1 2 3 4 5\nx A 192.0.2.1\ny 7 A 192.0.2.2\nz A 192.0.2.3\n"
    assert [line.split()[1] for line in lines(text)] == ["5", "5", "7", "7"]


def test_the_origin_is_taken_from_the_soa_or_else_from_dollar_origin() -> None:
    text = "$TTL 60\n$ORIGIN contoso.com.\n$ORIGIN www\n@ A 192.0.2.1\n"
    assert parse_zone(text).origin == "contoso.com"
    with_soa = "$TTL 60\n$ORIGIN com.\nContoso SOA a b 1 2 3 4 5\n"
    assert parse_zone(with_soa).origin == "contoso.com"


def test_a_text_of_more_than_255_octets_is_cut() -> None:
    text = parse_zone(f'@ 60 TXT "{"k" * 300}"', "contoso.com")
    assert present(text.records[0].data) == f'"{"k" * 255}" "{"k" * 45}"'


def test_a_written_zone_reads_back() -> None:
    zone = parse_zone('$TTL 60\n@ TXT "a\\"\\200" b\nwww CNAME @\n', "Contoso.com")
    assert parse_zone(write_zone(zone)) == zone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@ 60 MXX 0 a", "z:1:6: 'MXX' is no record type; did you mean MX?"),
        ("@ 60 TEXT a", "z:1:6: 'TEXT' is no record type; did you mean TXT?"),
        ("@ 60 A 192.0.2.256", "z:1:8: '192.0.2.256' is no IPv4 address; write it as 192.0.2.1"),
        ("@ 60 MX mail", "z:1:9: 'mail' is no preference; write a number from 0 to 65535"),
        ("@ 60 MX 10", "z:1:9: the host name is missing; add the host name"),
        ("@ 60 A", "z:1:6: the A record has no data; write its data after the type"),
        ("@ 60 A 192.0.2.1 x", "z:1:18: 'x' is one field too many; remove it, or quote the text"),
        ("@ 60", "z:1:3: the record has no type; write name, TTL, IN, type, data"),
        ("@ CH A 192.0.2.1", "z:1:3: the class CH is not served; write IN"),
        ("@ A 192.0.2.1", "z:1:1: the record has no TTL; put $TTL 3600 above it"),
        ("  60 A 192.0.2.1", "z:1:3: no name came before this record; begin the line with a name"),
        ("a..b 60 A 192.0.2.1",
         "z:1:1: 'a..b' has an empty label; remove the doubled or leading dot"),
        ("www.fabrikam.com. 60 A 192.0.2.1",
         "z:1:1: www.fabrikam.com is outside the zone contoso.com; "
         "check for a trailing dot, or move the record into its own zone"),
        ("@ 60 TXT \"a", "z:1:10: the quoted text does not end on its line; add the closing \""),
        ("@ 60 TXT (\n a", "z:1:10: the parenthesis is never closed; add the )"),
        ("@ 60 TXT a )", "z:1:12: nothing is open that this ) could close; remove the )"),
        ("$TTL soon", "z:1:6: 'soon' is no time; write seconds or units: 3600, 1h, 1h30m"),
        ("$ORIGN a.", "z:1:1: $ORIGN is no directive that we read; did you mean $ORIGIN?"),
        ("$GENERATE 1-9 a A 192.0.2.$",
         "z:1:1: $GENERATE is no directive that we read; write the records out"),
        ("$INCLUDE other", "z:1:10: text has no folder to include from; read it from a file"),
        (r"@ 60 TXT \300",
         r"z:1:10: '\\300' is no escape; write a backslash and three digits from 000 to 255, "
         "or a backslash and the character"),
        ("@ 60 TXT a\n@ 60 CNAME b",
         "z:2:1: contoso.com has a CNAME record and beside it TXT; "
         "remove one of them, or read the zone with strict off"),
        ("@ 60 SSHFP 1 2 ab",
         "z:1:12: data of this type is not understood; "
         r"write it as \# length hexadecimal (RFC 3597)"),
    ],
)  # fmt: skip
def test_a_fault_says_where_why_and_what_helps(text: str, expected: str) -> None:
    assert problems(text) == [expected]


def test_all_faults_are_told_at_once() -> None:
    text = '$TTL 60\na A x\nb A 192.0.2.1\nc MX\nd TXT "\ne AA 1\n'
    assert [problem.split(" ")[0] for problem in problems(text)] == [
        "z:2:5:", "z:4:3:", "z:5:7:", "z:6:3:",
    ]  # fmt: skip


def test_without_any_origin_relative_names_are_faults() -> None:
    assert problems("www 60 A 192.0.2.1", None) == [
        "z:1:1: 'www' is a relative name, and no origin is known; end it in a dot (www.) "
        "or set $ORIGIN"
    ]
    assert problems("www.contoso.com. 60 A 192.0.2.1", None) == [
        "z:1:1: the zone has no name; write $ORIGIN or an SOA record"
    ]


def test_not_strict_takes_what_servers_in_the_field_hold() -> None:
    text = '$TTL 60\n@ CNAME a\n@ TXT b\n@ SSHFP 1 2 ab\n@ HTTPS 1 . alpn="h2"\n'
    assert lines(text, strict=False) == [
        "contoso.com 60 CNAME a.contoso.com.",
        'contoso.com 60 TXT "b"',
    ]


def test_includes_are_relative_to_their_file_and_leave_the_origin_alone(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "contoso.zone").write_text(
        "$TTL 60\n$INCLUDE parts/one sub\n$INCLUDE parts/one\nlast A 192.0.2.9\n"
    )
    (tmp_path / "parts" / "one").write_text("$ORIGIN x\nhost A 192.0.2.1\n$INCLUDE two\n")
    (tmp_path / "parts" / "two").write_text("deep A 192.0.2.2\n")
    zone = read_zone(tmp_path / "contoso.zone", "contoso.com")
    assert [record.name for record in zone.records] == [
        "host.x.sub.contoso.com",
        "deep.x.sub.contoso.com",
        "host.x.contoso.com",
        "deep.x.contoso.com",
        "last.contoso.com",
    ]


@pytest.mark.parametrize(
    ("include", "cause"),
    [
        ("../outside", "../outside lies outside the folder of the zone"),
        ("/etc/hostname", "/etc/hostname lies outside the folder of the zone"),
        ("missing", "cannot be read (No such file or directory)"),
        ("main", "files include each other 16 deep"),
    ],
)
def test_an_include_that_cannot_be_is_a_fault(tmp_path: Path, include: str, cause: str) -> None:
    (tmp_path / "z").mkdir()
    (tmp_path / "outside").write_text("")
    (tmp_path / "z" / "main").write_text(f"$INCLUDE {include}\n")
    with pytest.raises(ZoneFileError) as caught:
        read_zone(tmp_path / "z" / "main", "contoso.com")
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (1, 10)
    assert cause in problem.cause
