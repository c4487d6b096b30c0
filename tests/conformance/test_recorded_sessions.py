"""Sessions recorded with the real service: the fake says the same, in memory and over sockets."""

from pathlib import Path

import pytest
from fake_exo_harness.conformance import Recording, load_recordings, replay, shipped
from fake_exo_harness.conformance.comparison import same
from fake_exo_harness.scenario import ScenarioError

RECORDINGS = load_recordings(shipped())
SHORT = "550 5.7.64 x [A.eurprd04.prod.outlook.com]"
LONG = "550 5.7.64 x [A.eurprd04.prod.outlook.com 2026-11-01T12:00:00.000Z 08DF3215887372CD]"


@pytest.mark.parametrize("driver", ["memory", "socket"])
@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.id)
def test_every_reply_is_the_recorded_one_or_the_reason_is_known(
    recording: Recording, driver: str
) -> None:
    replayed = replay(recording, driver)
    wrong = [(a.step.client, a.step.server, a.lines) for a in replayed.answers if not a.ok]
    assert bool(wrong) == bool(recording.differs), wrong


def test_51_of_61_sessions_are_repeated_and_each_compares_something() -> None:
    assert (len(RECORDINGS), sum(not r.differs for r in RECORDINGS)) == (61, 51)
    assert [r.id for r in RECORDINGS if not replay(r).judged] == []
    assert {text for r in RECORDINGS for text in replay(r).odd} == set()


@pytest.mark.parametrize(
    ("recorded", "answered", "equal"),
    [
        (SHORT, "550 5.7.64 x [B.INDPRD01.PROD.OUTLOOK.COM]", True),
        (SHORT, "550 5.7.64 x", False),
        (SHORT, LONG, False),
        ("550 5.7.64 x", "550 5.7.65 x", False),
        ("250 2.1.0 Sender OK", "250 2.1.0 Sender ok", False),
        ("535 5.7.3 Authentication [...]", "535 5.7.3 Authentication [a b]", True),
        ("235 (worked)", "235 2.7.0 Authentication successful", True),
        ("235 (worked)", "535 5.7.3 Authentication unsuccessful", False),
        ("...", "250 anything", True),
    ],
)
def test_replies_are_equal_but_for_what_differs_from_session_to_session(
    recorded: str, answered: str, equal: bool
) -> None:
    assert same([recorded], [answered]) is equal


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_a_file_of_ones_own_is_replayed(tmp_path: Path) -> None:
    locked = "535 5.7.139 Authentication unsuccessful, account locked. Contact your administrator."
    path = write(
        tmp_path,
        f"""
- id: mine
  endpoint: submission
  year: 2026
  steps:
  - c: "AUTH LOGIN ..."
    s: ["{locked} [...]"]
  - c: "MAIL FROM:<a@contoso.com>"
    s: ["530 5.7.57 Client not authenticated to send mail. Error: {locked} [...]"]
- id: not-so
  endpoint: mx
  year: 2026
  steps:
  - c: "EHLO h"
    s: ["250 nonsense"]
""",
    )
    found = [(r.id, replay(r).same) for r in load_recordings(path)]
    assert found == [("mine", True), ("not-so", False)]


def test_errors_of_a_file_have_line_and_remedy(tmp_path: Path) -> None:
    path = write(tmp_path, "- id: x\n  endpoint: mxx\n  year: 2026\n  steps: []\n- id: y\n")
    with pytest.raises(ScenarioError) as caught:
        load_recordings(path)
    assert [(p.place.line, p.cause, p.remedy) for p in caught.value.problems] == [
        (2, '"mxx" is not known here', 'did you mean "mx"?'),
        (5, '"endpoint" is missing here', ""),
        (5, '"year" is missing here', ""),
        (5, '"steps" is missing here', ""),
    ]
