"""Profiles of devices: what a file may say, and what is wrong with it."""

import pytest
import yaml
from fake_exo_harness.devices.profiles import DeviceError, Profile, profiles, read_profiles

DEFAULTS = """
hello: {first: EHLO, fallback: HELO, fallback_on: any, name: device, lower_case: false}
tls: {policy: configurable, minimum: "1.2", maximum: "1.3", verify: false, probe: false, clock_wrong: false, leaf_only: false}
auth: {order: [LOGIN], initial_response: {LOGIN: false}, not_advertised: skip, on_504: fail, on_535: fail, lower_case: false, strict_prompts: false, only_over_tls: false}
envelope: {mail_from: from_address, header_from: from_address, size: false, brackets: true}
rcpt: {pipelining: false, on_reject: continue}
data: {date: true, message_id: false, eol: crlf, final_dot: true, chunking: false, long_line: false, brackets: true}
host: {lookup: a, cache: none, search: "", ipv6_first: false, addresses: 1}
timeouts: {connect: 60, reply: 60, final: 300}
retry: {attempts: 1, wait: 60, clear_text_after_tls_failure: false}
close: quit_and_wait
settings: {smtp_server: {label: Server, type: text}}
messages: {default: Error}
"""  # noqa: E501
HEAD = "vendor: V, model: M, kind: mfp, confidence: low"


def read(entry: str, *others: str) -> Profile:
    rows = [yaml.safe_load(text) for text in (entry, *others)]
    return read_profiles({"defaults": yaml.safe_load(DEFAULTS), "profiles": rows})["x"]


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ("hello: {frist: HELO}", 'x: hello: frist: unknown key; did you mean "first"?'),
        ("hello: {first: HALO}", "x: hello: first: HALO is none of EHLO, HELO"),
        ("tls: {policy: sometimes}", "x: tls: policy: sometimes is none of never, configurable"),
        ("tls: {maximum: 1.3}", "x: tls: maximum: 1.3 is none of 1.0, 1.1, 1.2, 1.3"),
        ("auth: {order: [LOGON]}", "x: auth: order: LOGON: no such mechanism"),
        ("auth: {order: LOGIN}", "x: auth: order: LOGIN is not a list of mechanisms"),
        ("auth: {on_535: retry}", "x: auth: on_535: retry is none of continue, next, fail"),
        ("envelope: {mail_form: user_name}", 'x: envelope: mail_form: unknown key; did you mean'),
        ("rcpt: {pipelining: maybe}", "x: rcpt: pipelining: maybe is not true or false"),
        ("data: {chunked: true}", 'x: data: chunked: unknown key; did you mean "chunking"?'),
        ("host: {cache: always}", "x: host: cache: always is none of none, ttl, for-ever"),
        ("timeouts: {conect: 5}", 'x: timeouts: conect: unknown key; did you mean "connect"?'),
        ("timeouts: {connect: soon}", "x: timeouts: connect: soon is not a number from 0 on"),
        ("retry: {attempt: 2}", 'x: retry: attempt: unknown key; did you mean "attempts"?'),
        ("retry: 2", "x: retry: 2 is not a mapping"),
        ("settings: {p: {typ: port}}", 'x: settings: p: typ: unknown key; did you mean "type"?'),
        ("settings: {p: {type: prot}}", "x: settings: p: type: prot is none of text, seconds"),
        ("messages: {rctp: no}", 'x: messages: rctp: unknown key; did you mean "rcpt"?'),
        ("close: slam", "x: close: slam is none of quit_and_wait, quit_no_wait, abrupt"),
        ("hallo: {first: HELO}", 'x: unknown key hallo; did you mean "hello"?'),
    ],
)  # fmt: skip
def test_what_is_misspelt_is_said_with_its_place(section: str, why: str) -> None:
    with pytest.raises(DeviceError) as refused:
        read(f"{{id: x, {HEAD}, {section}}}")
    assert why in str(refused.value)


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(DeviceError) as refused:
        read(f"{{id: x, {HEAD}, hello: {{frist: HELO}}, data: {{eol: cr}}}}", "{id: y, like: z}")
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize("missing", ["vendor", "model", "kind", "confidence"])
def test_what_an_entry_needs_is_named_when_it_is_missing(missing: str) -> None:
    kept = ", ".join(part for part in HEAD.split(", ") if not part.startswith(missing))
    with pytest.raises(DeviceError, match=f"x: {missing} is missing"):
        read(f"{{id: x, {kept}}}")


def test_an_entry_without_sources_has_none_and_one_without_id_is_refused() -> None:
    assert read(f"{{id: x, {HEAD}}}").sources == ()
    with pytest.raises(DeviceError, match="an entry has no id"):
        read(f"{{id: x, {HEAD}}}", f"{{{HEAD}}}")


def test_profiles_that_are_like_each_other_are_refused() -> None:
    with pytest.raises(DeviceError, match="x: like goes round in circles: x, y"):
        read(f"{{id: x, {HEAD}, like: y}}", "{id: y, like: x}")


def test_what_is_like_another_takes_its_sections_key_by_key() -> None:
    found = read(
        "{id: x, like: y, model: N, timeouts: {reply: 5}}",
        f"{{id: y, {HEAD}, timeouts: {{connect: 7}}}}",
    )
    assert (found.vendor, found.model) == ("V", "N")
    assert found.timeouts == {"connect": 7, "reply": 5, "final": 300}


def test_what_comes_with_the_package_has_sources() -> None:
    assert [p.id for p in profiles().values() if not p.sources] == []
