"""SPF: may this address send for this domain? RFC 7208, `check_host()` and nothing around it.

Pure: DNS is the resolver handed in, time is a number handed in. The margin names the sections
that decide. Records are read by `spf_record`, macros by `spf_macro`. A refused sender is a
result; exceptions never leave `check_host`.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Never

from fake_exo.mail.authentication import spf_macro
from fake_exo.mail.authentication.resolver import Resolver, ResolverAnswer, is_queryable
from fake_exo.mail.authentication.reverse import client_address
from fake_exo.mail.authentication.spf_record import (
    Directive,
    SpfRecord,
    SpfSyntaxError,
    is_spf,
    parse,
)


class Spf(StrEnum):
    """The results of 2.6; the texts are those of `Authentication-Results`."""

    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_QUALIFIERS = {"+": Spf.PASS, "-": Spf.FAIL, "~": Spf.SOFTFAIL, "?": Spf.NEUTRAL}  # 4.6.2


@dataclass(frozen=True, slots=True)
class SpfLimits:
    """4.6.4. The numbers are the RFC's; what the service itself counts is not documented."""

    lookups: int = 10  # terms that cost DNS queries: include, a, mx, ptr, exists, redirect
    void_lookups: int = 2
    hosts: int = 10  # MX hosts, and names of a PTR answer


@dataclass(frozen=True, slots=True)
class SpfResult:
    """A verdict and how it came about."""

    result: Spf
    reason: str  # for people
    mechanism: str = ""  # the term that matched, as written
    explanation: str = ""  # 6.2: only for fail, only if the domain publishes one
    lookups: int = 0
    void_lookups: int = 0
    problem: str = ""  # for machines, with temperror, permerror and none: "syntax", "dns" ...
    domain: str = ""  # the domain that was judged

    @property
    def proven_domain(self) -> str:
        """The domain that this result vouches for; empty unless it is a pass."""
        return self.domain if self.result is Spf.PASS else ""


class _Stop(Exception):
    """Ends the whole check, from any depth (4.6: "check_host() returns immediately")."""

    def __init__(self, result: Spf, problem: str, reason: str) -> None:
        super().__init__(reason)
        self.result = result
        self.problem = problem
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Verdict:
    result: Spf
    mechanism: str
    record: SpfRecord | None = None
    domain: str = ""


@dataclass(slots=True)
class _Check:
    """One run: the identities, which do not change, and the counters, which do."""

    ip: IPv4Address | IPv6Address
    sender: str
    helo: str
    resolver: Resolver
    receiver: str
    now: int
    limits: SpfLimits
    lookups: int = 0
    void_lookups: int = 0
    pointers: ResolverAnswer | None = None
    validated: tuple[str, ...] | None = None

    @property
    def address_type(self) -> str:
        return "A" if self.ip.version == 4 else "AAAA"

    def values(self, domain: str) -> spf_macro.MacroValues:
        return spf_macro.MacroValues(
            ip=self.ip,
            sender=self.sender,
            domain=domain,
            helo=self.helo,
            receiver=self.receiver,
            now=self.now,
            validated_name=lambda: _validated_name(self, domain),
        )


def check_host(
    ip: str,
    domain: str,
    sender: str,
    helo: str,
    resolver: Resolver,
    *,
    receiver: str = "protection.outlook.com",
    now: int = 0,
    limits: SpfLimits | None = None,
) -> SpfResult:
    """Whether `ip` may send as `domain` (4.1).

    `sender`: MAIL FROM or, for the null sender, postmaster@HELO. `receiver` and `now` (seconds
    since the epoch) only feed the macros r and t.
    Raises: ValueError if `ip` is not an address; nothing else.
    """
    address = client_address(ip)
    sender = _with_local_part(sender, domain)
    run = _Check(address, sender, helo, resolver, receiver, now, limits or SpfLimits())
    domain = domain.rstrip(".")
    try:
        verdict = _evaluate(run, domain)
    except _Stop as stop:
        return _result(run, domain, stop.result, stop.reason, problem=stop.problem)
    explanation = _explanation(run, verdict) if verdict.result is Spf.FAIL else ""
    reason = _REASONS[verdict.result].format(ip=run.ip, domain=domain)
    return _result(run, domain, verdict.result, reason, verdict.mechanism, explanation)


_REASONS = {
    Spf.PASS: "{domain} designates {ip} as permitted sender",
    Spf.FAIL: "{domain} does not designate {ip} as permitted sender",
    Spf.SOFTFAIL: "{domain} discourages use of {ip} as permitted sender",
    Spf.NEUTRAL: "{ip} is neither permitted nor denied by {domain}",
}


def _result(
    run: _Check,
    domain: str,
    result: Spf,
    reason: str,
    mechanism: str = "",
    explanation: str = "",
    problem: str = "",
) -> SpfResult:
    return SpfResult(
        result=result,
        reason=reason,
        mechanism=mechanism,
        explanation=explanation,
        lookups=run.lookups,
        void_lookups=run.void_lookups,
        problem=problem,
        domain=domain,
    )


def _with_local_part(sender: str, domain: str) -> str:
    local, _, rest = sender.rpartition("@")
    return f"{local or 'postmaster'}@{rest or domain}"  # 4.3: no local part means postmaster


def _evaluate(run: _Check, domain: str) -> _Verdict:
    """4.3 to 4.7 for one domain; include and redirect come back here."""
    record = _record(run, domain)
    for directive in record.directives:
        if _matches(run, domain, directive):
            return _Verdict(_QUALIFIERS[directive.qualifier], directive.text, record, domain)
    if record.redirect and not record.has_all:  # 6.1
        return _redirected(run, domain, record.redirect)
    return _Verdict(Spf.NEUTRAL, "", record, domain)  # 4.7


def _record(run: _Check, domain: str) -> SpfRecord:
    if not is_queryable(domain) or "." not in domain:
        # 4.3: malformed, or not a multi-label name
        _stop(Spf.NONE, "malformed-domain", f"{domain!r} is not a domain name to ask for")
    answer = run.resolver.answer(domain, "TXT")
    if answer.failed:
        _dns_error(domain, "TXT", answer)  # 4.4
    texts = [text for text in answer.values if is_spf(text)]
    if not texts:
        _stop(Spf.NONE, "no-record", f"{domain} publishes no SPF record")  # 4.5
    if len(texts) > 1:
        _stop(Spf.PERMERROR, "multiple-records", f"{domain} publishes {len(texts)} SPF records")
    try:
        return parse(texts[0])
    except SpfSyntaxError as error:
        _stop(Spf.PERMERROR, "syntax", f"{domain}: {error}")  # 4.6


def _matches(run: _Check, domain: str, directive: Directive) -> bool:
    match directive.mechanism:
        case "all":
            return True
        case "ip4" | "ip6":
            return directive.network is not None and run.ip in directive.network  # 5.6
    _count_lookup(run)
    target = _target(run, domain, directive.domain) if directive.domain else domain
    match directive.mechanism:
        case "include":
            return _included(run, target)
        case "a":
            return _addresses_match(run, target, directive)  # 5.3
        case "mx":
            return _mx_matches(run, target, directive)
        case "exists":
            return bool(_ask(run, target, "A").values)  # 5.7: type A, even for IPv6
        case _:
            return _ptr_matches(run, target)


def _target(run: _Check, domain: str, spec: str) -> str:
    return spf_macro.target_name(spec, run.values(domain))


def _count_lookup(run: _Check) -> None:
    run.lookups += 1
    if run.lookups > run.limits.lookups:  # 4.6.4
        most = run.limits.lookups
        _stop(Spf.PERMERROR, "too-many-lookups", f"more than {most} terms that need DNS")


def _ask(run: _Check, name: str, type: str) -> ResolverAnswer:
    """A query on behalf of a mechanism: failures end the check, void answers are counted."""
    if not is_queryable(name):
        return ResolverAnswer("NXDOMAIN")  # 4.8: a name that DNS cannot carry matches nothing
    answer = run.resolver.answer(name, type)
    if answer.failed:
        _dns_error(name, type, answer)
    if answer.void:
        _count_void(run)
    return answer


def _count_void(run: _Check) -> None:
    """4.6.4, last paragraph: every query of a mechanism counts, as in other implementations;
    those of exp and of the macro p do not."""
    run.void_lookups += 1
    if run.void_lookups > run.limits.void_lookups:
        most = run.limits.void_lookups
        _stop(Spf.PERMERROR, "void-lookups", f"more than {most} queries without an answer")


def _included(run: _Check, target: str) -> bool:
    """5.2: only a pass matches; a domain without record breaks the record that includes it."""
    try:
        return _evaluate(run, target).result is Spf.PASS
    except _Stop as stop:
        raise _as_part_of(stop, f"include:{target}") from stop


def _redirected(run: _Check, domain: str, spec: str) -> _Verdict:
    _count_lookup(run)
    target = _target(run, domain, spec)
    try:
        return _evaluate(run, target)
    except _Stop as stop:
        raise _as_part_of(stop, f"redirect={target}") from stop  # 6.1


def _as_part_of(stop: _Stop, term: str) -> _Stop:
    if stop.result is not Spf.NONE:
        return stop
    return _Stop(Spf.PERMERROR, "no-record-at-target", f"{term}: {stop.reason}")


def _addresses_match(run: _Check, name: str, directive: Directive) -> bool:
    prefix = directive.prefix4 if run.ip.version == 4 else directive.prefix6
    shift = run.ip.max_prefixlen - prefix
    wanted = int(run.ip) >> shift
    values = _ask(run, name, run.address_type).values
    return any(int(ip) >> shift == wanted for ip in _addresses(values, run.ip.version))


def _addresses(values: tuple[str, ...], version: int) -> list[IPv4Address | IPv6Address]:
    found = []
    for value in values:
        try:
            address = ip_address(value)
        except ValueError:
            continue
        if address.version == version:
            found.append(address)
    return found


def _mx_matches(run: _Check, name: str, directive: Directive) -> bool:
    hosts = [value.split()[-1].rstrip(".") for value in _ask(run, name, "MX").values if value]
    hosts = [host for host in hosts if host]  # RFC 7505: "0 ." is no host
    if len(hosts) > run.limits.hosts:  # 4.6.4
        _stop(Spf.PERMERROR, "too-many-mx", f"{name} has more than {run.limits.hosts} MX hosts")
    return any(_addresses_match(run, host, directive) for host in hosts)


def _ptr_matches(run: _Check, target: str) -> bool:
    """5.5: failures of DNS mean "no match", never an error."""
    if _pointers(run).void:
        _count_void(run)
    return any(_is_within(name, target) for name in _validated(run))


def _pointers(run: _Check) -> ResolverAnswer:
    if run.pointers is None:
        run.pointers = run.resolver.answer(run.ip.reverse_pointer, "PTR")
    return run.pointers


def _validated(run: _Check) -> tuple[str, ...]:
    """The names of the address that lead back to it, asked for once per check."""
    if run.validated is None:
        most = run.limits.hosts  # 4.6.4: further names are ignored
        names = [value.rstrip(".") for value in _pointers(run).values[:most]]
        run.validated = tuple(name for name in names if _leads_back(run, name))
    return run.validated


def _leads_back(run: _Check, name: str) -> bool:
    if not is_queryable(name):
        return False
    values = run.resolver.answer(name, run.address_type).values
    return run.ip in _addresses(values, run.ip.version)


def _is_within(name: str, domain: str) -> bool:
    name, domain = name.lower(), domain.lower()
    return name == domain or name.endswith(f".{domain}")


def _validated_name(run: _Check, domain: str) -> str:
    """7.3, macro p: the domain itself, else a name below it, else any, else "unknown"."""
    names = _validated(run)
    exact = [name for name in names if name.lower() == domain.lower()]
    below = [name for name in names if _is_within(name, domain)]
    return next(iter((*exact, *below, *names)), "unknown")


def _explanation(run: _Check, verdict: _Verdict) -> str:
    """6.2: anything wrong with the explanation means that there is none."""
    if verdict.record is None or not verdict.record.explanation:
        return ""
    name = _target(run, verdict.domain, verdict.record.explanation)
    answer = run.resolver.answer(name, "TXT") if is_queryable(name) else ResolverAnswer("NXDOMAIN")
    if answer.failed or len(answer.values) != 1:
        return ""
    text = answer.values[0]
    try:
        spf_macro.check(text, spf_macro.EXPLANATION_LETTERS, spaces=True)
    except spf_macro.MacroError:
        return ""
    return spf_macro.expand(text, run.values(verdict.domain))


def _dns_error(name: str, type: str, answer: ResolverAnswer) -> Never:
    _stop(Spf.TEMPERROR, "dns", f"{type} of {name}: {answer.rcode}")


def _stop(result: Spf, problem: str, reason: str) -> Never:
    raise _Stop(result, problem, reason)
