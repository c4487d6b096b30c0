"""What a failed check says: which check, what was expected, and what came."""

from pathlib import Path

import pytest
from fake_exo_harness.checks import Failure, check
from fake_exo_harness.checks.base import addresses, missing_texts
from fake_exo_harness.forms.location import Location
from fake_exo_harness.record import RunRecord
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario import load_file
from fake_exo_harness.scenario.wanted import (
    BouncedCheck,
    ClearTextCheck,
    ConnectionCheck,
    DeliveredCheck,
    DeviceCheck,
    ElapsedCheck,
    EncryptedCheck,
    HeadersCheck,
    LostCheck,
    MessageCheck,
    NoReplyCheck,
    QueryCheck,
    RefusedChangeCheck,
    ReplyCheck,
    ReplyTo,
    ReportCheck,
    RetryCheck,
    RuleCheck,
    SentItemsCheck,
    TakenElsewhereCheck,
    UsageCheck,
)
from fake_exo_harness.scenario.wanted import Check as Wanted

PLACE = Location(Path("x.exo.yaml"), 1, 1)
ANN, BOB = "ann@contoso.com", "bob@contoso.com"
FULL = "550 5.2.2 STOREDRV.Deliver: mailbox full."
MINUTE, DAY = 60.0, "submission.recipients_per_day"


@pytest.fixture(scope="module")
def runs() -> dict[str, RunRecord]:
    found = load_file(Path(__file__).with_name("situations.yaml"))
    return {each.id.partition("[")[2][:-1]: finish(each).record for each in found}


@pytest.mark.parametrize(
    ("run", "wanted", "title", "expected", "got"),
    [
        ("sent", ReplyCheck(ReplyTo.MAIL, code=550), "reply to MAIL", "550", "250 2.1.0 Sender OK"),
        ("sent", ReplyCheck(ReplyTo.MAIL, 550, "5.7.1", ("no", "way")), "reply to MAIL",
         '550 5.7.1 with "no" with "way"', "250 2.1.0 Sender OK"),
        ("sent", ReplyCheck(ReplyTo.MAIL, text="250 Fine\n"), "reply to MAIL", "250 Fine",
         "250 2.1.0 Sender OK"),
        ("refused", ReplyCheck(ReplyTo.DATA), "reply to DATA", "any reply",
         "none; answered: CONNECT, EHLO, MAIL, QUIT"),
        ("sent", ReplyCheck(ReplyTo.MAIL, nth=2), "reply to MAIL number 2", "any reply",
         "none; answered: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, END-OF-DATA, QUIT"),
        ("sent", ReplyCheck(ReplyTo.RCPT, recipient=BOB), f"reply to RCPT for {BOB}", "any reply",
         "none; answered: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, END-OF-DATA, QUIT"),
        ("nobody there", ReplyCheck(ReplyTo.MAIL), "reply to MAIL", "any reply",
         "none; answered: no replies at all"),
        ("sent", NoReplyCheck(ReplyTo.MAIL), "reply to MAIL", "none", "250 2.1.0 Sender OK"),
        ("nobody there", RuleCheck(("mail.ok",)), "rule", "mail.ok", "no reply at all"),
        ("refused", RuleCheck(("rcpt.ok",)), "rule", "rcpt.ok",
         "connect.banner-submission, hello.ehlo-submission, mail.before-tls, other.quit"),
        ("sent", DeliveredCheck((BOB, "Ann@contoso.com")), "delivered to inbox",
         f"Ann@contoso.com, {BOB}", ANN),
        ("bounced", DeliveredCheck((ANN,)), "delivered to inbox", ANN, "nobody"),
        ("sent", DeliveredCheck((), "junk", at_most=0.0), None, None, None),
        ("delivered late", DeliveredCheck((ANN,), at_most=1.0), f"delivery to {ANN}",
         "after 0 s, within 1 s", "after 60 s"),
        ("sent to ann", DeliveredCheck((ANN,), at_least=MINUTE), f"delivery to {ANN}",
         "after 60 s", "after 0 s"),
        ("delivered late", DeliveredCheck((ANN,), at_least=60.0, at_most=60.0), None, None, None),
        ("bounced", BouncedCheck(("full@contoso.com",), enhanced="5.1.1"), "bounce", "5.1.1",
         FULL),
        ("bounced", BouncedCheck(("full@contoso.com",), contains=("q", "mailbox", "z")), "bounce",
         "q and z", FULL),
        ("sent", ReportCheck(), "report to the sender", "failed", "none"),
        ("bounced", ReportCheck("none"), "report to the sender", "none",
         "failed to app@contoso.com"),
        ("bounced", ReportCheck("delivered"), "report to the sender", "delivered",
         "failed to app@contoso.com"),
        ("bounced", ReportCheck(to="APP@contoso.com"), None, None, None),
        ("bounced", ReportCheck(to=ANN), "report to", ANN, "app@contoso.com"),
        ("bounced", ReportCheck(lands="internet"), "report lands", "internet", "delivered"),
        ("sent", SentItemsCheck((ANN,)), "Sent Items", ANN, "app@contoso.com"),
        ("sent in the clear", SentItemsCheck((ANN,)), "Sent Items", ANN, "nobody"),
        ("refused", HeadersCheck({"Received": ("by",)}), "headers", "a message", "none was taken"),
        ("sent", HeadersCheck({"X-Nobody": ("a", "b")}), "header X-Nobody", "a and b",
         "no such field"),
        ("sent", HeadersCheck({}, ("received",)), "header received", "absent", "present"),
        ("sent", UsageCheck(ANN, DAY), f"{DAY} of {ANN}", "in use", "nothing of it is used"),
        ("sent", UsageCheck("app@contoso.com", DAY, used=3), f"{DAY} of app@contoso.com", "3",
         "2 of 10000.0"),
        ("sent", UsageCheck(ANN, DAY, used=0), None, None, None),
        ("sent", TakenElsewhereCheck((ANN,)), "taken elsewhere", ANN, "nobody"),
        ("taken elsewhere", TakenElsewhereCheck(("anna@customer.example",), "192.0.2.1"),
         "taken elsewhere, by 192.0.2.1", "anna@customer.example", "nobody"),
        ("sent", DeviceCheck(sent=False), "device believes it sent", "False", "True"),
        ("sent", DeviceCheck(stage="tls"), "device gave up at", "tls", "nothing"),
        ("sent", DeviceCheck(attempts=2), "attempts", "2", "1"),
        ("sent", DeviceCheck(panel=("x", "y")), "panel", "x, y", "OK"),
        ("sent", ConnectionCheck("dns"), "connection failed by", "dns", "none"),
        ("nobody there", ConnectionCheck("none"), "connection failed by", "none", "timeout"),
        ("no TLS in common", ConnectionCheck("none"), "connection failed by", "none", "tls"),
        ("no name", ConnectionCheck(port=587), "port tried", "587", "none"),
        ("no name", ConnectionCheck(host="mx.example"), "host looked up", "mx.example",
         "smtp.office365.com"),
        ("sent", ConnectionCheck(port=25), "port tried", "25", "587"),
        ("sent", ConnectionCheck(host="SMTP.office365.com"), None, None, None),
        ("nothing said", EncryptedCheck(True), "MAIL", "over TLS", "never reached"),
        ("sent in the clear", EncryptedCheck(True), "MAIL", "over TLS", "in clear text"),
        ("sent", EncryptedCheck(False), "MAIL", "in clear text", "over TLS"),
        ("sent", ElapsedCheck(at_least=5.0), "elapsed", "at least 5 s", "0 s"),
        ("taken at a second try", ElapsedCheck(at_most=5.0), "elapsed", "at most 5 s", "600 s"),
        ("taken at a second try", ElapsedCheck(600.0, 600.0), None, None, None),
        ("sent", QueryCheck((("a.example", "MX"),)), "DNS query", "a.example MX",
         "smtp.office365.com A"),
        ("sent", QueryCheck((("SMTP.office365.com.", "A"),)), None, None, None),
        ("taken elsewhere", RetryCheck(came_back=True), "came back", "True", "False"),
        ("taken elsewhere", RetryCheck(attempts=3), "attempts", "3", "1"),
        ("sent twice", RetryCheck(duplicates=0), "duplicates", "0", "1"),
        ("taken elsewhere", RetryCheck(at_least=1.0), "came back", "a second connection", "none"),
        ("taken at a second try", RetryCheck(at_most=1.0), "came back after", "0 to 1 s", "600 s"),
        ("taken at a second try", RetryCheck(at_least=900.0), "came back after", "900 to inf s",
         "600 s"),
        ("taken at a second try", RetryCheck(at_least=600.0, at_most=600.0), None, None, None),
        ("sent", ClearTextCheck("mail"), "in clear text", "mail", "nothing"),
        ("traffic that is lost", LostCheck(count=3), "mails lost", "3",
         f"4: {FULL}"),
        ("traffic that is lost", LostCheck(at_most=3), "mails lost", "at most 3",
         f"4: {FULL}"),
        ("traffic that is lost", LostCheck(at_least=5), "mails lost", "at least 5",
         f"4: {FULL}"),
        ("traffic that is lost", LostCheck(at_least=4, at_most=4, count=4), None, None, None),
        ("traffic that is lost", LostCheck(contains=("q", "z")), "mails lost", "q and z",
         f"4: {FULL}"),
        ("traffic that arrives", LostCheck(count=1), "mails lost", "1", "0: nothing was lost"),
        ("traffic that arrives", LostCheck(at_most=0), None, None, None),
        ("traffic before its time", LostCheck(at_most=9), "mails lost", "some were sent",
         "none was sent"),
        ("sent", MessageCheck(2), "messages accepted", "2", "1"),
        ("sent", RefusedChangeCheck(("a", "b")), "refused change", "a and b",
         "no change was refused"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value[:24],
)  # fmt: skip
def test_a_failure_says_what_was_expected_and_what_came(
    runs: dict[str, RunRecord],
    run: str,
    wanted: Wanted,
    title: str | None,
    expected: str | None,
    got: str | None,
) -> None:
    said = [(f.title, f.expected, f.got.rstrip()) for f in check(wanted, runs[run])]
    assert said == ([] if title is None else [(title, expected, got)])


def test_a_failure_has_the_place_the_job_and_the_rule(runs: dict[str, RunRecord]) -> None:
    wanted = ReplyCheck(ReplyTo.MAIL, code=550, place=PLACE)
    (failure,) = check(wanted, runs["sent"])
    assert failure == Failure(
        PLACE, "reply to MAIL", "550", "250 2.1.0 Sender OK", job=1, rule="mail.ok"
    )


def test_what_has_gone_from_the_record_is_not_counted_against_it(tmp_path: Path) -> None:
    path = tmp_path / "cut.exo.yaml"
    path.write_text(
        "scenario: cut\ntenant: {name: c, accepted_domains: [contoso.com]}\n"
        "device: {profile: telnet, settings: {smtp_server: smtp.office365.com, port: 587}}\n"
        "service: {keep: 3}\nwhen: [{say: [EHLO h, NOOP, QUIT]}]\nthen: [{accepted: 0}]\n"
    )
    record = finish(load_file(path)[0]).record
    assert check(MessageCheck(7), record) == ()
    assert check(ReplyCheck(ReplyTo.MAIL), record) == ()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "nobody"),
        (1, "p0"),
        (8, "p0, p1, p2, p3, p4, p5, p6, p7"),
        (9, "p0, p1, p2, p3, p4, p5, p6, p7 ... (9)"),
    ],
)
def test_many_addresses_are_cut(count: int, text: str) -> None:
    assert addresses(f"p{n}" for n in reversed(range(count))) == text


def test_texts_are_looked_for_in_any_case() -> None:
    assert missing_texts(("Alpha", "beta"), "ALPHA and gamma") == ["beta"]
