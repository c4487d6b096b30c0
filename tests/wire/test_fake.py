"""The fake in a test's own process: waiting for mail, finding and reading it."""

import asyncio
import smtplib
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from email.message import EmailMessage

import pytest

from fake_exo import AcceptedDomain, FakeExo, Fault, Mailbox, ServiceError, Tenant, TlsChoice

USER, PASSWORD = "scanner@contoso.com", "Scan2Mail!"


def submit(fake: FakeExo, *mails: EmailMessage) -> None:
    with smtplib.SMTP(fake.host, fake.submission_port) as client:
        client.starttls(context=fake.ssl_context())
        client.login(fake.user, fake.password)
        for mail in mails:
            client.send_message(mail)


def mail(subject: str = "page", to: str = "ann@contoso.com", text: str = "hello\n") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Scanner <{USER}>", to, subject
    made.set_content(text)
    return made


def scan() -> EmailMessage:
    made = mail("Scan für Ann", text="Grüße\n")
    made.add_alternative("<p>Grüße</p>\n", subtype="html")
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="scan 1.pdf")
    made.add_attachment(mail("inner"))
    return made


def test_a_mail_is_read_as_the_client_sent_it(exo: FakeExo) -> None:
    submit(exo, scan())
    (found,) = exo.wait_for(to="Ann@Contoso.com", subject="für")
    assert (found.subject, found.text, found.html) == ("Scan für Ann", "Grüße\n", "<p>Grüße</p>\n")
    pdf, inner = found.attachments
    assert pdf == ("scan 1.pdf", "application/pdf", b"%PDF-1.7")
    assert inner.content_type == "message/rfc822"
    assert b"Subject: inner" in inner.content
    assert (found.sender, found.recipients) == (USER, ("ann@contoso.com",))
    assert (found.user, found.client_ip, found.tls) == (USER, "192.0.2.1", "TLSv1.3")
    assert found.delivered == ("ann@contoso.com",)
    assert isinstance(found.email, EmailMessage)
    assert found.email["to"].addresses[0].domain == "contoso.com"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"Content-Type: text/plain; charset=no-such\r\n\r\ncaf\xc3\xa9", "caf\u00e9"),
        (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nnot base64!", None),
        (b"Content-Type: multipart/mixed\r\n\r\nno boundary", ""),
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x--", "one"),
        (b"Subject: =?no-such?Q?x?=\r\n\r\n\xff", "\ufffd"),
        (b"\r\n", ""),
    ],
)
def test_whatever_was_sent_can_be_read(exo: FakeExo, content: bytes, text: str | None) -> None:
    with smtplib.SMTP(exo.host, exo.mx_port) as client:
        client.sendmail("x@else.example", "ann@contoso.com", b"From: x@else.example\r\n" + content)
    (found,) = exo.wait_for()
    assert text is None or found.text.strip() == text
    assert (found.html, found.attachments) == ("", ())


def test_mail_is_found_by_what_is_known_of_it(exo: FakeExo) -> None:
    submit(exo, mail("one"), mail("two", to="no-one@contoso.com"), scan())
    exo.wait_for(3)

    def subjects(**sought: str) -> list[str]:
        return [each.subject for each in exo.find(**sought)]

    assert subjects(subject="o") == ["one", "two"]
    assert subjects(to="ann@contoso.com", text="hello") == ["one"]
    assert subjects(text="<p>") == subjects(attachment="*.pdf") == ["Scan für Ann"]
    assert subjects(bounced="*") == subjects(bounced="NO-ONE@contoso.com") == ["two"]
    assert subjects(delivered="*") == ["one", "Scan für Ann"]
    assert subjects(sender=USER, user=USER, header_from="Scanner", public_ip="192.0.2.1") == [
        "one",
        "two",
        "Scan für Ann",
    ]
    assert subjects(sender="ann@contoso.com") == subjects(junked="*") == subjects(user="x") == []


def test_a_report_to_the_sender_is_mail_too(exo: FakeExo) -> None:
    submit(exo, mail("lost", to="no-one@contoso.com"))
    (lost,) = exo.wait_for(subject="lost")
    (report,) = exo.reports
    assert [each.subject for each in lost.reports] == [report.subject]
    assert (report.recipients, report.delivered) == ((USER,), (USER,))
    assert report.report is not None
    assert report.report.kind == "failed"
    assert "550 5.1.10" in report.text


def test_a_key_that_is_none_is_refused_with_the_nearest(exo: FakeExo) -> None:
    with pytest.raises(TypeError, match='not found by "subjects"; did you mean "subject"'):
        exo.find(subjects="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match='no option "fault"; did you mean "faults"'):
        FakeExo(fault=())  # type: ignore[call-arg]
    with pytest.raises(ServiceError, match='no clock is "reel"; did you mean "real"'):
        FakeExo(clock="reel")  # type: ignore[arg-type]


# ---- waiting -------------------------------------------------------------------------------------


def test_mail_that_never_comes_is_told_with_what_came_instead(exo: FakeExo) -> None:
    submit(exo, mail("other"))
    with pytest.raises(TimeoutError) as told:
        exo.wait_for(2, subject="invoice", timeout=0.05)
    assert str(told.value) == (
        "0 of 2 mails with subject='invoice' after 0.05 s; others: 'other' to ann@contoso.com"
    )


def limited(**options: object) -> FakeExo:
    limits = {"submission.messages_per_minute": 1}
    return FakeExo(limits=limits, **options)  # type: ignore[arg-type]


def test_mail_that_waits_for_a_clock_that_stands_still_fails_at_once() -> None:
    with limited() as fake:
        submit(fake, mail("one"), mail("two"))
        began = time.monotonic()
        with pytest.raises(TimeoutError) as told:
            fake.wait_for(2, timeout=60)
        assert time.monotonic() - began < 30
        assert str(told.value) == (
            "'two' to ann@contoso.com: accepted, and delivered in 60 s of the fake's clock, which "
            'stands still; exo.clock.advance(60), or clock="real"'
        )
        assert [each.subject for each in fake.wait_for(1)] == ["one"]
        assert fake.find(subject="two") == ()
        fake.clock.advance(60)
        assert [each.subject for each in fake.wait_for(2)] == ["one", "two"]


def test_a_wait_for_other_mail_goes_on_while_one_waits_for_the_clock() -> None:
    with limited() as fake:
        submit(fake, mail("one"), mail("two"))
        with pytest.raises(TimeoutError, match="0 of 1 mails with subject='three'"):
            fake.wait_for(subject="three", timeout=0.05)


def test_who_waits_sees_mail_that_comes_due_meanwhile() -> None:
    with limited(clock="real") as fake, ThreadPoolExecutor(1) as pool:
        assert not fake.clock.stands_still
        submit(fake, mail("one"), mail("two"))
        waiting = pool.submit(fake.wait_for, 2, timeout=30)
        fake.clock.advance(60)
        assert [each.subject for each in waiting.result(30)] == ["one", "two"]


def test_a_real_clock_follows_the_machines() -> None:
    with FakeExo(clock="real") as fake:
        began, real = fake.clock.now(), time.monotonic()
        while fake.clock.now() == began:
            assert time.monotonic() - real < 10


def test_forgotten_mail_does_not_come_due() -> None:
    with limited() as fake:
        submit(fake, mail("one"), mail("two"))
        assert [each.subject for each in fake.mails] == ["one", "two"]
        fake.reset()
        assert not fake.mails
        fake.clock.advance(60)
        assert not fake.outbox


def numbered(count: int) -> list[EmailMessage]:
    return [mail(text=f"number {number}.\n") for number in range(count)]


def test_fifty_threads_wait_each_for_its_own_mail() -> None:
    limits = {"submission.messages_per_minute": 100}
    with FakeExo(limits=limits) as fake, ThreadPoolExecutor(51) as pool:
        waits = [pool.submit(fake.wait_for, text=f"number {n}.", timeout=30) for n in range(50)]
        pool.submit(submit, fake, *numbered(50)).result(30)
        found = [wait.result(30) for wait in waits]
    assert [each.text for (each,) in found] == [f"number {n}.\n" for n in range(50)]


def test_fifty_tasks_wait_on_one_loop_which_goes_on() -> None:
    async def all_of_it(fake: FakeExo) -> tuple[list[str], int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        waits = [fake.async_wait_for(text=f"number {n}.", timeout=30) for n in range(50)]
        sending = asyncio.create_task(asyncio.to_thread(submit, fake, *numbered(50)))
        found = await asyncio.gather(*waits)
        await sending
        ticking.cancel()
        return [each.text for (each,) in found], ticks

    with FakeExo(limits={"submission.messages_per_minute": 100}) as fake:
        texts, ticks = asyncio.run(all_of_it(fake))
    assert texts == [f"number {n}.\n" for n in range(50)]
    assert ticks > 50


def test_an_awaited_wait_fails_as_the_other_does() -> None:
    async def both(fake: FakeExo) -> None:
        with pytest.raises(TimeoutError, match=r"'two' to .* delivered in 60 s"):
            await fake.async_wait_for(2)
        with pytest.raises(TimeoutError, match="0 of 1 mails with subject='three'"):
            await fake.async_wait_for(subject="three", timeout=0.05)
        await fake.clock.async_advance(60)
        assert len(await fake.async_wait_for(2)) == 2

    with limited() as fake:
        submit(fake, mail("one"), mail("two"))
        asyncio.run(both(fake))


def test_who_waits_when_the_fake_stops_is_told() -> None:
    fake = FakeExo()
    with ThreadPoolExecutor(1) as pool:
        look = threading.Event()
        future: Future[None] = fake.world.when(look.set)
        assert look.wait(10)
        waiting = pool.submit(future.result, 30)
        fake.stop()
        with pytest.raises(RuntimeError, match="stopped while somebody waits"):
            waiting.result(30)


# ---- options -------------------------------------------------------------------------------------


def test_faults_switches_and_certificates_are_options() -> None:
    busy = Fault(at="mail", text="451 4.3.2 Please try again later")
    with FakeExo(faults=[busy], tls=TlsChoice(maximum="1.2")) as fake:
        with pytest.raises(smtplib.SMTPSenderRefused):
            submit(fake, mail())
        submit(fake, mail())
        (found,) = fake.wait_for()
        assert found.tls == "TLSv1.2"
    expired = TlsChoice(certificate="expired")
    refused = pytest.raises(OSError, match="certificate has expired")
    with FakeExo(tls=expired) as fake, refused:
        submit(fake, mail())


def test_the_environment_says_where_as_whom_and_whom_to_trust() -> None:
    tenant = Tenant(
        "t",
        accepted_domains=(AcceptedDomain("fabrikam.com"),),
        mailboxes=(Mailbox("ann@fabrikam.com"), Mailbox("app@fabrikam.com", password="App-2026")),
    )
    with FakeExo(tenant) as fake:
        told = fake.environment()
        assert (told["SMTP_USER"], told["SMTP_PASSWORD"]) == ("app@fabrikam.com", "App-2026")
        assert (told["SMTP_HOST"], told["SMTP_PORT"]) == ("127.0.0.1", str(fake.submission_port))
        assert told["SSL_CERT_FILE"] == told["NODE_EXTRA_CA_CERTS"] == str(fake.ca_file)
        assert fake.ca_file.read_text() == fake.ca_pem
        relay = fake.environment("relay")
        assert relay["SMTP_PORT"] == str(fake.mx_port)
        assert not {"SMTP_USER", "SMTP_PASSWORD"} & set(relay)
    assert not fake.ca_file.exists()
