"""The HTTP interface: what came and why, waits, what administrators change, and who may ask."""

import http.client
import http.server
import json
import smtplib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fake_exo import record
from tests.wire.api_client import USER, Answer, Served, serving


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    with serving() as served:
        yield served


@pytest.fixture
def served(running: Served) -> Served:
    """One fake for all, as it was in the beginning."""
    assert running.ask("POST", "/reset", {}).status == 200
    running.ask("DELETE", "/faults")
    return running


# ---- what came -----------------------------------------------------------------------------------


def test_a_message_is_shown_with_the_end_of_each_copy_its_header_and_its_parts(
    served: Served,
) -> None:
    served.submit("ann@contoso.com", "=?utf-8?q?Z=C3=A4hler?= 7", "hi Ann")
    (row,) = served.get("/messages")["items"]
    found = served.get(f"/messages/{row['number']}")
    assert (row["subject"], row["user"], row["fates"]) == ("Zähler 7", USER, ["delivered"])
    (copy,) = found["copies"]
    assert (copy["recipient"], copy["folder"]) == ("ann@contoso.com", "Inbox")
    fields = {field["name"]: field["value"] for field in found["headers"]}
    assert fields["X-MS-Exchange-Organization-AuthAs"] == "Internal"
    assert [part["text"] for part in found["parts"]] == ["hi Ann\n"]
    raw = served.ask("GET", f"/messages/{row['number']}/raw")
    assert raw.body.endswith(b"Subject: =?utf-8?q?Z=C3=A4hler?= 7\r\n\r\nhi Ann\r\n")


def test_an_attachment_is_a_download_that_no_browser_shows(served: Served) -> None:
    page = "<script>alert(1)</script>"
    mime = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n"
    part = 'Content-Type: text/html; name="a.html"\r\nContent-Disposition: attachment\r\n\r\n'
    served.deliver("ann@contoso.com", f"From: a@else.example\r\n{mime}--b\r\n{part}{page}\r\n--b--")
    (row,) = served.get("/messages?query=has:attachment")["items"]
    parts = served.get(f"/messages/{row['number']}")["parts"]
    assert [(part["filename"], part["attachment"]) for part in parts] == [
        ("", False),
        ("a.html", True),
    ]
    found = served.ask("GET", f"/messages/{row['number']}/parts/1")
    assert found.body == page.encode()
    assert found.headers["content-type"] == "application/octet-stream"
    assert found.headers["content-disposition"] == "attachment; filename*=UTF-8''a.html"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert served.ask("GET", f"/messages/{row['number']}/parts/9").status == 404


def test_a_refused_session_has_its_dialogue_the_rule_and_what_to_change(served: Served) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        served.deliver("x@customer.example", "hi")
    assert served.ask("POST", "/wait", {"then": [{"no_reply": "DATA"}]}).status == 200
    (row,) = served.get("/sessions?query=ended:refused")["items"]
    assert row["reply"].startswith("550 5.7.64 TenantAttribution; Relay Access Denied")
    assert row["rule"] == "rcpt.relay.no-connector"
    found = served.get(f"/sessions/{row['number']}")
    said = [line["text"] for line in found["lines"] if line["side"] == "C"]
    assert "rcpt TO:<x@customer.example>" in said
    rules = {rule["rule"]: rule for rule in found["rules"]}
    assert rules["rcpt.relay.no-connector"]["fix"].startswith("Add the public address")
    assert any("192.0.2.1" in verb for verb in rules["rcpt.relay.no-connector"]["verbs"])


def test_credentials_are_in_no_answer(served: Served) -> None:
    served.submit("ann@contoso.com")
    number = served.get("/sessions")["items"][0]["number"]
    events = served.ask("GET", "/events?since=0&follow=false").body
    for found in (served.ask("GET", f"/sessions/{number}").body, events):
        assert b"(credentials)" in found
        assert b"U2NhbjJNYWlsIQ==" not in found


def test_a_bounce_is_reported_to_the_sender(served: Served) -> None:
    served.submit("nobody@contoso.com")
    wanted = {"then": [{"report": {"kind": "failed", "to": USER}}], "within": "10s"}
    assert served.ask("POST", "/wait", wanted).json["met"] is True
    (row,) = served.get("/reports")["items"]
    assert (row["kind"], row["to"]) == ("failed", USER)
    assert row["copies"][0]["detail"] == (
        "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; "
        "Recipient not found by SMTP address lookup'"
    )
    assert "5.1.10" in served.get(f"/reports/{row['number']}")["text"]


def test_questions_to_the_dns_and_what_is_used_of_limits_are_shown(served: Served) -> None:
    served.world.lookup("contoso.com", "MX")
    served.submit("x@customer.example")
    (query,) = served.get("/dns/queries")["items"]
    assert (query["name"], query["type"], query["rcode"]) == ("contoso.com", "MX", "NOERROR")
    used = {row["limit"]: row for row in served.get("/usage")}
    assert (used["submission.recipients_per_day"]["used"]) == 1
    assert used["submission.recipients_per_day"]["most"] == 10_000


@pytest.mark.parametrize(
    ("query", "subjects"),
    [("subject:two", ["two"]), ("-subject:two", ["three", "one"]), ("to:ann body", ["two", "one"]),
     ('"a body"', ["three", "two", "one"]), ("fate:sent-out", ["three"]),
     ("from:scanner one", ["one"]),
     ("user:scanner -to:ann", ["three"]), ("client:192.0.2. subject:T", ["three", "two"])],
)  # fmt: skip
def test_messages_are_searched(served: Served, query: str, subjects: list[str]) -> None:
    for subject, to in (("one", "ann@"), ("two", "ann@"), ("three", "x@")):
        domain = "customer.example" if to == "x@" else "contoso.com"
        served.submit(f"{to}{domain}", subject, "a body")
    served.ask("POST", "/wait", {"then": [{"accepted": 3}]})
    asked = query.replace(" ", "%20").replace('"', "%22")
    found = served.get(f"/messages?query={asked}")
    assert [row["subject"] for row in found["items"]] == subjects


def test_pages_go_on_where_the_one_before_ended(served: Served) -> None:
    for number in range(3):
        served.submit("ann@contoso.com", f"m{number}")
    first = served.get("/messages?limit=2")
    second = served.get(f"/messages?limit=2&before={first['next']}")
    subjects = [[row["subject"] for row in page["items"]] for page in (first, second)]
    assert (subjects, second["next"]) == ([["m2", "m1"], ["m0"]], None)


def test_what_is_deleted_is_gone_and_nothing_else(served: Served) -> None:
    for subject in ("a", "b", "c"):
        served.submit("ann@contoso.com", subject)
    number = served.get("/messages?query=subject:a")["items"][0]["number"]
    assert served.ask("DELETE", f"/messages/{number}").json == {"deleted": 1}
    assert served.ask("GET", f"/messages/{number}").status == 404
    assert served.ask("DELETE", "/messages?query=subject:b").json == {"deleted": 1}
    assert [row["subject"] for row in served.get("/messages")["items"]] == ["c"]


# ---- waits ---------------------------------------------------------------------------------------


def test_a_wait_ends_when_the_mail_has_come(served: Served) -> None:
    with ThreadPoolExecutor(1) as pool:
        wanted = {"then": [{"delivered": "ann@contoso.com"}], "query": "subject:late", "within": 20}
        waiting = pool.submit(served.ask, "POST", "/wait", wanted)
        served.submit("ann@contoso.com", "other")
        assert not waiting.done()
        served.submit("ann@contoso.com", "late")
        found = waiting.result(20)
    assert found.status == 200
    assert [row["subject"] for row in found.json["messages"]] == ["late"]


def test_a_wait_in_vain_says_what_is_different_why_and_the_fix(served: Served) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        served.deliver("x@customer.example", "hi")
    wanted = {"then": [{"reply": {"to": "RCPT", "code": 250}}], "within": "0s"}
    found = served.ask("POST", "/wait", wanted)
    assert (found.status, found.json["met"]) == (409, False)
    (difference,) = found.json["differences"]
    assert difference["expected"] == "250"
    assert difference["got"].startswith("550 5.7.64")
    assert difference["fix"].startswith("Add the public address")


def test_a_wait_does_not_count_what_came_before_its_mark(served: Served) -> None:
    served.submit("ann@contoso.com")
    mark = served.get("/worlds")[0]["mark"]
    wanted: dict[str, Any] = {"then": [{"delivered": "ann@contoso.com"}], "within": 0}
    assert served.ask("POST", "/wait", wanted).status == 200
    assert served.ask("POST", "/wait", {**wanted, "since": mark}).status == 409


def test_what_a_session_can_still_undo_is_judged_when_it_has_ended(served: Served) -> None:
    network = served.world.network
    wanted = {"then": [{"clear_text": "nothing"}], "within": 0}
    with smtplib.SMTP(network.host, network.mx_port) as client:
        client.ehlo()
        assert served.ask("POST", "/wait", wanted).status == 409
    assert served.ask("POST", "/wait", {**wanted, "within": 10}).status == 200


def test_a_wait_for_the_world_counts_all_sessions(served: Served) -> None:
    for _ in range(2):
        served.submit("x@customer.example")
    usage = {"of": USER, "limit": "submission.recipients_per_day", "used": 2}
    wanted = {"then": [{"accepted": 2}, {"usage": usage}], "within": 5}
    assert served.ask("POST", "/wait", wanted).status == 200


@pytest.mark.parametrize(
    ("body", "place", "cause"),
    [({"then": [{"device": {"sent": True}}]}, "/then/0", "device: is what a device knows"),
     ({"then": [{"reply": {"to": "RCPT", "job": 2}}]}, "/then/0/reply/job", "here are no jobs"),
     ({"then": [{"reply": {"to": "RCPT", "kode": 2}}]}, "/then/0/reply/kode",
      '"kode" is not a key'),
     ({"then": [{"delivered": "ann"}]}, "/then/0/delivered", "a mail address is wanted"),
     ({"within": 5}, "", "nothing is waited for"),
     ({"then": [], "within": "1h"}, "/within", "no wait is longer than 300 seconds"),
     ({"than": []}, "/than", "the key 'than' is not known")],
)  # fmt: skip
def test_a_wait_that_cannot_be_judged_is_refused_with_its_place(
    served: Served, body: object, place: str, cause: str
) -> None:
    found = served.ask("POST", "/wait", body)
    assert found.status == 400
    assert found.json["problems"][0]["place"] == place
    assert cause in found.causes


def test_fifty_wait_at_once_and_each_gets_its_own(served: Served) -> None:
    def waits(number: int) -> Answer:
        wanted = {"query": f"subject:n{number}-", "within": 60}
        return served.ask("POST", "/wait", wanted)

    with ThreadPoolExecutor(50) as pool:
        waiting = [pool.submit(waits, number) for number in range(50)]
        for number in range(50):
            served.submit("ann@contoso.com", f"n{number}-")
        found = [each.result(60).json for each in waiting]
    assert [row["messages"][0]["subject"] for row in found] == [f"n{n}-" for n in range(50)]


# ---- events --------------------------------------------------------------------------------------


def lines_of(served: Served, path: str, headers: dict[str, str], until: str) -> list[str]:
    """The lines of a stream up to the first that begins so."""
    connection = http.client.HTTPConnection("127.0.0.1", served.api.port, timeout=20)
    connection.request("GET", f"/api/v1{path}", headers=headers)
    response, lines = connection.getresponse(), list[str]()
    while not lines or not lines[-1].startswith(until):
        lines.append(response.readline().decode().rstrip("\n"))
    connection.close()
    return lines


def test_events_come_as_they_happen_and_a_reader_goes_on_where_he_was(served: Served) -> None:
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(
            lines_of, served, "/events?kinds=accepted,settled", {}, "event: settled"
        )
        while not reading.done():
            served.submit("ann@contoso.com", "told")
        lines = reading.result()
    kinds = [line for line in lines if line.startswith("event:")]
    assert kinds[0] == "event: accepted"
    last = next(line for line in lines if line.startswith("id: ")).removeprefix("id: ")
    back = lines_of(served, "/events?since=0", {"Last-Event-ID": last}, "id: ")
    assert back[-1] == f"id: {int(last) + 1}"


def test_who_was_away_too_long_hears_of_a_gap() -> None:
    with serving(keep=50) as small:
        for _ in range(4):
            small.submit("ann@contoso.com")
        events = small.ask("GET", "/events?since=0&follow=false").body.decode()
        kept = small.world.ledger
    assert f'"kind": "gap", "missed": {kept.oldest}' in events
    assert events.count("\nid: ") == len(kept) + 1


class Heard(http.server.BaseHTTPRequestHandler):
    events: "list[Any]" = []  # noqa: RUF012 - of the class, that the test reads
    failures = 1

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        first, Heard.failures = Heard.failures, 0
        if not first:
            Heard.events.append(body)
        self.send_response(500 if first else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


def test_a_webhook_is_told_also_when_it_fails_once(served: Served) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Heard) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{listener.server_port}/mail"
        made = served.ask("POST", "/webhooks", {"url": url, "kinds": ["accepted"]})
        assert made.status == 201
        served.submit("ann@contoso.com", "told")
        limit = time.monotonic() + 20
        while not Heard.events and time.monotonic() < limit:
            served.ask("POST", "/wait", {"messages": 9, "within": "100ms"})
        number = made.json["number"]
        (hook,) = served.get("/webhooks")
        assert served.ask("DELETE", f"/webhooks/{number}").status == 200
        listener.shutdown()
    assert [event["message"]["subject"] for event in Heard.events] == ["told"]
    assert (hook["sent"], hook["failed"], hook["problem"]) == (1, 0, "answered HTTP/1.0 500")


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "file:///etc/passwd", "http://", 7, None])
def test_a_webhook_is_an_http_address(served: Served, url: object) -> None:
    assert served.ask("POST", "/webhooks", {"url": url}).status == 400


# ---- administrators ------------------------------------------------------------------------------


def test_a_change_is_seen_by_the_next_session(served: Served) -> None:
    addresses = ["192.0.2.1"]
    connector = {"name": "Office", "connector_type": "OnPremises", "sender_ip_addresses": addresses}
    done = served.ask("POST", "/do", {"change": {"connector": connector}})
    assert done.json["done"].startswith("connector Office of contoso is changed")
    served.deliver("x@customer.example", "From: scanner@contoso.com\r\n\r\nhi", USER)
    wanted = {"then": [{"sent_out": "x@customer.example"}], "within": 5}
    assert served.ask("POST", "/wait", wanted).status == 200
    addresses[:] = ["203.0.113.7"]
    assert served.ask("POST", "/do", {"change": {"connector": connector}}).status == 200


def test_a_listed_address_is_refused_until_it_is_off_the_list(served: Served) -> None:
    assert served.ask("POST", "/do", {"block": {"address": "192.0.2.1"}}).status == 200
    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused)):
        served.deliver("ann@contoso.com", "From: a@else.example\r\n\r\nhi")
    asked = served.ask("POST", "/do", {"delist": {"address": "192.0.2.1"}})
    assert asked.json["answer"] == "removed within 24 hours after the confirmation link"
    assert served.ask("POST", "/clock", {"advance": "25h"}).status == 200
    served.deliver("ann@contoso.com", "From: a@else.example\r\n\r\nhi")


def test_a_published_zone_is_answered(served: Served) -> None:
    records = [{"name": "@", "type": "A", "data": "203.0.113.9"}]
    zone = {"zone": "new.example", "records": records}
    assert served.ask("POST", "/do", {"publish": zone}).status == 200
    (answer,) = served.world.lookup("new.example", "A").answers
    assert answer == record("@", "A", "203.0.113.9", 3600, "new.example")


@pytest.mark.parametrize(
    "body",
    [{"run": "id"}, {"send": {"to": "a@b.example"}}, {"settings": {"port": 25}}, {"restart": "x"},
     {"publish": {"zone": "a.example", "file": "/etc/passwd"}}, {"scan": {"to": "a@b.example"}},
     {"say": ["QUIT"]}, {"retire": "192.0.2.1"}, {}, [], None, "run",
     {"block": {"address": "192.0.2.1"}, "delist": {"address": "192.0.2.1"}},
     {"change": {"mailbox": {"address": "a@b.example"}, "include": "x.yaml"}}],
)  # fmt: skip
def test_nothing_else_is_done_for_anybody(served: Served, body: object) -> None:
    assert served.ask("POST", "/do", body).status in (400, 415)


def test_a_fault_is_injected_and_taken_back(served: Served) -> None:
    fault = {"at": "mail", "text": "451 4.3.2 busy", "times": None}
    assert served.ask("POST", "/faults", fault).status == 201
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        served.submit("ann@contoso.com")
    assert refused.value.args[0] == 451
    assert served.get("/faults") == [{"of": "dialogue", "fault": fault}]
    assert served.ask("DELETE", "/faults").json == {"deleted": 1}
    served.submit("ann@contoso.com")
    bad = served.ask("POST", "/faults", {"at": "banner", "does": "unreachable"})
    assert (bad.status, "over sockets nobody can" in bad.causes) == (400, True)


def test_the_clock_stands_still_and_goes_on(served: Served) -> None:
    still = served.ask("POST", "/clock", {"follow": "nothing"}).json
    assert served.get("/clock") == still
    later = served.ask("POST", "/clock", {"advance": "1h"}).json["now"]
    assert int(later[11:13]) == (int(still["now"][11:13]) + 1) % 24
    assert served.ask("POST", "/clock", {"follow": "real"}).json["follows"] == "real"
    assert served.get("/clock")["now"] >= later


# ---- worlds --------------------------------------------------------------------------------------


def test_worlds_beside_each_other_see_nothing_of_one_another(served: Served) -> None:
    made = served.ask("POST", "/worlds", {"name": "gw1"})
    assert made.status == 201
    other = served.api.worlds.by_name["gw1"].world
    served.submit("ann@contoso.com", "theirs", world=other)
    served.ask("POST", "/worlds/gw1/faults", {"at": "mail", "text": "451 4.3.2 no"})
    assert [row["subject"] for row in served.get("/worlds/gw1/messages")["items"]] == ["theirs"]
    assert served.get("/messages")["items"] == []
    served.submit("ann@contoso.com", "ours")
    assert served.ask("DELETE", "/worlds/gw1").status == 200
    assert served.ask("GET", "/worlds/gw1/messages").status == 404
    assert served.ask("DELETE", "/worlds/default").status == 409


def test_a_world_has_tenants_of_its_own_and_bad_ones_are_told(served: Served) -> None:
    tenant = {"name": "fabrikam", "accepted_domains": [{"name": "fabrikam.com", "default": True}]}
    made = served.ask("POST", "/worlds", {"name": "w", "tenants": [tenant], "as_of": "2026-03-01"})
    assert (made.json["tenants"], made.json["day"]) == (["fabrikam"], "2026-03-01")
    served.ask("DELETE", "/worlds/w")
    tenant["include"] = "/etc/passwd"
    found = served.ask("POST", "/worlds", {"name": "w", "tenants": [tenant]})
    assert found.json["problems"][0]["place"] == "/tenants/0/include"
    assert served.ask("POST", "/worlds", {"name": "No!"}).status == 400


# ---- who may ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8025", 200), ("127.0.0.1", 200), ("[::1]:1", 200), ("exo.test", 200),
     ("exo", 200), ("host.docker.internal:80", 200), ("a.localhost", 200),
     ("evil.example", 421), ("exo.test.evil.example", 421), ("", 421), ("localhost.evil.com", 421)],
)  # fmt: skip
def test_a_name_that_is_not_this_machines_is_turned_away(
    served: Served, host: str, status: int
) -> None:
    assert served.ask("GET", "//livez", Host=host).status == status


def test_another_page_is_turned_away_and_the_fakes_own_is_not(served: Served) -> None:
    own = {"Host": "localhost:8025", "Origin": "http://localhost:8025"}
    assert served.ask("GET", "/messages", **own).status == 200
    for origin in ("http://evil.example", "null", "http://localhost:9", "https://[bad"):
        assert served.ask("GET", "/messages", **{**own, "Origin": origin}).status == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_changes_are_json(served: Served, kind: str) -> None:
    found = served.ask("POST", "/reset", {}, **{"Content-Type": kind})
    assert (found.status, found.causes) == (415, "changes are JSON")


def test_a_body_that_is_none_is_told(served: Served) -> None:
    for body in (b"{", b'{"a": NaN}', b"[" * 100_000, b"\xff"):
        connection = http.client.HTTPConnection("127.0.0.1", served.api.port, timeout=20)
        connection.request("POST", "/api/v1/do", body, {"Content-Type": "application/json"})
        assert connection.getresponse().status == 400
        connection.close()


def test_a_body_too_large_is_not_read(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.api.port, timeout=20)
    connection.putrequest("POST", "/api/v1/do")
    for name, value in (("Content-Type", "application/json"), ("Content-Length", "9000000")):
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_with_a_token_nobody_asks_without_it_and_a_link_opens_once() -> None:
    with serving(token="s3cret") as kept:
        assert kept.ask("GET", "//livez").status == 200
        assert kept.ask("GET", "/messages").status == 401
        assert kept.ask("GET", "/messages", Authorization="Bearer wrong").status == 401
        assert kept.ask("GET", "/messages", Authorization="Bearer s3cret").status == 200
        connection = http.client.HTTPConnection("127.0.0.1", kept.api.port, timeout=20)
        path = kept.api.link.removeprefix(kept.api.url)
        answers = []
        for _ in range(2):
            connection.request("GET", path)
            answer = connection.getresponse()
            answers.append((answer.status, answer.getheader("set-cookie") or ""))
            answer.read()
        connection.close()
        cookie = answers[0][1]
        assert [status for status, _ in answers] == [303, 403]
        assert "httponly" in cookie.lower()
        assert "samesite=strict" in cookie.lower()
        assert kept.ask("GET", "/messages", Cookie=cookie.partition(";")[0]).status == 200


def test_what_there_is_not_is_told_as_all_else(served: Served) -> None:
    for method, path, status in (
        ("GET", "/nothing", 404), ("PUT", "/messages", 405), ("GET", "/sessions/999999", 404),
        ("GET", "/messages?nope=1", 400), ("GET", "/messages?limit=0", 400),
        ("GET", "/messages/x", 400), ("GET", "/events?kinds=nope", 400),
    ):  # fmt: skip
        headers = {"Content-Type": "application/json"} if method == "PUT" else {}
        found = served.ask(method, path, **headers)
        assert (found.status, bool(found.causes)) == (status, True)


@pytest.mark.parametrize(
    "content",
    [
        "Content-Type: text/plain; charset=no-such-thing\r\n\r\nhi",
        "Content-Type: multipart/x; boundary=b\r\n\r\n--b\r\nContent-Type: ;;\r\n\r\nx\r\n--b--",
        "Subject: =?utf-8?b?!!!?= =?x-none?q?=FF?=\r\nX: \udcff\r\n\r\n\udcfe",
        "".join(
            f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(100)
        ),
        "Content-Disposition: attachment; filename*=utf-8''%ff%00%0d%0a.txt\r\n\r\nhi",
        "\r\n",
    ],
    ids=["charset", "type", "words", "nested", "filename", "nothing"],
)
def test_whatever_a_stranger_sends_is_shown(served: Served, content: str) -> None:
    network = served.world.network
    with smtplib.SMTP(network.host, network.mx_port) as client:
        data = f"From: a@else.example\r\n{content}".encode("utf-8", "surrogateescape")
        client.sendmail("a@else.example", "ann@contoso.com", data)
    served.ask("POST", "/wait", {"messages": 1})
    for row in served.get("/messages?query=-text:zzz")["items"]:
        parts = served.get(f"/messages/{row['number']}")["parts"]
        for part in parts:
            path = f"/messages/{row['number']}/parts/{part['number']}"
            assert served.ask("GET", path).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/do", b'{"\\ud800": 1}'),
        ("/do", b'{"change": {"mailbox": {"address": "\\udcff@contoso.com"}}}'),
        ("/wait", b'{"query": "subject:\\ud800", "within": 0}'),
        ("/faults", b'{"at": "mail", "text": "451 \\ud800"}'),
        ("/worlds", b'{"name": "\\ud800"}'),
        ("/webhooks", b'{"url": "http://\\ud800/"}'),
        ("/clock", b'{"advance": "\\ud800"}'),
    ],
)
def test_half_a_character_is_no_error_of_the_fake(served: Served, path: str, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.api.port, timeout=20)
    connection.request("POST", f"/api/v1{path}", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 400
    assert "no JSON" in json.loads(answer.read())["problems"][0]["cause"]
    connection.close()
    for shown in ("/faults", "/events?since=0&follow=false"):
        assert served.ask("GET", shown).status == 200


def test_bytes_that_are_no_characters_are_shown(served: Served) -> None:
    network = served.world.network
    with smtplib.SMTP(network.host, network.mx_port) as client:
        assert client.sock is not None
        lines = [b"EHLO \xff\xfe", b"MAIL FROM:<\xff@\xfe.example>", b"RCPT TO:<\xc3@contoso.com>"]
        for line in (
            *lines,
            b"EHLO x",
            b"MAIL FROM:<a@b.example>",
            b"RCPT TO:<ann@contoso.com>",
            b"DATA",
        ):
            client.sock.sendall(line + b"\r\n")
            client.getreply()
        header = b"From: \xff <a@b.example>\r\nMessage-ID: <\xfe@\xff>\r\nSubject: \xfd\r\n"
        client.sock.sendall(header + b"X-\xe9: \xe8\r\n\r\n\xff\r\n.\r\n")
        client.getreply()
    for row in served.get("/sessions")["items"]:
        served.get(f"/sessions/{row['number']}")
    for row in served.get("/messages")["items"]:
        served.get(f"/messages/{row['number']}")
    assert served.ask("GET", "/events?since=0&follow=false").status == 200
