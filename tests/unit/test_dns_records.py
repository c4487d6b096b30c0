"""Records from presentation text."""

import pytest

from fake_exo.dns import Address, Mx, Record, RecordError, Text, record


def test_names_are_relative_to_the_origin_unless_they_end_in_a_dot() -> None:
    assert record("@", "MX", "10 mail", 300, "contoso.com") == Record(
        "contoso.com", "MX", 300, Mx(10, "mail.contoso.com")
    )
    assert record("www", "mx", "10 mail.example.", 300, "contoso.com.") == Record(
        "www.contoso.com", "MX", 300, Mx(10, "mail.example")
    )


def test_without_an_origin_names_are_absolute() -> None:
    assert record("contoso.com", "MX", "0 a.example") == Record(
        "contoso.com", "MX", 3600, Mx(0, "a.example")
    )
    assert record("a.example.", "A", "192.0.2.1") == Record(
        "a.example", "A", 3600, Address("192.0.2.1")
    )


def test_the_text_of_a_record_is_its_strings_joined() -> None:
    made = record("a.example", "TXT", '"v=spf1 " "-all\\255"')
    assert made.data == Text((b"v=spf1 ", b"-all\xff"))
    assert isinstance(made.data, Text)
    assert made.data.text == "v=spf1 -all\xff"


@pytest.mark.parametrize(
    ("name", "type_", "data", "ttl", "cause", "remedy"),
    [
        ("a", "MX", "mail 10", 60, "'mail' is no preference", "write a number from 0 to 65535"),
        ("a", "AAA", "192.0.2.1", 60, "'AAA' is no record type", "did you mean AAAA?"),
        ("a", "A", "::1", 60, "'::1' is no IPv4 address", "write it as 192.0.2.1"),
        ("a", "A", "192.0.2.1", -1, "a TTL of -1 s cannot be", "write 0 to 2147483647 seconds"),
        ("a", "A", "", 60, "the A record has no data", "write its data after the type"),
        ("a", "TXT", '"a', 60, "the quoted text does not end on its line", 'add the closing "'),
        ("a", "TLSA", "3 1 1 xy", 60, "the certificate association data is not hexadecimal",
         "write pairs of 0-9a-f"),
        ("a", "TYPE99999", "x", 60, "'TYPE99999' is no record type",
         "write one of A, AAAA, CNAME, NS, PTR, MX, TXT, SPF, SOA, SRV, CAA, DS, TLSA"),
        ("a", "SSHFP", r"\# 2 00", 60, "1 octets follow, not 2", "correct the length"),
        ("", "A", "192.0.2.1", 60, "the name is empty",
         "write @ for the zone itself, or . for the root"),
        ("a" * 64, "A", "192.0.2.1", 60, "the label 'aaaaaaaaaaaaaaaaaaaa'... has 64 octets",
         "a label has at most 63"),
        ("a." * 130, "A", "192.0.2.1", 60,
         "the name 'a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.'... has 261 octets",
         "a name has at most 255"),
    ],
)  # fmt: skip
def test_wrong_text_is_refused_with_cause_and_remedy(
    name: str, type_: str, data: str, ttl: int, cause: str, remedy: str
) -> None:
    with pytest.raises(RecordError) as caught:
        record(name, type_, data, ttl)
    assert (caught.value.cause, caught.value.remedy) == (cause, remedy)
