"""Inputs that once raised, or cost the square of their size, each with the right answer. Found by
fuzzing (docs/fuzz.md); the bounds are a hundred times what the work takes."""

import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from fake_exo_harness.fault_catalogue import parse_all
from fake_exo_harness.forms import values
from fake_exo_harness.forms.problems import ScenarioError
from fake_exo_harness.scenario import load_file

from fake_exo import (
    Estate,
    Fault,
    MailHost,
    RecordError,
    ServiceError,
    Settings,
    World,
    example_tenant,
    mx_host,
    record,
)
from fake_exo.drive import Pipe, looked_up
from fake_exo.mail.addresses import AddrSpec, address_list, ascii_domain
from fake_exo.mail.authentication import Dkim, LiteralResolver
from fake_exo.mail.authentication.dkim import verify
from fake_exo.mail.fields import subject
from fake_exo.mail.structure import structure
from fake_exo.mail.words import decoded

MANY = 60_000
ENVELOPE = b"EHLO h\r\nMAIL FROM:<x@else.example>\r\nRCPT TO:<scanner@contoso.com>\r\n"


def costs(work: Callable[[], object]) -> float:
    """Seconds of this thread."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def dialled(world: World, address: str = "") -> Pipe:
    found = address or looked_up(world.lookup(mx_host("contoso.com"), "A"), "A").data[0]
    pipe = world.connect(found, 25, "203.0.113.9")
    assert pipe is not None
    pipe.take()
    return pipe


def said(*blocks: bytes) -> bytes:
    pipe = dialled(World([example_tenant()], settings=Settings(skip_delays=True)))
    for block in blocks:
        pipe.send(block)
    return pipe.take()


@pytest.mark.parametrize(
    "sent",
    [
        b"=?utf-\xff?q?x?= " * 40,
        "=?żółw?q?x?= ".encode() * 40,
        b"=?unknown?b?!?= " * 40,
        b"=?utf-8?b?=?= " * 40,
        b"=?x?q?" * 10_000,
        b"=?\x00?q?a?=" * 40,
        b"=?idna?q?xn--?= " * 40,
        b"=?punycode?b?/////w==?= " * 40,
    ],
    ids=repr,
)
def test_a_long_subject_in_no_known_letters_is_answered(sent: bytes) -> None:
    message = b"From: x@else.example\r\nSubject: " + sent + b"\r\n\r\nhi\r\n.\r\n"
    assert costs(lambda: said(ENVELOPE, b"DATA\r\n", message)) < 1
    assert said(ENVELOPE, b"DATA\r\n", message + b"QUIT\r\n").endswith(
        b"221 2.0.0 Service closing transmission channel\r\n"
    )


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?B?xbzDs8WCdw==?= =?utf-8?Q?_x?=", "żółw x"),
        ("a =?iso-8859-2?Q?=B3?= b", "a ł b"),
        ("=?utf-8*en?q?x?=", "x"),
        ("=?utf-8?b?YQ?=", "a"),
        ("=?nobody-knows?q?x?= y", "=?nobody-knows?q?x?= y"),
        ("=?utf-8?q?never ends", "=?utf-8?q?never ends"),
        ("plain", "plain"),
    ],
)
def test_encoded_words_are_read_as_people_read_them(sent: str, read: str) -> None:
    assert decoded(sent) == read
    assert subject(f"Subject: {sent}\r\n\r\n".encode()) == read


def test_a_delimiter_with_blanks_behind_it_costs_its_length() -> None:
    message = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--" + b" " * MANY + b"x\r\n--b\t \r\n"
    )
    assert costs(lambda: structure(message)) < 0.5
    assert structure(message).parts == 2


SIGNATURE = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=%b; d=x.example; s=s; h=%b; bh=%b; b=AAAA\r\n"
    b"From: a@x.example\r\n%b\r\n%b"
)
KEY = (
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIx"
    "N2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9"
    "tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
)
EMPTY = b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # of no octets, SHA-256
NAMES = b":".join(b"x%d" % number for number in range(900))
FIELDS = b"".join(b"x%d: y\r\n" % number for number in range(9_000))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (SIGNATURE % (b"relaxed/relaxed", b"from", b"AAAA", b"", b" " * MANY + b"x"), "body"),
        (SIGNATURE % (b"simple/relaxed", b"from", b"AAAA", b"", b"a \t" * MANY), "body"),
        (SIGNATURE % (b"relaxed/relaxed", b"from", b"AAAA", b" x\r\n" * MANY, b"x"), "body"),
        (SIGNATURE % (b"relaxed/relaxed", b"from:" + NAMES, EMPTY, FIELDS, b""), "signature"),
        (SIGNATURE % (b"simple/simple", b"x:" * MANY + b"from", EMPTY, FIELDS, b""), "signature"),
        (SIGNATURE % (b"simple/simple", b"from" + b" " * MANY, EMPTY, b"", b""), "signature"),
        (SIGNATURE % (b"simple/simple", b"from", EMPTY + b"\r\n " * MANY, b"", b""), "signature"),
    ],
    ids=["blanks", "tabs", "folds", "fields", "names", "blank names", "blank hash"],
)
def test_a_signature_costs_no_more_than_its_message(message: bytes, reason: str) -> None:
    resolver = LiteralResolver({"s._domainkey.x.example": {"TXT": [KEY]}})
    assert costs(lambda: verify(message, resolver, 1_700_000_000)) < 2
    found = verify(message, resolver, 1_700_000_000)
    assert (found.result, found.reason) == (
        Dkim.FAIL,
        f"{reason}{' hash' * (reason == 'body')} did not verify",
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a@[192.0.2.1]", (AddrSpec("a@[192.0.2.1]", "[192.0.2.1]"),)),
        ("a@[x@y]", ()),
        ("a@[1.2 .3]", ()),
        ('a@"b"', ()),
        ('<a@"@">, c@d', (AddrSpec("c@d", "d"),)),
        ("c@.", ()),
        ("<c@..>", ()),
        ("a@b..c", ()),
        ("a@b.", (AddrSpec("a@b", "b"),)),
    ],
)
def test_a_domain_is_labels_or_a_literal(value: str, found: tuple[AddrSpec, ...]) -> None:
    assert address_list(value).found == found


def test_only_blanks_of_mail_are_blanks_around_a_domain() -> None:
    assert ascii_domain(" x.example.\r\n") == "x.example"
    assert ascii_domain("\x85") == "\x85"


@pytest.mark.parametrize("letter", [b"\x00", b"\x1b", b"\x07", b"\x7f", b"\xc2\x85"])
def test_an_address_has_no_control_characters(letter: bytes) -> None:
    for command in (b"RCPT TO:<no%bbody@contoso.com>", b"RCPT TO:<a@cont%boso.com>"):
        heard = said(b"EHLO h\r\nMAIL FROM:<x@else.example>\r\n", command % letter + b"\r\n")
        assert heard.rpartition(b"\r\n250 2.1.0 Sender OK\r\n")[2].startswith(b"501 5.1.3 ")


def test_a_server_elsewhere_quotes_an_address_as_it_can_be_printed() -> None:
    host = MailHost("203.0.113.9", "greylist")
    pipe = dialled(World(Estate.of([example_tenant()], elsewhere=[host])), "203.0.113.9")
    pipe.send("EHLO h\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x\u202ey@z.example>\r\n".encode())
    assert pipe.take().endswith(
        b"451 4.7.1 <x?y@z.example>: Greylisted, try again in 300 seconds\r\n"
    )


@pytest.mark.parametrize("block", [b"\r\n", b"NOOP\r\n", b"BDAT 1\r\nx", b"RSET\r\n"], ids=repr)
def test_a_block_of_many_commands_costs_their_number(block: bytes) -> None:
    world = World([example_tenant()], settings=Settings(skip_delays=True, keep=1000))
    pipe = dialled(world)
    few, many = block * 2_000, block * 16_000
    cost = costs(lambda: pipe.send(few))
    assert costs(lambda: pipe.send(many)) < 3 * 8 * cost + 0.2
    assert pipe.take().count(b"\r\n") >= 18_000


@pytest.mark.parametrize(
    "text",
    ["dns:servfail=x", "dns:slow=²", "dns:slow=" + "9" * 400, "dns:servfail:" + "2" * 5_000,
     "mail:451:²", "dns:slow=", "mail:451:0"],
)  # fmt: skip
def test_a_fault_that_is_no_number_is_told(text: str) -> None:
    with pytest.raises(click.UsageError, match=r"no count|wants seconds"):
        parse_all([text])


def test_a_fault_in_a_body_counts_in_digits() -> None:
    with pytest.raises(ServiceError, match="fault body: message data is broken off"):
        World(
            [example_tenant()],
            settings=Settings(faults=(Fault(at="body", does="close", value="²"),)),
        )


def test_a_line_is_made_no_longer_than_anybody_reads() -> None:
    fault = Fault(at="banner", does="long-line", value="999999999")
    world = World([example_tenant()], settings=Settings(faults=(fault,)))
    pipe = world.connect(
        looked_up(world.lookup("smtp.office365.com", "A"), "A").data[0], 587, "192.0.2.1"
    )
    assert pipe is not None
    assert len(pipe.take()) == 1 << 20


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (values.size, "9" * 400), (values.number, "9" * 400), (values.integer, "1" * 5_000),
        (values.duration, "9" * 400 + "d"), (values.size, "٣ MB"), (values.integer, "1٣"),
    ],
)  # fmt: skip
def test_a_number_that_no_machine_holds_is_told(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match="is wanted"):
        read(text)


def test_a_number_in_a_zone_file_has_an_end() -> None:
    with pytest.raises(RecordError, match="is no preference"):
        record("@", "MX", "1" * 5_000 + " mail", origin="contoso.com")


def test_a_name_of_letters_that_no_label_holds_is_told_at_once() -> None:
    name = "ż" * MANY
    began = time.thread_time()
    with pytest.raises(RecordError, match="60000 characters; a label has at most 63"):
        record(name, "A", "192.0.2.1")
    assert time.thread_time() - began < 0.2


def test_a_file_with_many_errors_is_told_as_far_as_anybody_reads(tmp_path: Path) -> None:
    path = tmp_path / "x.exo.yaml"
    path.write_text("scenario: x\nwhen:\n" + "  - nothing: 1\n" * 5_000)
    began = time.thread_time()
    with pytest.raises(ScenarioError) as caught:
        load_file(path)
    assert time.thread_time() - began < 10
    assert len(caught.value.problems) > 5_000
    assert str(caught.value).endswith(f"\n... and {len(caught.value.problems) - 200} more")
