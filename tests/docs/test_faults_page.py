"""docs/faults.md is made from the catalogue; the terse form says what is wrong with it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click import UsageError
from fake_exo_harness.fault_catalogue import FaultError, parse, parse_all
from fake_exo_harness.pages.injected import faults_page

from fake_exo import DnsFault, Fault, TlsChoice

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


def test_the_page_is_the_one_that_the_catalogue_makes(kept: Callable[[Path, str], str]) -> None:
    assert kept(PAGE, faults_page()) == faults_page()


def test_a_code_and_a_count() -> None:
    text = "451 4.0.0 Injected by fake-exo"
    assert parse("mail:451:2") == Fault(at="mail", text=text, times=2)


@pytest.mark.parametrize("text", ["banner:unreachable", "F02"])
def test_real_programs_cannot_be_kept_from_connecting(text: str) -> None:
    with pytest.raises(UsageError, match="real programs cannot be kept from connecting"):
        parse_all([text])


def test_an_action_with_a_value() -> None:
    late = Fault(at="banner", does="delay", value="30", seconds=30.0)
    hidden = Fault(at="ehlo", does="hide", value="STARTTLS", times=None)
    assert parse("banner:delay=30") == late
    assert parse("ehlo:hide=STARTTLS:always") == hidden


def test_a_reply_of_the_catalogue_and_a_number() -> None:
    assert parse("message:eod-4.3.1") == Fault(at="message", reply="eod-4.3.1")
    text = "454 4.7.0 TLS not available"
    assert parse("F36") == Fault(at="starttls", text=text, name="F36")
    assert parse("f36.4") == Fault(at="starttls", does="close", name="F36")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("dns:nxdomain", DnsFault("*", "nxdomain")),
        ("dns:servfail:2", DnsFault("*", "servfail", times=2)),
        ("dns:slow=2.5", DnsFault("*", "slow", seconds=2.5)),
        ("tls:expired", TlsChoice(certificate="expired")),
        ("tls:maximum=1.2", TlsChoice(maximum="1.2")),
        ("tls:client_certificate=required", TlsChoice(client_certificate="required")),
        ("F43", TlsChoice(certificate="expired")),
        ("F77", DnsFault("*", "nxdomain")),
    ],
)
def test_faults_of_tls_and_the_dns(text: str, fault: DnsFault | TlsChoice) -> None:
    assert parse(text) == fault


def test_faults_of_a_command_line_are_sorted_by_whose_they_are() -> None:
    found = parse_all(["tls:expired", "dns:empty", "rcpt:450", "tls:maximum=1.1"])
    assert [fault.at for fault in found.faults] == ["rcpt"]
    assert found.dns_faults == (DnsFault("*", "empty"),)
    assert found.tls == TlsChoice(maximum="1.1", certificate="expired")


def test_faults_that_contradict_each_other_are_told() -> None:
    with pytest.raises(UsageError, match=r"minimum 1\.3 is above maximum 1\.2"):
        parse_all(["tls:minimum=1.3", "tls:maximum=1.2"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mial:451", 'did you mean "mail"'),
        ("mail:951", "is no code, action or reply"),
        ("mail:delya", 'did you mean "delay"'),
        ("mail:451:0", "is no count"),
        ("F95", "it has F01 to F94"),
        ("F46", "records are cut by OpenSSL"),
        ("dns:nxdomian", 'did you mean "nxdomain"'),
        ("dns:slow", "`slow` wants seconds"),
        ("dns:empty=3", "no other has any"),
        ("dns:slow=2:0", "is no count"),
        ("tls:expird", 'did you mean "expired"'),
        ("tls:maximum=1.4", "'1.4' is no maximum"),
        ("tls:certificate", "certificate wants a value"),
        ("tls:ciphers=", "ciphers wants a value"),
        ("tls:ciphers=nonsense", "OpenSSL knows no cipher suite of 'nonsense'"),
    ],
)
def test_a_slip_is_told(text: str, words: str) -> None:
    with pytest.raises(FaultError, match=words):
        parse(text)
