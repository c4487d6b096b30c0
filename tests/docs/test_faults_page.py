"""docs/faults.md is made from the catalogue; the terse form says what is wrong with it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click import UsageError
from fake_exo_harness.fault_catalogue import FaultError, parse, parse_all
from fake_exo_harness.pages.injected import faults_page

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


def test_the_page_is_the_one_that_the_catalogue_makes(kept: Callable[[Path, str], str]) -> None:
    assert kept(PAGE, faults_page()) == faults_page()


def test_a_code_and_a_count() -> None:
    fault = parse("mail:451:2")
    assert (fault.at, fault.text[:3], fault.times) == ("mail", "451", 2)


@pytest.mark.parametrize("text", ["banner:unreachable", "F02"])
def test_real_programs_cannot_be_kept_from_connecting(text: str) -> None:
    with pytest.raises(UsageError, match="real programs cannot be kept from connecting"):
        parse_all([text])


def test_an_action_with_a_value() -> None:
    assert (parse("banner:delay=30").does, parse("banner:delay=30").seconds) == ("delay", 30.0)
    assert (parse("ehlo:hide=STARTTLS:always").value, parse("ehlo:hide=X:always").times) == (
        "STARTTLS",
        None,
    )


def test_a_reply_of_the_catalogue_and_a_number() -> None:
    assert parse("message:eod-4.3.1").reply == "eod-4.3.1"
    assert (parse("F36").text[:3], parse("f36.4").does) == ("454", "close")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mial:451", 'did you mean "mail"'),
        ("mail:951", "is no code, action or reply"),
        ("mail:delya", 'did you mean "delay"'),
        ("mail:451:0", "is no count"),
        ("F95", "it has F01 to F94"),
        ("F46", "records are cut by OpenSSL"),
        ("F43", "put it into a scenario"),
    ],
)
def test_a_slip_is_told(text: str, words: str) -> None:
    with pytest.raises(FaultError, match=words):
        parse(text)
