"""Header From in odd forms. What is right is decided by RFC 5322 (3.4, 4.4), 6854 and 6532.

Python's own parser is the independent judge; where it differs, `judge` says why.
"""

import smtplib
import time
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_exo import FakeExo
from fake_exo.mail.addresses import address_list
from fake_exo.mail.fields import from_addresses, summarise

ANN, BOB, CY = "ann@contoso.com", "bob@other.example", "cy@third.example"
AGREES = ""
TAKES_THE_NAME = "it takes what stands before the bracket for the address"
GUESSES = "it guesses at what is no address"
# value, addresses, what is wrong with it, why the judge differs
FORMS: tuple[tuple[str, str, tuple[str, ...], str, str], ...] = (
    ("bare", "ann@contoso.com", (ANN,), "", AGREES),
    ("angle", "<ann@contoso.com>", (ANN,), "", AGREES),
    ("name", "Ann of Contoso <ann@contoso.com>", (ANN,), "", AGREES),
    ("name-with-dot", "Ann B. Contoso <ann@contoso.com>", (ANN,), "", AGREES),
    ("quoted-name", '"Contoso, Ann" <ann@contoso.com>', (ANN,), "", AGREES),
    ("address-in-quotes", '"bob@other.example" <ann@contoso.com>', (ANN,), "", AGREES),
    ("bracket-in-quotes", '"<bob@other.example>" <ann@contoso.com>', (ANN,), "", AGREES),
    ("escaped-quote", r'"Ann \"<bob@other.example>\"" <ann@contoso.com>', (ANN,), "", AGREES),
    ("address-as-name", "bob@other.example <ann@contoso.com>", (ANN,), "", TAKES_THE_NAME),
    ("encoded-address", "=?utf-8?q?bob=40other=2Eexample?= <ann@contoso.com>", (ANN,), "", AGREES),
    ("encoded-brackets", "=?utf-8?b?PGJvYkBvdGhlci5leGFtcGxlPg==?= <ann@contoso.com>", (ANN,), "",
     AGREES),
    ("utf-8-name", "Żółć <ann@contoso.com>", (ANN,), "", AGREES),
    ("comment", "Ann (not bob@other.example) <ann@contoso.com>", (ANN,), "", AGREES),
    ("comments-everywhere", "(a) ann (b) @ (c) contoso (d) . (e) com (f)", (ANN,), "", AGREES),
    ("nested-comments", r"ann(a(b(c\))<bob@other.example>))@contoso.com", (ANN,), "", AGREES),
    ("comment-with-quote", 'Ann (5" tall) <ann@contoso.com>', (ANN,), "", AGREES),
    ("spaces-in-brackets", "< ann@contoso.com >", (ANN,), "", AGREES),
    ("quoted-local-part", '"ann b"@contoso.com', ('"ann b"@contoso.com',), "", AGREES),
    ("sign-in-local-part", '"bob@other.example"@contoso.com',
     ('"bob@other.example"@contoso.com',), "", AGREES),
    ("dots-side-by-side", "ann..b@contoso.com", ("ann..b@contoso.com",), "", AGREES),
    ("route", "<@other.example,@third.example:ann@contoso.com>", (ANN,), "", AGREES),
    ("literal", "ann@[192.0.2.1]", ("ann@[192.0.2.1]",), "", AGREES),
    ("dot-at-the-end", "ann@contoso.com.", (ANN,), "", "it knows no name with a dot at its end"),
    ("u-label", "Ann <ann@bücher.example>", ("ann@xn--bcher-kva.example",), "", "no A-labels"),
    ("utf-8-local-part", "żółw@contoso.com", ("żółw@contoso.com",), "", "bytes as surrogates"),
    ("folded", "Ann\r\n <ann@contoso.com>", (ANN,), "", AGREES),
    ("folded-by-line-feed", "Ann\n\t<ann@contoso.com>", (ANN,), "", AGREES),
    ("folded-in-a-comment", "Ann (a\r\n b) <ann@contoso.com>", (ANN,), "", AGREES),
    ("several", "ann@contoso.com, Bob <bob@other.example>", (ANN, BOB), "", AGREES),
    ("comma-in-quotes", '"bob@other.example, Bob" <ann@contoso.com>', (ANN,), "", AGREES),
    ("empty-places", ",ann@contoso.com,,bob@other.example,", (ANN, BOB), "", AGREES),
    ("group", "Team: ann@contoso.com, Bob <bob@other.example>;", (ANN, BOB), "", AGREES),
    ("group-between", "ann@contoso.com, T: bob@other.example;, cy@third.example", (ANN, BOB, CY),
     "", AGREES),
    # RFC 6854 lets a group be empty; the service wants an address (5.7.512).
    ("empty-group", "undisclosed-recipients:;", (), "syntax", AGREES),
    ("group-without-end", "Team: ann@contoso.com", (ANN,), "syntax", AGREES),
    ("semicolon", "ann@contoso.com; bob@other.example", (ANN, BOB), "syntax", "it stops there"),
    ("two-signs", "<ann@b@contoso.com>", ("ann@b@contoso.com",), "syntax", GUESSES),
    ("never-closed", "Ann <ann@contoso.com", (ANN,), "syntax", AGREES),
    ("never-opened", "ann@contoso.com>", (ANN,), "syntax", AGREES),
    ("no-brackets", "Ann ann@contoso.com", (), "syntax", GUESSES),
    ("words-behind", "<ann@contoso.com> Ann", (), "syntax", GUESSES),
    ("two-brackets", "<ann@contoso.com> <bob@other.example>", (), "syntax", GUESSES),
    ("quote-never-closed", '"Ann <ann@contoso.com>', (), "syntax", GUESSES),
    ("comment-never-closed", "(Ann <ann@contoso.com>", (), "syntax", AGREES),
    ("uri", "<mailto:ann@contoso.com>", (), "syntax", GUESSES),
    ("null", "<>", (), "syntax", "it has a word for it"),
    ("name-only", "Ann", (), "syntax", GUESSES),
    ("no-local-part", "@contoso.com", (), "syntax", GUESSES),
    ("no-domain", "ann@", (), "syntax", "it raises"),
    ("empty", "", (), "syntax", AGREES),
)  # fmt: skip
IDS = [form[0] for form in FORMS]
READ = [form[1:4] for form in FORMS]


def message(value: str) -> bytes:
    return f"Subject: x\r\nFrom: {value}\r\nTo: x@y.example\r\n\r\nFrom: <body@z.example>".encode()


@pytest.mark.parametrize(("value", "addresses", "problem"), READ, ids=IDS)
def test_rules_read_from(value: str, addresses: tuple[str, ...], problem: str) -> None:
    facts = summarise(message(value))
    assert (facts.from_addresses, facts.from_problem) == (addresses, problem)


@pytest.mark.parametrize(("value", "addresses", "problem"), READ, ids=IDS)
def test_dmarc_reads_the_same(value: str, addresses: tuple[str, ...], problem: str) -> None:
    domains = [address.rpartition("@")[2] for address in addresses]
    assert [spec.domain for spec in from_addresses(message(value))] == domains


@pytest.mark.parametrize(
    ("value", "addresses", "judge"), [(f[1], f[2], f[4]) for f in FORMS], ids=IDS
)
def test_the_judge_agrees_or_differs_as_noted(
    value: str, addresses: tuple[str, ...], judge: str
) -> None:
    said = judged(message(value))
    assert (said != addresses) is bool(judge), said


def judged(content: bytes) -> tuple[str, ...]:
    try:
        field = message_from_bytes(content, policy=default)["From"]
    except IndexError:
        return ("it raises",)
    return tuple(address.addr_spec for address in field.addresses)


@pytest.mark.parametrize(
    ("content", "addresses", "problem"),
    [
        (b"Subject: x\r\n\r\nFrom: <ann@contoso.com>", (), "missing"),
        (b"\r\nFrom: <ann@contoso.com>\r\n\r\n", (), "missing"),
        (b"Subject: x\n\nFrom: <ann@contoso.com>\r\n\r\n", (), "missing"),
        (b"From: <ann@contoso.com>\r\nfrom : <bob@other.example>\r\n\r\n", (ANN, BOB), ""),
        (b"From: <ann@contoso.com>\r\nFROM: nobody\r\n\r\n", (ANN,), "syntax"),
        (b"Subject: x\r\n From: <bob@other.example>\r\nFrom: ann@contoso.com\r\n\r\n", (ANN,), ""),
        (b"From: \xff\xfe <ann@contoso.com>\r\n\r\n", (ANN,), ""),
        (b"From: Ann\r <ann@contoso.com>\r\n\r\n", (ANN,), ""),
    ],
    ids=["in-the-body", "no-header", "bare-line-feeds-end-it", "twice", "twice-one-bad",
         "in-a-fold", "not-utf-8", "bare-carriage-return"],
)  # fmt: skip
def test_which_lines_are_the_field(
    content: bytes, addresses: tuple[str, ...], problem: str
) -> None:
    facts = summarise(content)
    assert (facts.from_addresses, facts.from_problem) == (addresses, problem)
    assert tuple(spec.address for spec in from_addresses(content)) == addresses


def test_domains_are_folded_and_addresses_as_written() -> None:
    ((first, second), valid) = address_list("Ann@Contoso.COM, b@BÜCHER.Example.")
    assert valid
    assert first == ("Ann@Contoso.COM", "contoso.com")
    assert second == ("b@xn--bcher-kva.Example", "xn--bcher-kva.example")


def test_the_address_in_brackets_decides_who_sends() -> None:
    """It was the display name that had to be the login's: 5.2.252 for a printer's own address."""
    with FakeExo() as exo, smtplib.SMTP(exo.host, exo.submission_port) as client:
        client.starttls(context=exo.ssl_context())
        client.login("scanner@contoso.com", "Scan2Mail!")
        client.sendmail("scanner@contoso.com", "ann@contoso.com",
                        "From: scan@hall <scanner@contoso.com>\r\n\r\nhello")  # fmt: skip
        (copy,) = exo.outbox
    assert (copy.fate.value, copy.header_from) == ("delivered", "scanner@contoso.com")


HOSTILE = {
    "comments": "(" * 1_000_000,
    "closed-comments": "(" * 500_000 + ")" * 500_000 + "ann@contoso.com",
    "spaces": "a" + " " * 1_000_000 + "b",
    "quotes": '"' * 999_999,
    "escapes": '"' + "\\" * 1_000_000,
    "dots": "a" + "." * 1_000_000,
    "signs": "a@" * 500_000,
    "words": "a " * 500_000 + "@b",
    "labels": "a@" + "b." * 500_000 + "<",
    "route": "<" + "@a," * 300_000 + ":ann@contoso.com",
    "groups": "a:" * 500_000,
    "brackets": "<>" * 500_000,
    "u-labels": "a@" + "ü." * 500_000,
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_of_malice_is_read_in_linear_time(value: str) -> None:
    """About a second; what goes over it once for each letter takes hours."""
    began = time.process_time()
    address_list(value)
    assert time.process_time() - began < 20


@given(st.text(alphabet='a@<>()[]":;,.\\ \r\nü=?', max_size=40))
def test_nothing_raises_and_what_is_found_is_an_address(value: str) -> None:
    for spec in address_list(value).found:
        local, sign, domain = spec.address.rpartition("@")
        assert local
        assert sign
        assert domain
        assert not domain.endswith(".")
        assert address_list(spec.address).found == (spec,)
