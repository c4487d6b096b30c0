"""Explaining what people paste: the cause is told first, and how sure that is."""

from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from fake_exo import Explanation, every_reply, explain

DATA = Path(__file__).parent / "data" / "pasted.yaml"


class Case(NamedTuple):
    cause: str
    text: str


CASES = tuple(Case(**row) for row in yaml.safe_load(DATA.read_text("utf-8")))


def _causes(found: tuple[Explanation, ...]) -> list[str]:
    return [entry.rule or entry.reply for entry in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}-{case.text[:20]}")
def test_the_cause_of_what_was_pasted_is_told_first(case: Case) -> None:
    assert _causes(explain(case.text))[0] == case.cause


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}-{case.text[:20]}")
def test_a_cause_of_a_paste_says_what_was_known_and_how_sure_it_is(case: Case) -> None:
    found = explain(case.text)
    assert all(entry.match and entry.sure in ("high", "medium", "low") for entry in found)


def test_an_error_quoted_inside_an_error_follows_the_one_that_quotes_it() -> None:
    found = explain(
        "Der SMTP-Server erfordert eine sichere Verbindung. Die Serverantwort war: 5.7.57 Client "
        "not authenticated to send mail. Error: 535 5.7.139 Authentication unsuccessful, "
        "SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/x for more."
    )
    assert _causes(found) == ["mail.after-refused-auth", "auth.tenant-disabled"]


def test_words_that_several_rules_say_are_no_sure_cause() -> None:
    text = "535 5.7.3 Authentication unsuccessful [X.EURP189.PROD.OUTLOOK.COM]"
    first, *others = explain(text)
    assert (first.rule, first.sure) == ("auth.credentials", "medium")
    assert ("auth.token", "low") in [(other.rule, other.sure) for other in others]


@pytest.mark.parametrize(
    ("around", "cause"),
    [
        ("AUTH XOAUTH2 -> 535 5.7.3 Authentication unsuccessful", "auth.token"),
        ("AUTH LOGIN -> 535 5.7.3 Authentication unsuccessful", "auth.credentials"),
        (
            "contoso-com.mail.protection.outlook.com said: 504 5.7.4 Unrecognized authentication "
            "type",
            "auth.not-at-mx",
        ),
        ("smtp.office365.com: 504 5.7.4 Unrecognized authentication type", "auth.before-tls"),
        ("(in reply to MAIL FROM command) 503 5.5.2 Send hello first", "mail.before-hello"),
        ("in response to AUTH: 503 5.5.2 Send hello first", "auth.before-hello"),
    ],
)
def test_what_stands_around_a_reply_decides_between_causes(around: str, cause: str) -> None:
    assert _causes(explain(around))[0] == cause


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("5.7.606", "rcpt.banned"),
        ("550 5.7.649", "rcpt.banned"),
        ("5.7.606-649", "rcpt.banned"),
        ("4.7.699", "rcpt.throttled"),
        ("4.7.850", "rcpt-4.7.850"),
        ("5.7.742", "eod-705"),
        ("5.7.912", "eod-transport-rule"),
        ("5.7.64", "rcpt.relay.no-connector"),
    ],
)
def test_a_code_out_of_a_range_has_the_cause_of_the_range(code: str, cause: str) -> None:
    assert cause in _causes(explain(code))


def test_a_range_ends_where_the_service_ends_it() -> None:
    assert "rcpt.banned" not in _causes(explain("5.7.650"))


def test_three_causes_of_too_many_recipients_are_told_apart_by_their_tags() -> None:
    text = "452 4.5.3 Too many recipients"
    assert _causes(explain(f"{text} (AS780090)")) == ["rcpt-452-as780090"]
    assert _causes(explain(f"{text} ATTR49")) == ["rcpt.behind-unknown"]
    assert _causes(explain(text))[0] == "rcpt.too-many-of-one-domain"
    assert "rcpt-452-as780090" in _causes(explain(text))


def test_replies_that_say_yes_are_no_causes_beside_one_that_says_no() -> None:
    found = explain("250 2.1.0 Sender OK\n550 5.7.68 Direct Send not allowed\n221 2.0.0 Service")
    assert _causes(found) == ["rcpt.direct-send-rejected"]


def test_a_version_is_no_code_where_words_are_known() -> None:
    found = explain("mailer 4.2.0 (OpenSSL 1.1.1): 432 4.3.2 Concurrent connections limit exceeded")
    assert _causes(found) == ["message.too-many-at-once"]


@pytest.mark.parametrize(
    "text", ["", " \n", "the weather is fine", "9.9.9", "10.5.7.1", "\x00\xff"]
)
def test_what_is_no_reply_is_not_known(text: str) -> None:
    assert explain(text) == ()


def test_every_text_of_the_catalogue_is_explained_by_itself() -> None:
    spoken = [entry for entry in every_reply() if entry.text[:3].isdigit() and len(entry.text) > 4]
    found = {entry.reply: explain(entry.text) for entry in spoken}
    told = {reply: _texts_of(entries) for reply, entries in found.items()}
    assert [reply for reply, texts in told.items() if reply not in texts] == []


def _texts_of(found: tuple[Explanation, ...]) -> set[str]:
    """The replies told of, and the others that the same rules say."""
    rules = {entry.rule for entry in found if entry.rule}
    return {e.reply for e in found} | {e.reply for rule in rules for e in explain(rule)}


def test_what_no_rule_says_has_a_remedy_when_it_refuses() -> None:
    refusals = [entry for entry in every_reply() if entry.reply.startswith("heard-")]
    assert [entry.reply for entry in refusals if not entry.fix] == []


def test_a_paste_of_megabytes_is_answered_by_its_beginning() -> None:
    found = explain("550 5.7.1 and so on\n" * 100_000 + "550 5.7.64 TenantAttribution")
    assert found
    assert "rcpt.relay.no-connector" not in _causes(found)
