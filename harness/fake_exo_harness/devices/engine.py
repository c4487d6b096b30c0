"""What a device says next: one generator of actions, driven by profile and settings.

No socket, clock or chance. Whatever the server answers, or does not, the dialogue comes to its
end with a `JobResult`.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address

from fake_exo_harness.devices import transaction
from fake_exo_harness.devices.actions import (
    Action,
    Answer,
    Close,
    Connect,
    Connected,
    ConnectFailed,
    Dialogue,
    Expect,
    Job,
    JobResult,
    Lookup,
    Outcome,
    Pause,
    Send,
    StartTls,
    TlsOptions,
    TlsUp,
)
from fake_exo_harness.devices.compose import compose
from fake_exo_harness.devices.options import Options
from fake_exo_harness.devices.profiles import Profile
from fake_exo_harness.devices.resolver import Names
from fake_exo_harness.devices.talk import GaveUp, Talk

# A ClientHello as a probing printer sends it on a clear port; free of CRLF.
_PROBE = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"

Run = Generator[Action, Outcome, None]


@dataclass(frozen=True, slots=True)
class Target:
    """One server to hand the mail to, and for whom."""

    host: str
    addresses: tuple[str, ...]
    recipients: tuple[str, ...]


class HandedOver(Exception):
    """A mail server that is not the service's took the connection, and with it the mail."""


@dataclass
class Device:
    """A configured device. `perform` may be called for any number of jobs."""

    profile: Profile
    options: Options
    tls_version: str | None = None
    certificate: str | None = None
    seed: int = 0
    names: Names = field(default_factory=Names)  # what it remembers of the DNS
    _jobs: int = field(default=0)
    _now: float = 0.0
    _last: str = ""  # the address it connected to last
    _elsewhere: bool = False

    def perform(self, job: Job, now: datetime) -> Dialogue:
        """The dialogue of one job; `now` is what the device's own clock shows."""
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
        attempts = int(self.profile.retry["attempts"])
        for attempt in range(1, attempts + 1):
            failure, refused = yield from self._attempt(job, content)
            if failure is None:
                stage = "elsewhere" if self._elsewhere else ""
                return JobResult(True, "OK", stage, tuple(refused), attempt, address=self._last)
            if not failure.temporary or attempt == attempts:
                return self._gave_up(failure, refused, attempt)
            yield Pause(float(self.profile.retry["wait"]))
        raise AssertionError("a device tries at least once")

    def _say(self, job: Job) -> Dialogue:
        """Somebody with telnet: a line, an answer, the next line; message data without waiting."""
        talk = Talk(self.profile)
        try:
            target = (yield from self._targets(job))[0]
            mode = self.options.text("tls") or "off"
            yield from self._connect(talk, target, mode)
            yield from talk.reply("connect")
            yield from transaction.type_lines(talk, job.lines, self._tls_options(target))
        except GaveUp as failure:
            yield Close()
            return JobResult(False, failure.text, failure.stage)
        yield Close()
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
        return self._address(self.profile.envelope["mail_from"], job)

    def header_from(self, job: Job) -> str:
        if job.header_from is not None:
            return job.header_from
        return self._address(self.profile.envelope["header_from"], job)

    def _address(self, source: str, job: Job) -> str:
        if source == "application_name":
            return self.profile.application_name
        person = job.user or ""
        if source == "administrator_or_user" and self.options.on("user_authentication"):
            return person or self._registered()
        if source == "user_or_administrator" and not self.options.on("sp5_860_022"):
            return person or self.options.text("from_address") or self._registered()
        if source == "user_name":
            return self.options.text("user_name") or self._registered()
        if source == "from_address":
            return self.options.text("from_address") or self._registered()
        return self._registered()

    def _registered(self) -> str:
        known = self.options
        return known.text("administrator_address") or known.text("from_address")

    # ---- one attempt -----------------------------------------------------------------------------

    def _attempt(
        self, job: Job, content: bytes
    ) -> Generator[Action, Outcome, tuple[GaveUp | None, list[str]]]:
        refused: list[str] = []
        self._last, self._elsewhere = "", False
        try:
            targets = yield from self._targets(job)
            for target in targets:
                refused += yield from self._deliver(job, content, target, plain=False)
        except GaveUp as failure:
            return failure, refused
        except HandedOver:
            self._elsewhere = True
        return None, refused

    def _deliver(
        self, job: Job, content: bytes, target: Target, *, plain: bool
    ) -> Generator[Action, Outcome, list[str]]:
        talk = Talk(self.profile)
        try:
            yield from self._open(talk, target, job, plain=plain)
            if job.kind == "test" and self.profile.test == "hello":
                refused: list[str] = []
            else:
                parts = transaction.parts(self.profile, self.options, content)
                refused = yield from self._messages(talk, job, target, parts)
        except GaveUp as failure:
            yield from talk.leave(failure)
            fallback = self.profile.retry["clear_text_after_tls_failure"]
            if failure.stage == "tls" and fallback and not plain:
                return (yield from self._deliver(job, content, target, plain=True))
            raise
        yield from talk.leave(None)
        return refused

    def _messages(
        self, talk: Talk, job: Job, target: Target, parts: list[bytes]
    ) -> Generator[Action, Outcome, list[str]]:
        refused: list[str] = []
        for part in parts:
            refused = yield from transaction.send(
                talk, self.profile, self.sender(job), target.recipients, part
            )
        return refused

    # ---- where to ----------------------------------------------------------------------

    def _targets(self, job: Job) -> Generator[Action, Outcome, list[Target]]:
        recipients = (*job.to, *job.cc, *job.bcc)
        if self.profile.host["lookup"] == "a":
            host = self.options.text("smtp_server")
            if not host:
                raise GaveUp("device", "no mail server is configured")
            addresses = yield from self._resolve(host)
            return [Target(host, addresses, recipients)]
        targets = []
        for domain, people in _by_domain(recipients):
            host = domain
            if self.profile.host["lookup"] == "recipient-mx":
                host = yield from self._exchanger(domain)
            addresses = yield from self._resolve(host)
            targets.append(Target(host, addresses, people))
        return targets

    def _exchanger(self, domain: str) -> Generator[Action, Outcome, str]:
        answer = yield from self._ask(domain, "MX")
        hosts = answer.data
        ranked = sorted(h.split() for h in hosts if len(h.split()) == 2)
        return ranked[0][1] if ranked else domain

    def _resolve(self, host: str) -> Generator[Action, Outcome, tuple[str, ...]]:
        """The addresses of a host, in the order in which the device tries them."""
        if _numeric(host):
            return (host,)
        found: tuple[str, ...] = ()
        rcode = ""
        for type_ in ("AAAA", "A") if self.profile.host["ipv6_first"] else ("A",):
            answer = yield from self._ask(host, type_)
            found, rcode = (*found, *answer.data), answer.rcode
        if not found:
            raise GaveUp("dns", f"{host}: {rcode}", temporary=True)
        return found

    def _ask(self, name: str, type_: str) -> Generator[Action, Outcome, Answer]:
        """Look a name up, first in what the device remembers."""
        suffix = str(self.profile.host["search"])
        if suffix:
            longer = yield from self._lookup(f"{name}.{suffix}", type_)
            if longer.data:
                return longer
        return (yield from self._lookup(name, type_))

    def _lookup(self, name: str, type_: str) -> Generator[Action, Outcome, Answer]:
        manner = str(self.profile.host["cache"])
        known = self.names.get(manner, name, type_, self._now)
        if known is not None:
            return known
        answer = yield Lookup(name, type_)
        if not isinstance(answer, Answer):
            return Answer("TIMEOUT")
        self.names.keep(manner, name, type_, self._now, answer)
        return answer

    # ---- up to the mail ----------------------------------------------------------------------

    def _open(self, talk: Talk, target: Target, job: Job, *, plain: bool) -> Run:
        mode = "off" if plain else self.options.text("tls") or "off"
        if self.profile.tls["probe"]:
            yield from self._probe(target)
        yield from self._connect(talk, target, mode)
        yield from talk.reply("connect", expect=220)
        yield from talk.hello()
        if job.kind == "test" and self.profile.test == "hello":
            return
        if not plain:
            yield from self._start_tls(talk, target, mode)
        if self.options.on("authentication"):
            user, password = self.options.text("user_name"), self.options.text("password")
            yield from transaction.authenticate(talk, self.profile, user, password)

    def _port(self) -> int:
        direct = self.profile.host["lookup"] != "a"
        return 25 if direct else int(self.options.number("port", 25))

    def _probe(self, target: Target) -> Run:
        """Look whether the port speaks TLS, hang up, and come again in clear text."""
        outcome = yield Connect(target.addresses[0], self._port(), self._time("connect"))
        if isinstance(outcome, Connected):
            yield Send(_PROBE)
            yield Expect(self._time("reply"))
            yield Close()

    def _time(self, name: str) -> float:
        chosen = self.options.values.get("timeout")
        return float(chosen) if chosen is not None else float(self.profile.timeouts[name])

    def _connect(self, talk: Talk, target: Target, mode: str) -> Run:
        talk.timeout = self._time("reply")
        talk.final = max(talk.timeout, float(self.profile.timeouts["final"]))
        if self.options.values.get("timeout") is not None:
            talk.final = talk.timeout
        implicit = self._tls_options(target) if mode == "ssl" else None
        most = int(self.profile.host["addresses"])
        for address in target.addresses[:most]:
            self._last = address
            outcome = yield Connect(address, self._port(), self._time("connect"), implicit)
            if not isinstance(outcome, ConnectFailed) or outcome.reason != "timeout":
                break
        if isinstance(outcome, ConnectFailed):
            if outcome.reason == "elsewhere":
                raise HandedOver
            stage = "tls" if outcome.reason == "tls" else "connect"
            raise GaveUp(stage, outcome.detail or outcome.reason, temporary=True)
        talk.connected = True

    def _tls_options(self, target: Target) -> TlsOptions:
        tls = self.profile.tls
        newest = self.tls_version or tls["maximum"]
        return TlsOptions(
            minimum=min(tls["minimum"], newest),
            maximum=newest,
            verify=self.options.on("verify_certificate") or bool(tls["verify"]),
            server_name="" if _numeric(target.host) else target.host,
            # Without its chain nobody can verify a certificate: as if there were none.
            certificate=None if tls["leaf_only"] else self.certificate,
            clock_wrong=bool(tls["clock_wrong"]),
        )

    def _start_tls(self, talk: Talk, target: Target, mode: str) -> Run:
        policy, offered = self.profile.tls["policy"], "STARTTLS" in talk.capabilities
        if policy == "never" or (mode == "off" and policy != "opportunistic"):
            return
        if not offered and policy == "opportunistic":
            return
        if not offered and policy != "blind":
            raise GaveUp("no-starttls", "the server offers no STARTTLS")
        yield from talk.ask("STARTTLS", "tls", expect=220)
        outcome = yield StartTls(self._tls_options(target))
        if not isinstance(outcome, TlsUp):
            talk.connected = False
            raise GaveUp("tls", getattr(outcome, "detail", "handshake failed"), temporary=True)
        talk.secured = True
        yield from talk.hello()


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
