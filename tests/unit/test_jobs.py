"""A job is all that it caused, however much later and beside whatever else; and nothing is
concluded from one that has lost a part."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_exo_harness import devices
from fake_exo_harness.certify import CASES, Certified, Grade, Result, as_junit, as_table
from fake_exo_harness.devices.jobs import Job
from fake_exo_harness.drivers import MemoryDriver
from fake_exo_harness.reports.documents import run_document
from fake_exo_harness.reports.text import summary, verdict
from fake_exo_harness.runner import Finished, Verdict, finish
from fake_exo_harness.scenario import load_file

from fake_exo import (
    BlockedAddress,
    Fault,
    Line,
    Noted,
    Settings,
    World,
    admin,
    example_tenant,
    mx_host,
    outcomes,
    transcripts,
)

TENANT = """scenario: made
tenant:
  name: c
  accepted_domains: [contoso.com]
  mailboxes: [{address: ann@contoso.com, password: Ann-2026}]
"""
DEVICE = "device: {profile: prtg-direct, settings: {from_address: probe@monitor.example}}\n"


def ran(path: Path, text: str, driver: str = "memory") -> Finished:
    file = path / "made.exo.yaml"
    file.write_text(TENANT + text)
    (scenario,) = load_file(file)
    return finish(scenario, driver)


# ---- interleaved, and later --------------------------------------------------------------------

RELAY = {"smtp_server": mx_host("contoso.com"), "port": 25, "from_address": "scanner@contoso.com"}
WANTED = Job(to=("scanner@contoso.com",), attachment_size=50_000)


def shown(lines: tuple[Line, ...]) -> list[tuple[str, str]]:
    """What was said, but for ids and times of one session."""
    return [(line.side, line.text[:4]) for line in lines]


def at_once(world: World, addresses: tuple[str, ...]) -> list[int]:
    """Devices that all begin at the same moment. Returns their causes."""
    driver = MemoryDriver(world)
    causes = [world.ledger.cause() for _ in addresses]
    for cause, address in zip(causes, addresses, strict=True):
        device = devices.configure(devices.profile("well-behaved-mta"), RELAY)
        dialogue = device.perform(WANTED, datetime.fromtimestamp(world.now(), UTC))
        driver.start(dialogue, address, cause, lambda result: None)
    driver.finish()
    return causes


def slow() -> World:
    """A world in which everybody waits in the midst of a session."""
    late = Fault(at="mail", does="delay", seconds=2, times=None)
    return World([example_tenant()], settings=Settings(faults=(late,)))


def test_devices_that_talk_at_the_same_time_each_have_their_own_events() -> None:
    world, alone = slow(), slow()
    one, two = at_once(world, ("203.0.113.7", "198.51.100.9"))
    (single,) = at_once(alone, ("203.0.113.7",))
    (expected,) = transcripts(alone.ledger.caused(single))
    for cause, address in ((one, "203.0.113.7"), (two, "198.51.100.9")):
        (lines,) = transcripts(world.ledger.caused(cause))
        assert lines[0].text.startswith(f"{address} connects to ")
        assert shown(lines)[1:] == shown(expected)[1:]
        (outcome,) = outcomes(world.ledger.caused(cause))
        assert outcome.recipient == "scanner@contoso.com"
    order = [event.cause for event in world.ledger]
    assert order != sorted(order)


CARRIED = """
service: {limits: {submission.messages_per_minute: 1}}
device:
  profile: python-smtplib
  settings:
    smtp_server: smtp.office365.com
    port: 587
    tls: starttls
    authentication: "on"
    user_name: ann@contoso.com
    password: Ann-2026
    from_address: ann@contoso.com
when:
  - send: {to: [ann@contoso.com], size: 0, repeat: 61}
  - advance: 30m
  - send: {to: [nobody@contoso.com], size: 0}
  - advance: 31m
"""


@pytest.mark.parametrize("driver", ["memory", "socket"])
def test_a_delivery_an_hour_later_is_its_own_jobs(tmp_path: Path, driver: str) -> None:
    text = CARRIED + "then: [{delivered: {to: [ann@contoso.com], job: 61, at_least: 59m}}]\n"
    done = ran(tmp_path, text, driver)
    assert done.failures == ()
    ends = [[outcome.recipient for outcome in job.outcomes] for job in done.record.jobs]
    assert ends == [["ann@contoso.com"]] * 61 + [["nobody@contoso.com"]]
    (report,) = done.record.jobs[61].reports
    assert report.kind == "failed"


def test_what_an_administrator_asked_for_is_his_doing_a_day_later() -> None:
    world = World([example_tenant()])
    admin.block(world, BlockedAddress("198.51.100.9"))
    admin.request_delisting(world, "198.51.100.9", "portal")
    at_once(world, ("203.0.113.7",))
    world.advance(48 * 3600)
    asked = next(iter(world.ledger))
    told = [event.text for event in world.ledger.caused(asked.cause) if isinstance(event, Noted)]
    assert [text.partition(" (")[0] for text in told] == [
        "removal of 198.51.100.9 asked for",
        "198.51.100.9 is off the list",
    ]


# ---- not run -----------------------------------------------------------------------------------

TWO = DEVICE + "when: [{send: {to: [ann@contoso.com], size: 1 KB, repeat: 2}}]\n"
GONE = (
    "job 1 (device) had gone from the record before it was judged: it holds 30 events (keep) and "
    "1073741824 bytes (keep_bytes); raise that under service, or send less"
)


def test_a_job_that_is_wholly_on_record_is_judged(tmp_path: Path) -> None:
    done = ran(tmp_path, TWO + "service: {keep: 100}\nthen: [{accepted: 2}]\n")
    assert done.verdict is Verdict.PASSED


@pytest.mark.parametrize("then", [
    "{junked: {to: [ann@contoso.com], job: 1}}",  # would hold, if it were asked
    "{bounced: {to: [ann@contoso.com], job: 1}}",
    "{accepted: 2}",
    "{junked: [ann@contoso.com]}",  # of the second job, which is whole
])  # fmt: skip
def test_a_job_that_has_lost_events_is_not_run_and_never_passed(tmp_path: Path, then: str) -> None:
    done = ran(tmp_path, TWO + f"service: {{keep: 30}}\nthen: [{then}]\n")
    assert (done.verdict, done.failures, done.error) == (Verdict.NOT_RUN, (), GONE)
    assert list(verdict(done)) == [f"not run: {GONE}"]
    assert summary(done) == f"not run: {GONE}"
    assert run_document(done)["verdict"] == "not run"


def test_what_is_on_record_is_judged_beside_what_is_not(tmp_path: Path) -> None:
    done = ran(tmp_path, TWO + "service: {keep: 30}\nthen: [{bounced: [ann@contoso.com]}]\n")
    assert done.verdict is Verdict.FAILED
    assert [failure.job for failure in done.failures] == [2]
    assert next(iter(verdict(done))) == f"not judged in full: {GONE}"


def test_a_message_that_was_too_heavy_to_be_kept_is_not_judged(tmp_path: Path) -> None:
    text = TWO.replace("1 KB", "1 MB") + "then: [{headers: {fields: {Subject: Scan}, job: 1}}]\n"
    done = ran(tmp_path, f"{text}service: {{keep_bytes: 2 MB}}\n")
    assert done.verdict is Verdict.NOT_RUN
    assert "2097152 bytes (keep_bytes)" in done.error


def test_a_case_that_was_not_run_certifies_nothing() -> None:
    results = tuple(
        Result(case.id, case.title, grade, "why", 1, 0, "nothing", ())
        for case, grade in zip(CASES, (Grade.PASSED, Grade.NOT_RUN), strict=False)
    )
    found = Certified("x", "x", "memory", 0, "2026-11-01", (), results, "d" * 64)
    assert found.passed is False
    assert list(as_table(found))[-1].startswith("NOT CERTIFIED")
    assert '<error message="why" />' in as_junit(found)
    assert 'failures="0" errors="1"' in as_junit(found)
