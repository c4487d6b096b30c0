"""The fixture `exo` and its marker, as a project sees them that has nothing but tests."""

# As in test_plugin: what Pytester imports anew is not the same.
import pytest

import fake_exo.network  # noqa: F401

TENANT = """
name: fabrikam
accepted_domains: [fabrikam.com]
mailboxes: [{address: app@fabrikam.com, password: App-2026}, ann@fabrikam.com]
"""
SEND = """
import smtplib
import pytest

def send(exo, to):
    with smtplib.SMTP(exo.host, exo.submission_port) as client:
        client.starttls(context=exo.ssl_context())
        client.login(exo.user, exo.password)
        client.sendmail(exo.user, [to], f"From: {exo.user}\\r\\nSubject: page\\r\\n\\r\\nhello")
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\naddopts = --strict-markers")
    (pytester.path / "tenant.yaml").write_text(TENANT)
    return pytester


def ran(project: pytest.Pytester, text: str, *words: str) -> pytest.RunResult:
    project.makepyfile(SEND + text)
    return project.runpytest_subprocess("-W", "error", *words)


def test_the_marker_says_what_a_scenario_says(project: pytest.Pytester) -> None:
    text = """
@pytest.mark.exo("tenant.yaml", as_of="2020-03-01", faults=["rcpt:450"], tls={"maximum": "1.2"},
                 limits={"submission.messages_per_minute": 1}, public_ip="198.51.100.9")
def test_all_of_it(exo):
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(exo, "ann@fabrikam.com")
    send(exo, "ann@fabrikam.com")
    (mail,) = exo.wait_for(delivered="ann@fabrikam.com")
    assert (mail.tls, mail.client_ip) == ("TLSv1.2", "198.51.100.9")
    assert str(exo.world.day) == "2020-03-01"
    send(exo, "ann@fabrikam.com")
    with pytest.raises(TimeoutError, match=r"exo.clock.advance\\(60\\)"):
        exo.wait_for(2)

@pytest.mark.exo(
    tenants=[{"name": "t", "accepted_domains": ["my-own.com"], "mailboxes": ["ann@my-own.com"]}],
    dns=[{"zone": "else.example", "records": [{"name": "@", "type": "A", "data": "192.0.2.9"}]}],
    blocked_addresses=[{"address": "192.0.2.1"}],
    elsewhere=["192.0.2.80"],
    faults=[{"at": "mail", "reply": "mail-421-432-protocol"}, "dns:nxdomain", "tls:self-signed"],
    switches={}, seed=7, clock="real",
)
def test_in_words(exo):
    assert exo.dns("else.example").answers
    assert not exo.clock.stands_still
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        with smtplib.SMTP(exo.host, exo.mx_port) as client:
            assert client.mail("x@else.example")[0] == 421
            client.close()
            client.connect(exo.host, exo.mx_port)
            client.sendmail("x@else.example", ["ann@my-own.com"], "From: x@else.example")
    assert "192.0.2.1" in str(refused.value)
"""
    text = text.replace(', "reply": "mail-421-432-protocol"', ', "text": "421 4.3.2 later"')
    ran(project, text).assert_outcomes(passed=2)


def test_marks_of_module_and_class_hold_inside_and_the_inner_goes_first(
    project: pytest.Pytester,
) -> None:
    text = """
pytestmark = pytest.mark.exo("tenant.yaml", public_ip="198.51.100.1")

def test_of_the_module(exo):
    assert (exo.user, exo.world.public_addresses["*"]) == ("app@fabrikam.com", "198.51.100.1")

@pytest.mark.exo(public_ip="198.51.100.2")
class TestOfTheClass:
    def test_inside(self, exo):
        assert (exo.user, exo.world.public_addresses["*"]) == ("app@fabrikam.com", "198.51.100.2")

    @pytest.mark.exo(public_ip="198.51.100.3")
    def test_of_its_own(self, exo, exo_world):
        assert exo.world.public_addresses["*"] == "198.51.100.3"
        assert exo_world(public_ip="198.51.100.4").world.public_addresses["*"] == "198.51.100.4"

@pytest.mark.parametrize("day", [
    pytest.param("2020-03-01", marks=pytest.mark.exo(as_of="2020-03-01")),
    pytest.param("2024-03-01", marks=pytest.mark.exo(as_of="2024-03-01")),
])
def test_a_date_each(exo, day):
    assert str(exo.world.day) == day
"""
    ran(project, text).assert_outcomes(passed=5)


def test_a_wider_fixture_is_one_for_all_inside(project: pytest.Pytester) -> None:
    text = """
seen = []

@pytest.mark.exo("tenant.yaml")
class TestOne:
    def test_first(self, exo_class, exo_module, exo_package, exo_session):
        assert exo_class.user == "app@fabrikam.com"
        assert exo_module.user == exo_package.user == exo_session.user == "scanner@contoso.com"
        seen.append((exo_class, exo_module, exo_package, exo_session))
        send(exo_class, "ann@fabrikam.com")

    def test_second(self, exo_class, exo_module):
        assert (exo_class, exo_module) == seen[0][:2]
        assert len(exo_class.mails) == 1

class TestTwo:
    def test_third(self, exo_class, exo_module, exo_package, exo_session, exo):
        assert (exo_module, exo_package, exo_session) == seen[0][1:]
        assert exo_class is not seen[0][0]
        assert exo is not exo_class
"""
    ran(project, text).assert_outcomes(passed=3)


def test_a_project_says_its_options_once(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        import pathlib, pytest

        @pytest.fixture(scope="session")
        def exo_options():
            tenant = pathlib.Path(__file__).parent / "tenant.yaml"
            return {"tenant": tenant, "public_ip": "198.51.100.1"}
        """
    )
    text = """
def test_each(exo, exo_session):
    assert exo.user == exo_session.user == "app@fabrikam.com"

@pytest.mark.exo(public_ip="198.51.100.2")
def test_beside_its_own(exo, exo_world):
    assert (exo.user, exo.world.public_addresses["*"]) == ("app@fabrikam.com", "198.51.100.2")
    assert exo_world("tenant.yaml").user == "app@fabrikam.com"
"""
    ran(project, text).assert_outcomes(passed=2)


WRONG = [
    ('fault=["mail:451"]', '"fault" is not a key here; did you mean "faults"?'),
    ('faults=["mali:451"]', "mali:451: 'mali' is no place; did you mean \"mail\"?"),
    ('faults=[{"att": "mail"}]', '"att" is not a key here; did you mean "at"?'),
    ('limits={"submission.messages_per_minut": 3}', 'did you mean "submission.messages_per_minut'),
    ('switches={"no": True}', 'no switch is named "no"; valid are: '),
    ('tls={"certificate": "expierd"}', '"expierd" is not known here; did you mean "expired"?'),
    ('tls={"maximum": "1.2"}, faults=["tls:expired"]', "TLS is chosen twice; say all of it under"),
    ('as_of="2013-01-01"', "of the service before"),
    ('clock="reel"', '"reel" is not known here; did you mean "real"?'),
    ('"tenants.yaml"', "there is no file tenants.yaml; a tenant's file is named from this one"),
    ('tenant={"name": "t", "mailbox": []}', '"mailbox" is not a key here; did you mean "mailb'),
    ("tenant=object()", "cannot be said here; use the words of a scenario"),
    ('faults=[{"at": "connect", "does": "unreachable"}]', "over sockets nobody can let a"),
]


@pytest.mark.parametrize(("words", "told"), WRONG, ids=[words for words, _ in WRONG])
def test_a_wrong_word_is_told_with_its_place_and_a_remedy(
    project: pytest.Pytester, words: str, told: str
) -> None:
    project.makepyfile(f"import pytest\n\n@pytest.mark.exo({words})\ndef test_it(exo): pass\n")
    result = project.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    output = str(result.stdout)
    assert "test_a_wrong_word_is_told_with_its_place_and_a_remedy.py:3:1: " in output
    assert told in output
    assert "Traceback" not in output
    assert "During handling" not in output


def test_a_mark_without_effect_is_refused(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.exo(as_of="2026-09-01")
        def test_without(): pass

        @pytest.mark.exo(as_of="2026-09-01")
        def test_wider(exo_module): pass
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "*::test_without: the mark exo has no effect: the test has no fake; ask for *",
            "*::test_wider: the mark exo has no effect: exo_module is made once for several*",
        ]
    )


FAILING = """
def test_refused(exo):
    send(exo, "ann@contoso.com")
    with smtplib.SMTP(exo.host, exo.mx_port) as client:
        client.sendmail("x@else.example", ["bob@contoso.com"], "From: x@else.example")
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_failure_shows_the_dialogues_why_and_what_to_change(
    project: pytest.Pytester, workers: str
) -> None:
    result = ran(project, FAILING, "-n", workers)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- fake Exchange Online call -*",
            " ~> rcpt TO:<ann@contoso.com>",
            "<~  250 2.0.0 OK *message.ok-submission?",
            " -> rcpt TO:<bob@contoso.com>",
            "<-* 550 5.4.1 Recipient address rejected: Access denied*rcpt.unknown?",
            "*ann@contoso.com: delivered",
            "*rule: *rcpt.unknown (confidence *",
            "*why: *nobody in it has this address*",
            "*fix: *Correct the address*",
            "*verb: *change: {*bob@contoso.com*",
        ]
    )


def test_what_happened_before_at_a_shared_fake_is_not_shown(project: pytest.Pytester) -> None:
    text = """
def test_before(exo_module):
    send(exo_module, "before@contoso.com")

def test_fails(exo_module):
    send(exo_module, "meanwhile@contoso.com")
    assert not exo_module.mails
"""
    result = ran(project, text)
    result.assert_outcomes(passed=1, failed=1)
    assert "rcpt TO:<meanwhile@contoso.com>" in str(result.stdout)
    assert "rcpt TO:<before@contoso.com>" not in str(result.stdout)


def test_fakes_that_no_fixture_made_are_shown_too(project: pytest.Pytester) -> None:
    text = """
import unittest
from fake_exo import FakeExo

class Mailer(unittest.TestCase):
    def test_it(self):
        with FakeExo() as exo:
            send(exo, "nobody@contoso.com")
            self.assertEqual(exo.find(bounced="*"), ())
"""
    result = ran(project, text)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*<mail 'page' to nobody@contoso.com; nobody@contoso.com: bounced>*",
            "*- fake Exchange Online call -*",
            "*** nobody@contoso.com: bounced (*550 5.1.10 *",
        ]
    )


def test_a_word_without_effect_is_told(project: pytest.Pytester) -> None:
    text = """
@pytest.mark.exo(tenant={"name": "t", "accepted_domains": ["my-own.com"], "connectors": [
    {"name": "in", "sender_ip_addresses": ["203.0.113.7"], "comment": "x"}]})
def test_it(exo):
    pass
"""
    result = ran(project, text, "-rA")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["not rehearsed: *comment* of t: *"])


def test_a_test_that_passes_shows_nothing_of_it(project: pytest.Pytester) -> None:
    result = ran(project, 'def test_it(exo):\n    send(exo, "ann@contoso.com")\n', "-rA")
    result.assert_outcomes(passed=1)
    assert "fake Exchange Online" not in str(result.stdout)


def test_an_asyncio_test_needs_no_plugin(project: pytest.Pytester) -> None:
    text = """
import asyncio

def test_it(exo):
    async def arrives():
        sending = asyncio.create_task(asyncio.to_thread(send, exo, "ann@contoso.com"))
        (mail,) = await exo.async_wait_for(subject="page")
        await sending
        return mail.delivered

    assert asyncio.run(arrives()) == ("ann@contoso.com",)
"""
    ran(project, text).assert_outcomes(passed=1)
