"""Profile files: what one may say, what is wrong with it and where, and what it is read into."""

from pathlib import Path

import pytest
from fake_exo_harness import devices
from fake_exo_harness.devices import (
    DeviceError,
    Profile,
    filled_pages,
    names,
    profiles,
    read_profile,
)
from fake_exo_harness.devices.jobs import Job
from fake_exo_harness.scenario import ScenarioError, load_file

HEAD = "vendor: V\nmodel: M\nkind: mfp\nconfidence: low\n"


def read(folder: Path, text: str, head: str = HEAD) -> Profile:
    path = folder / "x.yaml"
    path.write_text(head + text + "\n", "utf-8")
    return read_profile(path)


def refused(folder: Path, text: str, head: str = HEAD) -> list[str]:
    """The problems of a file, without their folder."""
    with pytest.raises(ScenarioError) as caught:
        read(folder, text, head)
    found = caught.value.problems
    return [f"{p.place.path.name}:{p.place.line}: {p.cause}; {p.remedy}" for p in found]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello: {frist: HELO}", '"frist" is not a key here; did you mean "first"?'),
        ("hello: {first: HALO}", '"HALO" is not known here; did you mean "HELO"?'),
        ("hello: {fallback_on: soon}", '"soon": a whole number is wanted; '),
        ("tls: {policy: blnid}", '"blnid" is not known here; did you mean "blind"?'),
        ("tls: {maximum: 1.4}", '"1.4" is not known here; did you mean "1.3"?'),
        ("auth: {order: [LOGON]}", '"LOGON" is not known here; did you mean "LOGIN"?'),
        ("auth: {order: LOGIN}", "a list is wanted here; begin each entry with a dash"),
        ("envelope: {mail_form: a}", '"mail_form" is not a key here; did you mean "mail_from"?'),
        (
            'envelope: {mail_from: "{from_adress}"}',
            'no setting of this profile is named "from_adress"; did you mean "from_address"?',
        ),
        (
            'envelope: {mail_from: {use: a, when: {tsl: "off"}}}',
            'no setting of this profile is named "tsl"; did you mean "tls"?',
        ),
        (
            "rcpt: {pipelining: wiht-data}",
            '"wiht-data" is not known here; did you mean "with-data"?',
        ),
        ("host: {cache: fore-ver}", '"fore-ver" is not known here; did you mean "for-ever"?'),
        ("timeouts: {conect: 5}", '"conect" is not a key here; did you mean "connect"?'),
        ("timeouts: {connect: soon}", '"soon": a duration is wanted, like "24h", "90m", "5s" or '),
        ("retry: 2", 'a mapping is wanted here; write "key: value" lines'),
        ("settings: {p: {typ: port}}", '"typ" is not a key here; did you mean "type"?'),
        ("settings: {p: {type: prot}}", '"prot" is not known here; did you mean "port"?'),
        ("settings: {tls: {type: tls, options: {Auto: sll}}}", '"sll" is not known here; did you'),
        ("messages: {rctp: no}", 'no stage is named "rctp"; did you mean "rcpt"?'),
        ("close: abrubt", '"abrubt" is not known here; did you mean "abrupt"?'),
        ("hallo: {first: HELO}", '"hallo" is not a key here; did you mean "hello"?'),
        ("like: telnett", 'no device profile is named "telnett"; did you mean "telnet"?'),
        ("panel: [{page: P, field: []}]", '"field" is not a key here; did you mean "fields"?'),
        (
            "panel: [{page: P, fields: [{setting: prot}]}]",
            'no setting of this profile is named "prot"; did you mean "port"?',
        ),
        (
            "panel: [{page: P, fields: [{setting: port, label: Port}]}]",
            "a field of a setting has the label of the setting, and its value; leave out label:",
        ),
        ("panel: [{page: P, fields: [{note: x}]}]", "setting: or label: is missing here; which"),
        ("hello: {after_tsl: false}", '"after_tsl" is not a key here; did you mean "after_tls"?'),
        ("tls: {by_port: {0: off}}", '"0": a port is 1 to 65535; '),
        ("tls: {by_port: {25: start}}", '"start" is not known here; did you mean "starttls"?'),
        ("auth: {after: {54: next}}", '"54": a reply code is 200 to 599; '),
        ("auth: {after: {504: net}}", '"net" is not known here; did you mean "next"?'),
        ("data: {encoding: bas64}", '"bas64" is not known here; did you mean "base64"?'),
        ("retry: {wait: [5m, soon]}", '"soon": a duration is wanted, like "24h", "90m", "5s" or'),
        ("basic_ends: {then: stop}", '"stop" is not known here; did you mean "stops"?'),
        ("reactions: [{at: mial, does: fail}]", '"mial" is not known here; did you mean "mail"?'),
        ("reactions: [{at: mail, codes: 550}]", "does: or show: is missing here; say what it doe"),
        ("reactions: [{at: rcpt, does: secure}]", "secure is done at mail only; say at: mail"),
        (
            'data: {subject: "{sbject}"}',
            'nothing is named "{sbject}" here; did you mean "sub',
        ),
        (
            'data: {headers: {X-A: "{hots}"}}',
            'nothing is named "{hots}" here; did you mean "ho',
        ),
        ('messages: {auth: "E{cdoe}"}', 'nothing is named "{cdoe}" here; did you mean "code"?'),
        ('reactions: [{show: "{cdoe}"}]', 'nothing is named "{cdoe}" here; did you mean "code"?'),
        ('hello: {name: "{ip}"}', 'nothing is named "{ip}" here; valid are: smtp_server, port, '),
        ("date: last year", '"last year": a year, month or day is wanted, like 2022 or 2026-11-'),
        ("test: hallo", '"hallo" is not known here; did you mean "hello"?'),
    ],
)
def test_what_is_misspelt_is_said_with_its_line_and_the_nearest_word(
    text: str, why: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, text)[0].startswith(f"x.yaml:5: {why}")


def test_all_errors_are_told_at_once_those_of_what_it_is_like_too(tmp_path: Path) -> None:
    (tmp_path / "y.yaml").write_text(HEAD + "timeouts: {reply: soon}\n", "utf-8")
    text = "like: {file: y.yaml}\nhello: {frist: HELO}\ndata: {eol: cr}"
    places = [each.split(": ")[0] for each in refused(tmp_path, text)]
    assert sorted(places) == ["x.yaml:6", "x.yaml:7", "y.yaml:5"]


@pytest.mark.parametrize("missing", ["vendor", "model", "kind", "confidence"])
def test_what_a_profile_needs_is_named_when_it_is_missing(missing: str, tmp_path: Path) -> None:
    kept = "".join(line for line in HEAD.splitlines(True) if not line.startswith(missing))
    assert refused(tmp_path, "close: abrupt", kept) == [f'x.yaml:1: "{missing}" is missing here; ']


def test_a_misspelt_key_is_not_told_as_missing_too(tmp_path: Path) -> None:
    wrong = HEAD.replace("vendor", "vendro")
    assert refused(tmp_path, "", wrong) == [
        'x.yaml:1: "vendro" is not a key here; did you mean "vendor"?'
    ]


def test_profiles_that_are_like_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "y.yaml").write_text("like: {file: x.yaml}\n", "utf-8")
    (why,) = refused(tmp_path, "like: {file: y.yaml}")
    assert why == "y.yaml:1: like goes round in circles: x, y; "


def test_what_is_like_another_takes_its_sections_key_by_key(tmp_path: Path) -> None:
    (tmp_path / "y.yaml").write_text(HEAD + "timeouts: {connect: 7s}\n", "utf-8")
    found = read(tmp_path, "like: {file: y.yaml}\nmodel: N\ntimeouts: {reply: 5}", "")
    assert (found.id, found.vendor, found.model) == ("x", "V", "N")
    assert (found.timeouts.connect, found.timeouts.reply, found.timeouts.final) == (7, 5, 300)


def test_a_setting_of_no_value_is_none_of_the_device(tmp_path: Path) -> None:
    found = read(tmp_path, "settings: {timeout: null}")
    assert "timeout" not in found.settings
    with pytest.raises(DeviceError, match='x has no setting "timeout"'):
        devices.configure(found, {"timeout": 5})


def test_what_stands_on_the_page_is_taken_as_well_as_what_it_means(tmp_path: Path) -> None:
    found = read(
        tmp_path, 'settings: {tls: {type: tls, options: {"Never": "off", Always: starttls}}}'
    )
    for entered in ("Always", "always", "starttls"):
        assert devices.configure(found, {"tls": entered}).options.text("tls") == "starttls"
    with pytest.raises(DeviceError, match=r"it offers: Never \(off\), Always \(starttls\)"):
        devices.configure(found, {"tls": "ssl"})


def test_pages_show_what_was_entered_in_the_words_of_the_device() -> None:
    settings = {"smtp_server": "smtp.office365.com", "tls": "starttls", "port": 587}
    first = filled_pages(devices.profile("konica-bizhub-c220"), settings)[0]
    assert first.page == "Network > E-Mail > E-Mail TX (SMTP)"
    told = [(field.label, field.value, field.entered) for field in first.fields[:4]]
    assert told == [
        ("E-Mail TX Setting", "ON", True),
        ("SMTP Server Address", "smtp.office365.com", True),
        ("Use SSL/TLS", "Start TLS", True),
        ("Port No.", "587", True),
    ]


def test_a_scenario_takes_a_profile_of_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "scanbox.yaml").write_text(HEAD + "hello: {name: scanbox}\n", "utf-8")
    file = tmp_path / "a.exo.yaml"
    text = "scenario: a\ntenant: {name: contoso}\ndevice: {profile: {file: scanbox.yaml}}\n"
    file.write_text(text + "when: [{test: {}}]\nthen: [{accepted: 0}]\n", "utf-8")
    (scenario,) = load_file(file)
    assert scenario.devices["device"].profile.hello.name == "scanbox"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{file: scanbocks.yaml}", r"a.exo.yaml:3:19: there is no file scanbocks.yaml"),
        ("{fiel: scanbox.yaml}", r'a.exo.yaml:3:20: "fiel" is not a key here; did you mean "fi'),
        ("telnett", r'no device profile is named "telnett"; did you mean "telnet"?'),
        ("{file: wrong.yaml}", r'wrong.yaml:5:10: "nmae" is not a key here; did you mean "name"'),
    ],
)
def test_a_scenario_tells_what_is_wrong_with_its_profile(
    said: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / "wrong.yaml").write_text(HEAD + "hello: { nmae: scanbox}\n", "utf-8")
    file = tmp_path / "a.exo.yaml"
    text = f"scenario: a\ntenant: {{name: contoso}}\ndevice: {{profile: {said}}}\n"
    file.write_text(text + "when: [{test: {}}]\nthen: [{accepted: 0}]\n", "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_file(file)
    assert why in str(caught.value)


def test_what_comes_with_the_package_has_sources_and_the_date_of_them() -> None:
    assert [p.id for p in profiles().values() if not p.sources or not p.date] == []


@pytest.mark.parametrize("name", names())
def test_what_becomes_of_a_bundled_device_without_passwords_is_said_in_its_own_file(
    name: str,
) -> None:
    assert "\nbasic_ends: {then: " in names()[name].read_text("utf-8")


def test_the_empty_sender_is_one(tmp_path: Path) -> None:
    found = read(tmp_path, 'envelope: {mail_from: "<>"}\nends_after: sender')
    assert devices.configure(found, {}).sender(Job(("ann@contoso.com",))) == ""


def test_what_nobody_enters_is_as_the_device_has_it_null_too() -> None:
    konica = devices.profile("konica-bizhub-c220")
    entered = devices.configure(konica, {"timeout": None, "hello_name": None}).options
    assert (entered.values["timeout"], "hello_name" in entered.values) == (60, False)
