"""The reply catalogue as data: whole, dated without overlap, and filled in from a closed set."""

import re
from collections import Counter
from datetime import date, timedelta
from itertools import groupby

import pytest

from fake_exo.exchange.texts import PLACEHOLDERS, catalogue, data
from fake_exo.rules.catalogue import ReplyText
from fake_exo.rules.period import Confidence

TEXTS = tuple(catalogue())
SPOKEN = tuple(text for text in TEXTS if not text.silent)
FIRST, LAST = date(2015, 1, 1), date(2029, 1, 1)

# Captured or documented as they stand: a temporary code with a permanent enhanced one, and reverse.
ODD_PAIRS = {
    "mail-530-tls-submission": ("451", "5"),
    "mail-451-573-legacy": ("451", "5"),
    "heard-573-exchange": ("451", "5"),
    "ndr-447": ("550", "4"),
}

# Answers that existed for a time only, at this stage of the dialogue.
GAPS = {
    "message-send-as-denied": (FIRST, date(2018, 9, 1)),  # said at MAIL until then
    "mail-550-5760-old": (date(2018, 9, 1), LAST),  # said at the end of data since then
}


def _by_id(text: ReplyText) -> str:
    return text.id


def _answers() -> list[tuple[str, list[ReplyText]]]:
    """Variants of one answer at one endpoint."""

    def answer(text: ReplyText) -> str:
        return f"{text.key} at {text.endpoint if text.endpoint else 'any'}"

    return [(name, list(group)) for name, group in groupby(sorted(TEXTS, key=answer), answer)]


def _days(variants: list[ReplyText]) -> list[date]:
    """The first and last day we speak for, and the days on either side of every boundary."""
    edges = {edge for v in variants for edge in (v.period.since, v.period.until) if edge}
    return sorted({FIRST} | edges | {edge - timedelta(days=1) for edge in edges | {LAST}})


def _head(text: ReplyText) -> re.Match[str] | None:
    """Code and enhanced code; bounces may quote the reply of a server."""
    return re.match(r"(?:Remote Server returned ')?(\d{3})[ -](?:(\d)\.\d+\.[\d{]\S*)?", text.text)


@pytest.mark.parametrize(
    ("id_", "stage", "text"),
    [
        ("mail-530-5757-old", "mail",
         "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM"
         "{suffix}"),
        ("auth-535-573", "auth", "535 5.7.3 Authentication unsuccessful{suffix}"),
    ],
)  # fmt: skip
def test_a_text_is_the_one_that_was_captured(id_: str, stage: str, text: str) -> None:
    (found,) = [t for t in TEXTS if t.id == id_]
    assert (found.stage, found.text) == (stage, text)


def test_no_id_occurs_twice() -> None:
    # The catalogue is a mapping by id: a second entry would replace the first.
    assert Counter(row["id"] for row in data("replies.yaml")) == {t.id: 1 for t in TEXTS}


def test_an_id_that_is_no_key_of_its_own_is_a_variant_of_one_answer() -> None:
    variants = {text.id: text.key for text in TEXTS if text.key != text.id}
    assert {key for key in variants.values() if len(catalogue().variants(key)) < 2} == {
        "rcpt-1-allow-list"
    }


@pytest.mark.parametrize("variants", [pytest.param(group, id=name) for name, group in _answers()])
def test_one_variant_of_an_answer_holds_on_a_day(variants: list[ReplyText]) -> None:
    start, end = GAPS.get(variants[0].key, (LAST, LAST))
    holding = {day: [v.id for v in variants if v.period.holds(day)] for day in _days(variants)}
    expected = {day: 0 if start <= day < end else 1 for day in holding}
    assert {day: len(ids) for day, ids in holding.items()} == expected, holding


def test_variants_of_an_answer_belong_to_one_stage() -> None:
    stages = {text.key: {v.stage for v in catalogue().variants(text.key)} for text in TEXTS}
    assert {key for key, found in stages.items() if len(found) > 1} == set()


def test_a_dated_text_says_how_sure_its_days_are() -> None:
    dated = [text for text in TEXTS if text.period.since or text.period.until]
    assert [text.id for text in dated if not text.note] == []


def test_placeholders_come_from_the_closed_set() -> None:
    assert {name for text in TEXTS for name in text.fields} <= set(PLACEHOLDERS)


def test_the_bracket_of_a_host_is_always_the_suffix() -> None:
    pattern = re.compile(r" \{(?:suffix|hops)\}|\[\{(?:frontend|edge|host)")
    assert [text.id for text in TEXTS if pattern.search(text.text)] == []


@pytest.mark.parametrize("text", SPOKEN, ids=_by_id)
def test_a_text_starts_with_a_reply_code(text: ReplyText) -> None:
    assert _head(text)


def test_silent_entries_start_with_no_reply_code() -> None:
    assert [text.id for text in TEXTS if text.silent and _head(text)] == []


def test_code_and_enhanced_code_are_of_one_class_but_for_known_oddities() -> None:
    heads = {text.id: match for text in SPOKEN if (match := _head(text)) and match[2]}
    odd = {id_: (m[1], m[2]) for id_, m in heads.items() if m[1][0] != m[2]}
    assert odd == ODD_PAIRS


def test_lines_of_a_long_reply_carry_one_code_and_only_the_last_a_space() -> None:
    long = {text.id: text.text.split("\n") for text in SPOKEN if "\n" in text.text}
    assert set(long) == {
        "ehlo-submission-pre",
        "ehlo-submission-pre-2015",
        "ehlo-submission-post",
        "ehlo-submission-post-2015",
        "ehlo-submission-post-2017",
        "ehlo-mx-pre",
        "ehlo-mx-post",
        "help",
    }
    for lines in long.values():
        assert {line[:3] for line in lines} == {lines[0][:3]}
        assert [line[3] for line in lines] == ["-"] * (len(lines) - 1) + [" "]


def test_a_guess_says_why_it_is_one() -> None:
    assert [text.id for text in TEXTS if text.confidence is Confidence.LOW and not text.note] == []


def test_what_nobody_has_captured_is_a_guess() -> None:
    assumed = [text for text in TEXTS if text.id.startswith("assumed-")]
    assert {text.confidence for text in assumed} == {Confidence.LOW}


def test_every_text_names_a_source_and_a_condition() -> None:
    assert [text.id for text in TEXTS if not (text.sources and text.condition)] == []


def test_no_source_lost_its_number() -> None:
    # An unquoted " #" begins a comment in YAML.
    sources = {source for text in TEXTS for source in text.sources}
    assert {source for source in sources if source.endswith("public file")} == set()


def test_the_retirement_of_basic_authentication_is_the_only_future_text() -> None:
    assert [text.id for text in TEXTS if text.future] == ["auth-basic-retired"]


def test_texts_of_the_consumer_pool_are_marked() -> None:
    assert {text.id for text in TEXTS if text.consumer} == {
        "mail-1-spamhaus",
        "mail-1-s3140",
        "mail-451-650",
        "mail-451-652",
        "heard-651-reputation",
        "rcpt-5.5.0-olc",
        "eod-ok-olc",
        "eod-515",
    }


@pytest.mark.parametrize(
    ("key", "day", "id_"),
    [
        ("banner-submission", date(2024, 6, 27), "banner-submission-old"),
        ("banner-submission", date(2024, 10, 10), "banner-submission-2024"),
        ("banner-mx", date(2022, 7, 4), "banner-mx-old"),
        ("banner-mx", date(2025, 3, 9), "banner-mx-2025"),
        ("auth-xoauth2-fail", date(2020, 6, 1), "auth-535-573-old"),
        ("auth-xoauth2-fail", date(2024, 3, 14), "auth-xoauth2-fail"),
        ("auth-bad-credentials", date(2019, 1, 1), "auth-535-573"),
        ("auth-bad-credentials", date(2025, 1, 1), "auth-139-creds"),
        ("mail-not-authenticated", date(2020, 11, 1), "mail-530-5757-old"),
        ("mail-not-authenticated", date(2023, 5, 19), "mail-530-5757"),
        ("mail-530-5757-autherr", date(2025, 1, 22), "mail-530-5757-autherr"),
        ("rcpt-unknown-recipient", date(2017, 1, 1), "rcpt-541-dbeb-2017"),
        ("rcpt-unknown-recipient", date(2020, 1, 1), "rcpt-541-dbeb-as"),
        ("rcpt-unknown-recipient", date(2024, 4, 11), "rcpt-541-dbeb-2024"),
        ("rcpt-unknown-recipient", date(2025, 1, 24), "rcpt-541-dbeb-2024"),
        ("rcpt-unknown-recipient", date(2025, 10, 5), "rcpt-541-dbeb"),
        ("message-concurrent", date(2020, 3, 1), "eod-432-thread"),
        ("message-concurrent", date(2025, 9, 30), "eod-432-concurrent"),
        ("message-send-as-denied", date(2021, 1, 1), "eod-5.2.0-sendas"),
        ("message-send-as-denied", date(2022, 11, 1), "eod-5.2.252"),
    ],
)
def test_a_dated_capture_is_the_variant_of_its_day(key: str, day: date, id_: str) -> None:
    heard = (text for text in catalogue().variants(key) if text.endpoint != "hve")
    assert [text.id for text in heard if text.period.holds(day)] == [id_]
