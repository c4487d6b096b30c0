"""What a device says next: one generator of actions, driven by profile and settings.

No socket, clock or chance. Whatever the server answers, or does not, the dialogue comes to its
end with a `JobResult`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_address

from fake_exo.drive import (
    Connect,
    Connected,
    Dialogue,
    Expect,
    GaveUp,
    HangUp,
    LookedUp,
    Lookup,
    Pause,
    ServerSettings,
    Talk,
    TlsOptions,
    Write,
    connect,
    greet,
    open_session,
    send,
)
from fake_exo_harness.devices.compose import compose, divided
from fake_exo_harness.devices.jobs import Job, JobResult
from fake_exo_harness.devices.manner import manner
from fake_exo_harness.devices.options import Options
from fake_exo_harness.devices.profile import Composed, Profile
from fake_exo_harness.devices.resolver import DnsCache
from fake_exo_harness.devices.senders import composed
from fake_exo_harness.devices.telnet import type_lines

# A ClientHello as a probing printer sends it on a clear port; free of CRLF.
_PROBE = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"


Wrap = Callable[[Dialogue[JobResult]], Dialogue[JobResult]]


@dataclass(frozen=True, slots=True)
class Target:
    """One server to hand the mail to, and for whom."""

    host: str
    addresses: tuple[str, ...]
    recipients: tuple[str, ...]


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

    def perform(self, job: Job, now: datetime) -> Dialogue[JobResult]:
        """The dialogue of one job; `now` is what the device's own clock shows."""
        dialogue = self._perform(job, now)
        for wrap in self.wraps:
            dialogue = wrap(dialogue)
        return dialogue

    def _perform(self, job: Job, now: datetime) -> Dialogue[JobResult]:
        self._jobs += 1
        self._now = now.timestamp()
        number = self.seed * 1000 + self._jobs
        if job.kind == "say":
            return (yield from self._say(job))
        if (missing := self._missing(job)) is not None:
            return missing
        content = compose(self.profile, job, self.header_from(job), now, number)
        limit = self.options.number("max_mail_size", 0)
        if limit and len(content) > limit:
            return JobResult(False, "The mail is larger than this device allows", "device")
        attempts = self.profile.retry.attempts
        for attempt in range(1, attempts + 1):
            failure, refused = yield from self._attempt(job, content)
            if failure is None:
                return JobResult(True, "OK", "", tuple(refused), attempt, address=self._last)
            if not failure.temporary or attempt == attempts:
                return self._gave_up(failure, refused, attempt)
            yield Pause(self.profile.retry.wait)
        raise AssertionError("a device tries at least once")

    def _say(self, job: Job) -> Dialogue[JobResult]:
        """Somebody with telnet: a line, an answer, the next line; message data without waiting."""
        talk = self._talk(plain=False)
        try:
            target = (yield from self._targets(job))[0]
            yield from connect(talk, self._server(target, plain=False))
            yield from talk.reply("connect")
            yield from type_lines(talk, job.lines, self._tls_options(target))
        except GaveUp as failure:
            yield HangUp()
            return JobResult(False, failure.text, failure.stage)
        yield HangUp()
        return JobResult(True, "")

    def _missing(self, job: Job) -> JobResult | None:
        """Without a sender address the function is greyed out: no traffic at all."""
        hello_only = job.kind == "test" and self.profile.test == "hello"
        chosen = job.envelope_from is not None  # the null sender is a choice too
        if hello_only or chosen or self.sender(job):
            return None
        return JobResult(False, "No sender address is registered", "device")

    def _gave_up(self, failure: GaveUp, refused: list[str], attempts: int) -> JobResult:
        sent = self.profile.believes_sent and failure.stage in ("final-dot", "data")
        panel = "Sent" if sent else self._panel(failure)
        why = f"{failure.stage}: {failure.text}" if failure.stage == "connect" else failure.text
        return JobResult(sent, panel, failure.stage, tuple(refused), attempts, why, self._last)

    def _panel(self, failure: GaveUp) -> str:
        messages = self.profile.messages
        text = messages.get(failure.stage, messages["default"])
        return text.replace("{reply}", failure.text)

    # ---- addresses -------------------------------------------------------------------------------

    def sender(self, job: Job) -> str:
        """The envelope sender."""
        if job.envelope_from is not None:
            return job.envelope_from
        return self._composed(self.profile.envelope.mail_from, job)

    def header_from(self, job: Job) -> str:
        if job.header_from is not None:
            return job.header_from
        return self._composed(self.profile.envelope.header_from, job)

    def _composed(self, choices: tuple[Composed, ...], job: Job) -> str:
        known = self.options.texts()
        of_job = {
            "user": job.user or "",
            "host": self.profile.hello.name.strip("[]"),
            "domain": known.get("domain_name", ""),
        }
        return composed(choices, {**known, **of_job})

    # ---- one attempt -----------------------------------------------------------------------------

    def _attempt(self, job: Job, content: bytes) -> Dialogue[tuple[GaveUp | None, list[str]]]:
        refused: list[str] = []
        self._last = ""
        try:
            targets = yield from self._targets(job)
            for target in targets:
                refused += yield from self._deliver(job, content, target, plain=False)
        except GaveUp as failure:
            return failure, refused
        return None, refused

    def _deliver(
        self, job: Job, content: bytes, target: Target, *, plain: bool
    ) -> Dialogue[list[str]]:
        talk = self._talk(plain=plain)
        try:
            yield from self._open(talk, target, job, plain=plain)
            if job.kind == "test" and self.profile.test == "hello":
                refused: list[str] = []
            else:
                parts = divided(self.profile, self.options, content)
                refused = yield from self._messages(talk, job, target, parts)
        except GaveUp as failure:
            yield from talk.leave(failure)
            fallback = self.profile.retry.clear_text_after_tls_failure
            if failure.stage == "tls" and fallback and not plain:
                return (yield from self._deliver(job, content, target, plain=True))
            raise
        yield from talk.leave(None)
        return refused

    def _messages(
        self, talk: Talk, job: Job, target: Target, parts: list[bytes]
    ) -> Dialogue[list[str]]:
        refused: list[str] = []
        for part in parts:
            refused = yield from send(talk, self.sender(job), target.recipients, part)
        return refused

    # ---- where to ----------------------------------------------------------------------

    def _targets(self, job: Job) -> Dialogue[list[Target]]:
        recipients = (*job.to, *job.cc, *job.bcc)
        if self.profile.host.lookup == "a":
            host = self.options.text("smtp_server")
            if not host:
                raise GaveUp("device", "no mail server is configured")
            addresses = yield from self._resolve(host)
            return [Target(host, addresses, recipients)]
        targets = []
        for domain, people in _by_domain(recipients):
            host = domain
            if self.profile.host.lookup == "recipient-mx":
                host = yield from self._exchanger(domain)
            addresses = yield from self._resolve(host)
            targets.append(Target(host, addresses, people))
        return targets

    def _exchanger(self, domain: str) -> Dialogue[str]:
        answer = yield from self._ask(domain, "MX")
        hosts = [host.split() for host in answer.data if len(host.split()) == 2]
        return min(hosts, key=lambda host: int(host[0]))[1] if hosts else domain

    def _resolve(self, host: str) -> Dialogue[tuple[str, ...]]:
        """The addresses of a host, in the order in which the device tries them."""
        if _numeric(host):
            return (host,)
        found: tuple[str, ...] = ()
        rcode = ""
        for type_ in ("AAAA", "A") if self.profile.host.ipv6_first else ("A",):
            answer = yield from self._ask(host, type_)
            found, rcode = (*found, *answer.data), answer.rcode
        if not found:
            raise GaveUp("dns", f"{host}: {rcode}", temporary=True)
        return found

    def _ask(self, name: str, type_: str) -> Dialogue[LookedUp]:
        """Look a name up, first in what the device remembers."""
        suffix = self.profile.host.search
        if suffix:
            longer = yield from self._lookup(f"{name}.{suffix}", type_)
            if longer.data:
                return longer
        return (yield from self._lookup(name, type_))

    def _lookup(self, name: str, type_: str) -> Dialogue[LookedUp]:
        manner = self.profile.host.cache
        known = self.names.get(manner, name, type_, self._now)
        if known is not None:
            return known
        answer = yield Lookup(name, type_)
        if not isinstance(answer, LookedUp):
            return LookedUp("TIMEOUT")
        self.names.keep(manner, name, type_, self._now, answer)
        return answer

    # ---- up to the mail ----------------------------------------------------------------------

    def _talk(self, *, plain: bool) -> Talk:
        """A connection with the time-outs of the settings, or of the profile. `plain`: TLS has
        failed, and it goes on without."""
        usual = manner(self.profile)
        talk = Talk(replace(usual, starttls="never") if plain else usual)
        talk.timeout = self._time("reply")
        talk.final = max(talk.timeout, self.profile.timeouts.final)
        if self.options.values.get("timeout") is not None:
            talk.final = talk.timeout
        return talk

    def _open(self, talk: Talk, target: Target, job: Job, *, plain: bool) -> Dialogue[None]:
        if self.profile.tls.probe:
            yield from self._probe(target)
        server = self._server(target, plain=plain)
        hello_only = job.kind == "test" and self.profile.test == "hello"
        try:
            yield from (greet if hello_only else open_session)(talk, server)
        finally:
            self._last = talk.address

    def _server(self, target: Target, *, plain: bool) -> ServerSettings:
        """Where it connects to, and what its settings say of that."""
        user, password = self.options.text("user_name"), self.options.text("password")
        return ServerSettings(
            target.addresses[: self.profile.host.addresses],
            self._port(),
            "off" if plain else self.options.text("tls") or "off",
            self._tls_options(target),
            (user, password) if self.options.on("authentication") else None,
            self._time("connect"),
        )

    def _port(self) -> int:
        direct = self.profile.host.lookup != "a"
        return 25 if direct else int(self.options.number("port", 25))

    def _probe(self, target: Target) -> Dialogue[None]:
        """Look whether the port speaks TLS, hang up, and come again in clear text."""
        outcome = yield Connect(target.addresses[0], self._port(), self._time("connect"))
        if isinstance(outcome, Connected):
            yield Write(_PROBE)
            yield Expect(self._time("reply"))
            yield HangUp()

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
            server_name="" if _numeric(target.host) else target.host,
            certificate=self.certificate,
            leaf_only=tls.leaf_only,
            clock_wrong=tls.clock_wrong,
        )


def _numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _by_domain(recipients: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    groups: dict[str, list[str]] = {}
    for address in recipients:
        groups.setdefault(address.rpartition("@")[2].lower(), []).append(address)
    return ((domain, tuple(people)) for domain, people in groups.items())
