"""Checks of connections, encryption, time, look-ups, and of what the device believes."""

from collections.abc import Iterator

from fake_exo_harness.checks.base import Failure, missing_texts, of_job
from fake_exo_harness.record import JobRecord, RunRecord
from fake_exo_harness.scenario.wanted import (
    ClearTextCheck,
    ConnectionCheck,
    DeviceCheck,
    ElapsedCheck,
    EncryptedCheck,
    LostCheck,
    MessageCheck,
    QueryCheck,
    RefusedChangeCheck,
    RetryCheck,
)


@of_job
def device_says(expected: DeviceCheck, job: JobRecord) -> Iterator[Failure]:
    result = job.result
    pairs = (
        ("device believes it sent", expected.sent, result.sent),
        ("device gave up at", expected.stage, result.stage),
        ("attempts", expected.attempts, result.attempts),
    )
    for title, wanted, got in pairs:
        if wanted is not None and wanted != got:
            yield Failure(expected.place, title, str(wanted), str(got) or "nothing", job.number)
    if absent := missing_texts(expected.panel, result.panel):
        yield Failure(expected.place, "panel", ", ".join(absent), result.panel, job.number)


@of_job
def connected(expected: ConnectionCheck, job: JobRecord) -> Iterator[Failure]:
    got = _failed(job)
    if expected.failed is not None and expected.failed != got:
        yield Failure(expected.place, "connection failed by", expected.failed, got, job.number)
    hosts = [query.name.lower() for query in job.queries]
    if expected.host is not None and expected.host.lower() not in hosts:
        asked = ", ".join(hosts) or "nothing"
        yield Failure(expected.place, "host looked up", expected.host, asked, job.number)
    ports = [place.port for place in job.connections] + [place.port for place in job.unreached]
    if expected.port is not None and expected.port not in ports:
        tried = ", ".join(map(str, ports)) or "none"
        yield Failure(expected.place, "port tried", str(expected.port), tried, job.number)


def _failed(job: JobRecord) -> str:
    """How the last attempt to connect ended: none, timeout, tls, dns."""
    if job.result.stage in ("dns", "tls"):
        return job.result.stage
    if job.unreached and (not job.connections or job.result.stage == "connect"):
        return "timeout"
    return "tls" if job.result.stage == "connect" and job.connections else "none"


@of_job
def encrypted(expected: EncryptedCheck, job: JobRecord) -> Iterator[Failure]:
    mails = [reply.secured for reply in job.replies if reply.to == "MAIL"]
    wanted = "over TLS" if expected.encrypted else "in clear text"
    if not mails:
        yield Failure(expected.place, "MAIL", wanted, "never reached", job.number)
    elif any(secured is not expected.encrypted for secured in mails):
        got = "in clear text" if expected.encrypted else "over TLS"
        yield Failure(expected.place, "MAIL", wanted, got, job.number)


@of_job
def took(expected: ElapsedCheck, job: JobRecord) -> Iterator[Failure]:
    seconds = job.ended - job.started
    least, most = expected.at_least, expected.at_most
    got = f"{seconds:g} s"
    if least is not None and seconds < least:
        yield Failure(expected.place, "elapsed", f"at least {least:g} s", got, job.number)
    if most is not None and seconds > most:
        yield Failure(expected.place, "elapsed", f"at most {most:g} s", got, job.number)


@of_job
def queried(expected: QueryCheck, job: JobRecord) -> Iterator[Failure]:
    asked = [(query.name.lower().rstrip("."), query.type) for query in job.queries]
    rest = iter(asked)
    for name, type_ in expected.queries:
        if (name.lower().rstrip("."), type_) not in rest:
            got = ", ".join(f"{n} {t}" for n, t in asked) or "nothing"
            yield Failure(expected.place, "DNS query", f"{name} {type_}", got, job.number)
            return


@of_job
def retried(expected: RetryCheck, job: JobRecord) -> Iterator[Failure]:
    attempts = len(job.connections)
    pairs = (
        ("attempts", expected.attempts, attempts),
        ("came back", expected.came_back, attempts > 1),
        ("duplicates", expected.duplicates, job.duplicates),
    )
    for title, wanted, got in pairs:
        if wanted is not None and wanted != got:
            yield Failure(expected.place, title, str(wanted), str(got), job.number)
    if not job.waits and (expected.at_least is not None or expected.at_most is not None):
        yield Failure(expected.place, "came back", "a second connection", "none", job.number)
    for wait in job.waits:
        early = expected.at_least is not None and wait < expected.at_least
        if early or (expected.at_most is not None and wait > expected.at_most):
            wanted_ = f"{expected.at_least or 0:g} to {expected.at_most or float('inf'):g} s"
            yield Failure(expected.place, "came back after", wanted_, f"{wait:g} s", job.number)


@of_job
def in_clear(expected: ClearTextCheck, job: JobRecord) -> Iterator[Failure]:
    if job.clear_text != expected.what:
        yield Failure(expected.place, "in clear text", expected.what, job.clear_text, job.number)


def lost(expected: LostCheck, record: RunRecord) -> Iterator[Failure]:
    mine = expected.device
    sent = [m for m in record.traffic.mails if mine is None or mine in (m.device, m.group)]
    if not sent:
        yield Failure(expected.place, "mails lost", "some were sent", "none was sent")
        return
    mails = [mail for mail in sent if mail.lost]
    reasons = ", ".join(dict.fromkeys(mail.why for mail in mails)) or "nothing was lost"
    count, got = len(mails), f"{len(mails)}: {reasons}"
    wanted = (
        (expected.count, count == expected.count, ""),
        (expected.at_least, count >= (expected.at_least or 0), "at least "),
        (expected.at_most, count <= (expected.at_most or 0), "at most "),
    )
    for limit, fits, word in wanted:
        if limit is not None and not fits:
            yield Failure(expected.place, "mails lost", f"{word}{limit}", got)
    if missing_texts(expected.contains, reasons):
        yield Failure(expected.place, "mails lost", " and ".join(expected.contains), got)


def accepted(expected: MessageCheck, record: RunRecord) -> Iterator[Failure]:
    count = sum(len(job.accepted) for job in record.jobs)
    if count != expected.count and not record.unjudged:
        yield Failure(expected.place, "messages accepted", str(expected.count), str(count))


def refused_change(expected: RefusedChangeCheck, record: RunRecord) -> Iterator[Failure]:
    refused = record.refused_changes
    last = refused[-1] if refused else "no change was refused"
    if not refused or missing_texts(expected.contains, last):
        yield Failure(expected.place, "refused change", " and ".join(expected.contains), last)
