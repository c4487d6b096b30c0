"""`fake-exo device new`: a first profile, from answers, from a log or from a recording."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from fake_exo.drive import MECHANISMS
from fake_exo_harness import exits
from fake_exo_harness.commands import kinds
from fake_exo_harness.conformance import Recording, load_recordings
from fake_exo_harness.devices import read_profile
from fake_exo_harness.devices.observed import LogLine, log_lines, observed
from fake_exo_harness.forms.problems import nearest
from fake_exo_harness.scenario import ScenarioError
from fake_exo_harness.terminal import say

_UNSEEN = ["time-outs, retries, how it leaves, and what else is not in the log"]
_SENDERS = ("mail_from", "header_from")
Document = dict[str, Any]


def new_device(
    name: str, source: Path | None, output: Path | None, answers: Mapping[str, str]
) -> int:
    """Write the profile of a device of this name. Returns an exit code."""
    path = output or Path(f"{name}.yaml")
    if path.exists():
        say(f"fake-exo: {path} is there already; name another with --output", err=True)
        return exits.FAILED
    document = _about(answers)
    try:
        document |= _answered(answers) if source is None else _seen(source)
    except ScenarioError as error:
        say(str(error), err=True)
        return exits.FAILED
    if source is not None and set(document) <= {"vendor", "model", "kind", "confidence", "sources"}:
        say(f"fake-exo: {source}: no SMTP dialogue is in this file", err=True)
        return exits.FAILED
    path.write_text(_written(name, document), "utf-8")
    read_profile(path)  # what is written can be read
    say(f"{path} is written. Look it over, then: fake-exo device check {path}")
    say(f"Try it: fake-exo certify {path}")
    return exits.PASSED


def _about(answers: Mapping[str, str]) -> Document:
    kept = {key: answers[key] for key in ("vendor", "model", "kind")}
    return {**kept, "confidence": "low", "sources": ["made with fake-exo device new"]}


def _answered(answers: Mapping[str, str]) -> Document:
    """The keys that answers give; what is as in other devices is left out."""
    found: Document = {"hello": {"first": answers["greets"], "name": answers["hello_name"]}}
    if answers["greets"] == "HELO":
        found["hello"]["fallback"] = "none"
    if answers["encryption"] in ("never", "opportunistic"):
        found["tls"] = {"policy": answers["encryption"]}
    elif answers["encryption"] == "ssl":
        choices = ["off", "ssl"]
        found["settings"] = {"tls": {"label": "Encryption", "type": "tls", "options": choices}}
    found["auth"] = {"order": _mechanisms(answers["signs_in"])}
    if answers["sender"] == "login":
        found["envelope"] = {key: ["{user_name}"] for key in _SENDERS}
    elif answers["sender"] == "host":
        found["envelope"] = {key: ["{host}@{domain}"] for key in _SENDERS}
        found.setdefault("settings", {})["domain_name"] = {"label": "Domain", "type": "text"}
    return found


def _mechanisms(text: str) -> list[str]:
    words = [] if text == "none" else text.upper().replace(",", " ").split()
    if unknown := [word for word in words if word not in MECHANISMS]:
        hint = nearest(unknown[0], list(MECHANISMS))
        raise click.UsageError(f"no mechanism is named {unknown[0]}; {hint}")
    return words


# ---- logs and recordings -------------------------------------------------------------------------


def _seen(source: Path) -> Document:
    if kinds.kind_of(source) is kinds.RECORDING:
        lines = list(_of_recording(load_recordings(source)[0]))
    else:
        lines = log_lines(source.read_text("utf-8", "replace"))
    found = observed(lines)
    if not found:
        return {}
    return {
        "confidence": "high",
        "sources": [f"a log of its dialogue, {source.name}"],
        "unverified": _UNSEEN,
        **found,
    }


def _of_recording(recording: Recording) -> Sequence[LogLine]:
    found = []
    for step in recording.steps:
        if not step.client.startswith("("):
            found.append(LogLine(True, step.client))
        found += [LogLine(False, line) for line in step.replies]
    return found


# ---- writing -------------------------------------------------------------------------------------


def _written(name: str, document: Document) -> str:
    head = (
        f"# The device {name}. Keys that are not here are as in `fake-exo device show generic`;\n"
        "# all keys and what they do: docs/profiles.md, or fake-exo schema profile for an editor.\n"
    )
    text = yaml.safe_dump(
        document, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return head + text


def asked(answers: Mapping[str, str | None], *, silent: bool) -> dict[str, str]:
    """The answers; what is not given is asked for, or is the first of what is possible."""
    return {
        key: given if given is not None else (default if silent else _ask(text, default, valid))
        for key, (text, default, valid) in QUESTIONS.items()
        for given in (answers.get(key),)
    }


def _ask(text: str, default: str, valid: tuple[str, ...]) -> str:
    kind = click.Choice(valid) if valid else None
    return str(click.prompt(text, default=default, type=kind))


# What is asked: the question, what holds when nobody answers, and what is possible.
QUESTIONS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "vendor": ("Who makes it", "unknown", ()),
    "model": ("Which model and firmware", "unknown", ()),
    "kind": (
        "What it is",
        "mfp",
        ("mfp", "scanner", "nas", "ups", "bmc", "plc", "camera", "iot", "library", "app", "mta",
         "monitoring"),
    ),
    "greets": ("How it greets", "EHLO", ("EHLO", "HELO")),
    "hello_name": ("The name in its greeting", "device", ()),
    "encryption": (
        "Encryption that can be set", "starttls", ("starttls", "ssl", "opportunistic", "never"),
    ),
    "signs_in": ("Mechanisms that it signs in with, in order, or none", "LOGIN", ()),
    "sender": ("Its sender: an address of its own, its login, or host@domain", "address",
               ("address", "login", "host")),
}  # fmt: skip
