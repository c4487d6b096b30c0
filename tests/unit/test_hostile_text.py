"""Other people's text on its way into replies, terminals, XML and files: it moves nothing, ends
nothing, and raises nowhere."""

import os
import stat
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from fake_exo_harness.certify import CASES, Certified, Grade, Result, as_html, as_junit
from fake_exo_harness.cli import cli
from fake_exo_harness.reports.whole import write_whole
from fake_exo_harness.terminal import shown

from fake_exo import RecordError, World, example_tenant, messages, mx_host, record
from fake_exo.drive import Pipe, looked_up, private_file

ENVELOPE = b"EHLO h\r\nMAIL FROM:<%b>\r\nRCPT TO:<scanner@contoso.com>\r\nDATA\r\n"


def dialled(world: World) -> Pipe:
    address = looked_up(world.lookup(mx_host("contoso.com"), "A"), "A").data[0]
    pipe = world.connect(address, 25, "203.0.113.9")
    assert pipe is not None
    return pipe


def last_reply(sender: bytes, header: bytes) -> bytes:
    pipe = dialled(World([example_tenant()]))
    pipe.send(ENVELOPE % sender)
    assert pipe.take().endswith(b"354 Start mail input; end with <CRLF>.<CRLF>\r\n")
    pipe.send(header + b"\r\n\r\nhi\r\n.\r\n")
    return pipe.take()


@pytest.mark.parametrize(
    "sender",
    [
        b"a@x\\y\xff.example",
        b"a@\\\xff",
        b"a@x\\\\\\ \xa0\x80y.example",
        b"a@\xed\xb3\xbf.example",
        b"\xff\\@\xc3\\.example",
        b"a@" + b"\\\xfe" * 100,
        b"a@x.\\300.example",
        b"a@\xf0\x9f\x98\x80\\\xf0\x9f.example",
    ],
    ids=repr,
)
def test_a_sender_in_broken_characters_is_answered_at_the_end_of_data(sender: bytes) -> None:
    pipe = dialled(World([example_tenant()]))
    pipe.send(ENVELOPE % sender + b"From: x@else.example\r\n\r\nhi\r\n.\r\n")
    assert pipe.take()[:4] == b"220 "
    pipe.send(b"NOOP\r\nQUIT\r\n")
    said = pipe.take()
    assert said.endswith(b"221 2.0.0 Service closing transmission channel\r\n"), said


def test_half_a_character_is_no_part_of_a_name() -> None:
    for name in ("x\\y\udcff", "x\udcff", "\\\udcff", "\udcff\\065"):
        with pytest.raises(RecordError, match=r"has half a character|no IDNA form"):
            record(name, "A", "192.0.2.1", origin="contoso.com")


@pytest.mark.parametrize(
    ("identifier", "quoted"),
    [
        (b"<\x1b]0;pwned\x07\x1b[2J\xc2\x9b31m>", b"<?]0;pwned??[2J?31m>"),
        (b"<a\x00b\x7fc@d>", b"<a?b?c@d>"),
        (b"<a\xe2\x80\xaeb@d>", b"<a?b@d>"),
        ("<ż@d>".encode(), "<ż@d>".encode()),
    ],
    ids=["escape sequences", "NUL and DEL", "right to left", "letters stay"],
)
def test_a_message_id_in_a_reply_moves_no_terminal(identifier: bytes, quoted: bytes) -> None:
    said = last_reply(b"x@else.example", b"From: x@else.example\r\nMessage-ID: " + identifier)
    assert said.startswith(b"250 2.6.0 " + quoted + b" [InternalId="), said
    assert said.count(b"\r\n") == said.count(b"\n") == 1


def test_the_message_itself_keeps_its_bytes() -> None:
    world = World([example_tenant()])
    pipe = dialled(world)
    pipe.send(ENVELOPE % b"x@else.example")
    pipe.send(b"From: x@else.example\r\nMessage-ID: <\x1b[2J@x>\r\n\r\nhi\r\n.\r\n")
    (message,) = messages(world.ledger)
    assert b"Message-ID: <\x1b[2J@x>" in bytes(message.content)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b]0;pwned\x07", "\\x1b]0;pwned\\x07"),
        ("a\rb", "a\\rb"),
        ("a\n\tb", "a\n\tb"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\udcff", "\\udcff"),
        ("żółw 🐢", "żółw 🐢"),
    ],
)
def test_a_terminal_gets_what_can_be_printed(text: str, plain: str) -> None:
    assert shown(text) == plain


FILES = {
    "key.exo.yaml": b'scenario: x\n"\\e[31mred\\e]0;t\\a": 1\n',
    "raw.exo.yaml": b"scenario: \x1b[2J\n",
    "value.yaml": b'name: "a\\e[2Jb"\naccepted_domains: ["\\e[1m"]\n',
    "tag.exo.yaml": b'scenario: x\ntenant: {name: "\\e[5m"}\nwhen: [{"\\e[7m": 1}]\nthen: []\n',
    "bad.zone": b"@ A \x1b[31m\n",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["check", "run", "list", "audit", "serve", "exec"])
def test_no_file_reaches_the_terminal_with_its_escapes(
    name: str, command: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    words = [command, str(path)] if command != "exec" else [command, "--tenant", str(path), "true"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code != 0
    assert "\x1b" not in done.output + done.stderr
    assert done.output + done.stderr != ""


def test_a_file_name_reaches_the_terminal_without_its_escapes(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31mred.exo.yaml"
    path.write_text("scenario: 1\n")
    for words in (["check", str(path)], ["run", str(path), "\x1b[2J"], ["explain", "\x1b[2Jx"]):
        done = CliRunner().invoke(cli, words)
        assert "\x1b" not in done.output + done.stderr


def certified(subject: str, why: str) -> Certified:
    results = (
        Result(CASES[0].id, CASES[0].title, Grade.FAILED, why, 1, 0, "nothing", (why,)),
        Result(CASES[1].id, CASES[1].title, Grade.NOTED, why, 1, 0, "nothing", (why,)),
    )
    return Certified(subject, subject, "memory", 0, "2026-11-01", (), results, "d" * 64)


@pytest.mark.parametrize("text", ['a" b="1" <', "]]>", "\x00\x1b[31m\x0b", "\ufffe\udcff", "&#0;"])
def test_evidence_is_xml_whatever_a_subject_is_called(text: str) -> None:
    root = ElementTree.fromstring(as_junit(certified(text, text)))
    clean = "".join(c if c.isprintable() else "?" for c in text)
    assert root.get("name") == f"fake-exo certify {clean}"
    first, second = root.findall("testcase")
    assert first.get("classname") == f"{clean}.A"
    assert [first[0].tag, first[0].get("message")] == ["failure", clean]
    assert second.findtext("system-out") == f"noted: {clean}\n{clean}"


def test_the_page_of_evidence_shows_markup_as_text() -> None:
    page = as_html(certified("</title><script>alert(1)</script>\x1b", "<b>"))
    assert "<script>" not in page
    assert "\x1b" not in page
    assert "<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;? and" in page


def test_a_private_file_is_for_nobody_else() -> None:
    path = private_file("key.pem", b"secret")
    assert path.read_bytes() == b"secret"
    assert private_file("key.pem", b"other").read_bytes() == b"other"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    write_whole(path, b"old")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode) & 0o600) == (b"old", 0o600)
    path.chmod(0o640)
    write_whole(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="limits of Unix")
def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path) -> None:
    import resource
    import signal

    path = tmp_path / "out.json"
    write_whole(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heeded = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError):
            write_whole(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heeded)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])


@pytest.mark.skipif(os.name != "posix", reason="links of Unix")
def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    write_whole(Path(os.devnull), b"gone")
    assert Path(os.devnull).is_char_device()
