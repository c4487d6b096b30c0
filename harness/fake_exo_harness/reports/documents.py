"""The run as one JSON document, for machines. The format is versioned."""

import json
from typing import Any, TextIO

from fake_exo import Replied, TlsStarted, explained
from fake_exo_harness.checks import Failure
from fake_exo_harness.cures import NOTHING_KNOWN, Situation, situation_of, verbs
from fake_exo_harness.record import JobRecord
from fake_exo_harness.reports.port import Reporter
from fake_exo_harness.reports.text import question, transcript_line
from fake_exo_harness.runner import Finished, RunEvent
from fake_exo_harness.tls_failures import told

VERSION = 1


class JsonReport(Reporter):
    name = "json"

    def __init__(self, out: TextIO) -> None:
        super().__init__(out)
        self._runs: list[dict[str, Any]] = []

    def take(self, event: RunEvent) -> None:
        if isinstance(event, Finished):
            self._runs.append(run_document(event))

    def end(self) -> None:
        json.dump({"version": VERSION, "runs": self._runs}, self.out, indent=2)
        self.out.write("\n")


def run_document(finished: Finished) -> dict[str, Any]:
    """One run as plain data."""
    scenario = finished.scenario
    return {
        "id": scenario.id,
        "title": scenario.title,
        "story": scenario.story,
        "tags": list(scenario.tags),
        "file": str(scenario.source.path),
        "line": scenario.source.line,
        "driver": finished.driver,
        "verdict": finished.verdict.value,
        "confidence": finished.confidence.name.lower(),
        "confidence_wanted": scenario.confidence.least if scenario.confidence else "",
        "low_confidence": finished.low_confidence,
        "not_rehearsed": [word._asdict() for word in finished.not_rehearsed],
        "seconds": round(finished.seconds, 4),
        "error": finished.error,
        "failures": [_failure(failure, finished) for failure in finished.failures],
        "jobs": [job_document(job, situation_of(job, scenario)) for job in finished.record.jobs],
    }


def _failure(failure: Failure, finished: Finished) -> dict[str, Any]:
    job = finished.record.job(failure.job)
    situation = situation_of(job, finished.scenario) if job else NOTHING_KNOWN
    found = explained(failure.rule) if failure.rule else None
    return {
        "file": str(failure.place.path),
        "line": failure.place.line,
        "column": failure.place.column,
        "check": failure.title,
        "expected": failure.expected,
        "got": failure.got,
        "job": failure.job,
        "rule": failure.rule,
        "why": found.why if found else "",
        "fix": found.fix if found else "",
        "verbs": list(verbs(failure.rule, situation)),
    }


def job_document(job: JobRecord, situation: Situation = NOTHING_KNOWN) -> dict[str, Any]:
    """One job as plain data."""
    return {
        "number": job.number,
        "device": job.device,
        "sent": job.result.sent,
        "panel": job.result.panel,
        "stage": job.result.stage,
        "clear_text": job.clear_text,
        "attempts": len(job.connections),
        "duplicates": job.duplicates,
        "transcript": [transcript_line(line) for lines in job.transcripts for line in lines],
        "lost": [
            {"from": loss.sender, "to": loss.recipient, "cause": loss.cause.text}
            for loss in job.ending.lost
        ],
        "client_certificates": [
            {"names": list(event.certificate), "counts_for_nothing": event.problem}
            for event in job.events
            if isinstance(event, TlsStarted) and (event.certificate or event.problem)
        ],
        "tls_failures": [told(event)._asdict() for event in job.tls_failures],
        "asked": [question(query) for query in job.queries],
        "refusals": [_refusal(reply, situation) for reply in job.refusals],
        "unreached": [f"{place.server_ip}:{place.port}" for place in job.unreached],
        "outcomes": [
            {"to": o.recipient, "fate": o.fate.value, "tenant": o.tenant, "detail": o.detail}
            for o in job.outcomes
        ],
    }


def _refusal(reply: Replied, situation: Situation) -> dict[str, Any]:
    found = explained(reply.rule)
    return {
        "to": reply.to,
        "reply": reply.data.decode("utf-8", "replace").rstrip("\r\n"),
        "rule": reply.rule,
        "confidence": reply.confidence.name.lower(),
        "why": found.why if found else "",
        "fix": found.fix if found else "",
        "verbs": list(verbs(reply.rule, situation)),
    }
