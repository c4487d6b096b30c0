"""Every reply of the catalogue is said in a scenario, or has a reason: docs/replies.md."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from fake_exo_harness.library import library
from fake_exo_harness.pages.replies import reason, replies_page, said_in
from fake_exo_harness.scenario import load_paths

from fake_exo import every_reply

PAGE = Path(__file__).parents[2] / "docs" / "replies.md"
_EVENT = "no reply: an event of the network, described"
_ONWARD = "a report on mail to the internet, where the fake delivers nothing"
_NOT_COUNTED = "a limit of the tenant that the fake does not count yet"
_FILTER = "a decision of rules and filters of the tenant that the fake does not have"
REASONS = {
    "connect-465": _EVENT,
    "connect-mx-25-timeout": _EVENT,
    "starttls-legacy-submission": _EVENT,
    "tls-": _EVENT,
    "tarpit": _EVENT,
    "session-id": "no reply: how ids come about",
    "data-503-all": "no reply of its own: it stands for data-503 and bdat-503",
    "bdat-last": "no reply of its own: it stands for those at the end of DATA",
    "auth-xoauth2-ir": "the words of auth-ok, for the other mechanism",
    "eod-ok-olc": "the words of eod-ok-mx, for the consumer pool",
    "unknown-command-exchange": "the words of Exchange Server, without a suffix",
    "assumed-line-too-long": "kilobytes in one line: tests/unit/test_protocol_edges.py",
    "session-timeout": "hours of chatter: tests/unit/test_protocol_edges.py",
    "assumed-autherr-old": "the conformance test says it",
    "ndr-511": _ONWARD,
    "ndr-51351": _ONWARD,
    "ndr-543": _ONWARD,
    "assumed-ndr-54300": _ONWARD,
    "ndr-447": _ONWARD,
    "ndr-44317": _ONWARD,
    "ndr-5723": _ONWARD,
    "eod-5.6.11": _ONWARD,
    "assumed-ndr-571": _FILTER,
    "assumed-recipient-threads": _NOT_COUNTED,
    "eod-transport-rule": _FILTER,
    "eod-703": _FILTER,
    "eod-5.1.90": _NOT_COUNTED,
    "eod-5.2.2-subquota": _NOT_COUNTED,
    "auth-535-573-plain-hve": "HVE says these words anyway",
    "rcpt-606-as1430": "the other tag of the same refusal; inject it",
    "message-451-mrh1": "the mailbox server's trouble; inject it",
    "heard-": "heard of by others; `fake-exo explain` knows it",
    "eod-705": _NOT_COUNTED,
    "eod-708": _NOT_COUNTED,
    "eod-750": _NOT_COUNTED,
}


@pytest.fixture(scope="module")
def said() -> Mapping[str, tuple[str, ...]]:
    return said_in(load_paths([library()]))


def test_every_reply_is_said_or_has_a_reason(said: Mapping[str, tuple[str, ...]]) -> None:
    every = every_reply()
    assert [e.reply for e in every if e.reply not in said and not reason(e, REASONS)] == []


def test_no_reason_is_given_for_what_is_said(said: Mapping[str, tuple[str, ...]]) -> None:
    unsaid = [entry.reply for entry in every_reply() if entry.reply not in said]
    idle = [start for start in REASONS if not any(r.startswith(start) for r in unsaid)]
    assert idle == []


def test_the_page_is_the_one_that_the_catalogue_makes(
    said: Mapping[str, tuple[str, ...]], kept: Callable[[Path, str], str]
) -> None:
    made = replies_page(said, REASONS, PAGE.read_text())
    assert kept(PAGE, made) == made
