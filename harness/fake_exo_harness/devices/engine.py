"""What a device says next: one generator of actions, driven by profile and settings.

No socket, clock or chance. Whatever the server answers, or does not, the dialogue comes to its
end with a `JobResult`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fake_exo.drive import (
    STEPS,
    Connect,
    Connected,
    Dialogue,
    Expect,
    GaveUp,
    HangUp,
    LookedUp,
    Lookup,
    Manner,
    Pause,
    SaslIdentity,
    ServerSettings,
    Talk,
    TlsOptions,
    Write,
    connect,
    open_session,
    send,
)
from fake_exo_harness.devices.compose import Sheet, messages
from fake_exo_harness.devices.jobs import Job, JobResult
from fake_exo_harness.devices.locating import Locator, Target, numeric
from fake_exo_harness.devices.manner import manner
from fake_exo_harness.devices.options import Options
from fake_exo_harness.devices.profile import Composed, Profile
from fake_exo_harness.devices.resolver import DnsCache
from fake_exo_harness.devices.senders import composed, filled
from fake_exo_harness.devices.telnet import type_lines

# A ClientHello as a probing printer sends it on a clear port; free of CRLF.
_PROBE = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"
_REVOCATION = "ocsp.digicert.com"  # whom the service's certificates name
_ENHANCED = re.compile(r"\b\d\.\d{1,3}\.\d{1,3}\b")

Wrap = Callable[[Dialogue[JobResult]], Dialogue[JobResult]]
Mail = tuple[tuple[str, ...], bytes]  # recipients and content of one transaction


@dataclass
class Device:
    """A configured device. `perform` may be called for any number of jobs."""

    profile: Profile
    options: Options
    tls_version: str | None = None
    certificate: str | None = None
    seed: int = 0
    wraps: tuple[Wrap, ...] = ()  # of quirks, the first the innermost
    names: DnsCache = field(default_factory=DnsCache)  # what it remembers of the DNS
    _jobs: int = field(default=0)
    _now: float = 0.0
    _last: str = ""  # the address it connected to last
    _manners: dict[tuple[str, bool], Manner] = field(default_factory=dict, repr=False)

    def perform(self, job: Job, now: datetime) -> Dialogue[JobResult]:
        """The dialogue of one job; `now` is what the device's own clock shows."""
        dialogue = self._perform(job, now)
        for wrap in self.wraps:
            dialogue = wrap(dialogue)
        return dialogue

    def _perform(self, job: Job, now: datetime) -> Dialogue[JobResult]:
        self._jobs += 1
        self._now = now.timestamp()
        if job.kind == "say":
            return (yield from self._say(job))
        if (refusal := self._cannot(job)) is not None:
            return refusal
        contents = messages(self.profile, self.options, job, self._sheet(job, now))
        limit = self.options.number("max_mail_size", 0)
        if limit and any(len(content) > limit for content in contents):
            return JobResult(False, "The mail is larger than this device allows", "device")
        return (yield from self._attempts(job, contents))

    def _attempts(self, job: Job, contents: Sequence[bytes]) -> Dialogue[JobResult]:
        retry = self.profile.retry
        for attempt in range(1, retry.attempts + 1):
            failure, refused = yield from self._attempt(job, contents)
            if failure is None:
                return JobResult(True, "OK", "", tuple(refused), attempt, address=self._last)
            again = failure.temporary or (retry.after == "any" and failure.reaction is None)
            if not again or attempt == retry.attempts:
                return self._gave_up(failure, refused, attempt)
            yield Pause(retry.wait[min(attempt, len(retry.wait)) - 1])
        raise AssertionError("a device tries at least once")

    def _say(self, job: Job) -> Dialogue[JobResult]:
        """Somebody with telnet: a line, an answer, the next line; message data without waiting."""
        talk = self._talk(plain=False)
        try:
            locator = self._locator()
            target = (yield from locator.targets(locator.servers()[0], _everybody(job)))[0]
            yield from connect(talk, self._server(target, plain=False))
            yield from talk.reply("connect")
            yield from type_lines(talk, job.lines, self._tls_options(target))
        except GaveUp as failure:
            yield HangUp()
            return JobResult(False, failure.text, failure.stage)
        yield HangUp()
        return JobResult(True, "")

    # ---- what it refuses itself, and what it shows -----------------------------------------------

    def _cannot(self, job: Job) -> JobResult | None:
        """Without a sender address the function is greyed out: no traffic at all."""
        entered = self._composed(self.profile.envelope.mail_from, job)
        chosen = job.envelope_from is not None  # the null sender is a choice too
        if self._until(job) not in STEPS and not chosen and not entered:
            return JobResult(False, "No sender address is registered", "device")
        most = self.profile.rcpt.most
        if most is not None and len(_everybody(job)) > most:
            return JobResult(False, f"No more than {most} recipients are possible", "device")
        return None

    def _until(self, job: Job) -> str:
        """How far this job goes."""
        return self.profile.test if job.kind == "test" else self.profile.ends_after

    def _gave_up(self, failure: GaveUp, refused: list[str], attempts: int) -> JobResult:
        blind = self.profile.believes_sent and failure.stage in ("final-dot", "data")
        sent = blind or (failure.reaction is not None and failure.reaction.does == "sent")
        panel = "Sent" if blind else self._panel(failure, sent=sent)
        why = f"{failure.stage}: {failure.text}" if failure.stage == "connect" else failure.text
        return JobResult(sent, panel, failure.stage, tuple(refused), attempts, why, self._last)

    def _panel(self, failure: GaveUp, *, sent: bool) -> str:
        own = failure.reaction.show if failure.reaction is not None else ""
        texts = self.profile.messages
        usual = "Sent" if sent else texts.get(failure.stage, texts.get("default", ""))
        code, _, text = failure.text.partition(" ") if failure.code else ("", "", failure.text)
        enhanced = _ENHANCED.search(failure.text)
        known = {
            "reply": failure.text,
            "code": code,
            "text": text,
            "enhanced": enhanced[0] if enhanced else "",
            "stage": failure.stage,
        }
        return filled(own or usual, known)

    # ---- addresses -------------------------------------------------------------------------------

    def sender(self, job: Job) -> str:
        """The envelope sender."""
        if job.envelope_from is not None:
            return job.envelope_from
        found = self._composed(self.profile.envelope.mail_from, job)
        return "" if found == "<>" else found

    def header_from(self, job: Job) -> str:
        if job.header_from is not None:
            return job.header_from
        return self._composed(self.profile.envelope.header_from, job)

    def _composed(self, choices: tuple[Composed, ...], job: Job) -> str:
        return composed(choices, self._values(job))

    def _values(self, job: Job) -> dict[str, str]:
        """What placeholders stand for."""
        known = self.options.texts()
        host = filled(self.profile.hello.name, known).strip("[]")
        of_job = {"user": job.user or "", "host": host, "domain": known.get("domain_name", "")}
        return {**known, **of_job}

    def _sheet(self, job: Job, now: datetime) -> Sheet:
        envelope = self.profile.envelope
        return Sheet(
            self.header_from(job),
            self._composed(envelope.display_name, job),
            self._composed(envelope.reply_to, job),
            self._values(job),
            now,
            self.seed * 1000 + self._jobs,
        )

    # ---- one attempt -----------------------------------------------------------------------------

    def _attempt(
        self, job: Job, contents: Sequence[bytes]
    ) -> Dialogue[tuple[GaveUp | None, list[str]]]:
        """By the first of its servers that can be reached."""
        refused: list[str] = []
        self._last = ""
        servers = self._locator().servers()
        for server in servers:
            try:
                for target in (yield from self._locator().targets(server, _everybody(job))):
                    refused += yield from self._deliver(job, contents, target, plain=False)
            except GaveUp as failure:
                if failure.stage in ("dns", "connect") and server != servers[-1]:
                    continue
                return failure, refused
            return None, refused
        raise AssertionError("a device has one server at least")

    def _deliver(
        self, job: Job, contents: Sequence[bytes], target: Target, *, plain: bool
    ) -> Dialogue[list[str]]:
        mails = list(self._mails(target.recipients, contents))
        each = self.profile.rcpt.connections == "each"
        refused: list[str] = []
        for batch in [[mail] for mail in mails] if each else [mails]:
            refused += yield from self._session(job, batch, target, plain=plain)
        return refused

    def _mails(self, people: tuple[str, ...], contents: Sequence[bytes]) -> Iterator[Mail]:
        most = self.profile.rcpt.per_mail or max(1, len(people))
        groups = [people[at : at + most] for at in range(0, len(people), most)] or [()]
        for group in groups:
            for content in contents:
                yield group, content

    def _session(
        self, job: Job, mails: Sequence[Mail], target: Target, *, plain: bool
    ) -> Dialogue[list[str]]:
        talk = self._talk(plain=plain)
        until = self._until(job)
        refused: dict[str, None] = {}
        try:
            yield from self._open(talk, target, until, plain=plain)
            for people, content in mails if until not in STEPS else ():
                told = yield from send(talk, self.sender(job), people, content, until)
                refused |= dict.fromkeys(told)
        except GaveUp as failure:
            yield from talk.leave(failure)
            fallback = self.profile.retry.clear_text_after_tls_failure
            if failure.stage == "tls" and fallback and not plain:
                return (yield from self._session(job, mails, target, plain=True))
            raise
        if self.profile.timeouts.linger:
            yield Pause(self.profile.timeouts.linger)
        yield from talk.leave(None)
        return list(refused)

    # ---- up to the mail --------------------------------------------------------------------------

    def _locator(self) -> Locator:
        return Locator(self.profile, self.options, self.names, self._now)

    def _talk(self, *, plain: bool) -> Talk:
        """A connection with the time-outs of the settings, or of the profile. `plain`: TLS has
        failed, and it goes on without."""
        usual = self._manner()
        talk = Talk(replace(usual, starttls="never") if plain else usual)
        talk.timeout = self._time("reply")
        talk.final = max(talk.timeout, self.profile.timeouts.final)
        if self.options.values.get("timeout") is not None:
            talk.final = talk.timeout
        return talk

    def _open(self, talk: Talk, target: Target, until: str, *, plain: bool) -> Dialogue[None]:
        if self.profile.tls.probe:
            yield from self._probe(target)
        if not plain:
            yield from self._revoked()
        server = self._server(target, plain=plain)
        try:
            yield from open_session(talk, server, until if until in STEPS else STEPS[-1])
        finally:
            self._last = talk.address

    def _server(self, target: Target, *, plain: bool) -> ServerSettings:
        """Where it connects to, and what its settings say of that."""
        return ServerSettings(
            target.addresses[: self.profile.host.addresses],
            self._port(),
            "off" if plain else self._mode(),
            self._tls_options(target),
            self._identity(),
            self._time("connect"),
            self.profile.timeouts.banner,
        )

    def _identity(self) -> SaslIdentity | None:
        """Who signs in, if anybody."""
        if not (self.options.on("authentication") or self.profile.auth.always):
            return None
        known, auth = {"user_name": "", **self.options.texts()}, self.profile.auth
        password, token = self.options.text("password"), self.options.text("token")
        return SaslIdentity(filled(auth.user, known), password, token)

    def _manner(self) -> Manner:
        key = (self._mode(), self._identity() is not None)
        if key not in self._manners:
            mode, signs_in = key
            self._manners[key] = manner(self.profile, self.options, mode, signs_in=signs_in)
        return self._manners[key]

    def _mode(self) -> str:
        """The encryption that is set: off, opportunistic, starttls or ssl."""
        return self.profile.tls.by_port.get(str(self._port()), self.options.text("tls") or "off")

    def _port(self) -> int:
        direct = self.profile.host.lookup.startswith("recipient")
        return 25 if direct else int(self.options.number("port", 25))

    def _probe(self, target: Target) -> Dialogue[None]:
        """Look whether the port speaks TLS, hang up, and come again in clear text."""
        outcome = yield Connect(target.addresses[0], self._port(), self._time("connect"))
        if isinstance(outcome, Connected):
            yield Write(_PROBE)
            yield Expect(self._time("reply"))
            yield HangUp()

    def _revoked(self) -> Dialogue[None]:
        """Ask whether the certificate was revoked. That the name of whom to ask is found counts as
        "it was not"; where it is not, a soft check goes on and a hard one does not."""
        check = self.profile.tls.revocation
        if check == "off" or self._mode() == "off":
            return
        found = yield Lookup(_REVOCATION, "A", self.profile.timeouts.dns)
        asked = isinstance(found, LookedUp) and bool(found.data)
        if check == "hard" and not asked:
            raise GaveUp("tls", f"{_REVOCATION} cannot be asked about revocation", temporary=True)

    def _time(self, name: str) -> float:
        chosen = self.options.values.get("timeout")
        return float(chosen) if chosen is not None else float(getattr(self.profile.timeouts, name))

    def _tls_options(self, target: Target) -> TlsOptions:
        tls = self.profile.tls
        newest = self.tls_version or tls.maximum
        return TlsOptions(
            minimum=min(tls.minimum, newest),
            maximum=newest,
            verify=self.options.on("verify_certificate") or tls.verify,
            server_name="" if numeric(target.host) else target.host,
            certificate=self.certificate,
            leaf_only=tls.leaf_only,
            clock_wrong=tls.clock_wrong,
        )


def _everybody(job: Job) -> tuple[str, ...]:
    return (*job.to, *job.cc, *job.bcc)
