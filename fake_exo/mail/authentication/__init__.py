"""Is this anonymous mail what it says it is? SPF, DKIM, DMARC, and the composite verdict. Pure.

`authenticate` is the one door; the parts are usable by themselves. DNS comes in as a `Resolver`,
time as a number; there is no chance, no clock and no socket in here, and no message raises.
"""

from dataclasses import dataclass

from fake_exo.mail.addresses import address_domain
from fake_exo.mail.authentication import dkim, dmarc, headers
from fake_exo.mail.authentication.composite import (
    CompAuth,
    CompositeResult,
    DeliveryLocation,
    Evidence,
    FilterVerdict,
    judge,
    suggest,
)
from fake_exo.mail.authentication.dkim import Dkim, DkimResult, DkimSignature
from fake_exo.mail.authentication.dmarc import Dmarc, DmarcAction, DmarcResult
from fake_exo.mail.authentication.resolver import LiteralResolver, Resolver, ResolverAnswer
from fake_exo.mail.authentication.reverse import ReverseName, reverse_name
from fake_exo.mail.authentication.spf import Spf, SpfResult, check_host
from fake_exo.mail.fields import from_addresses, header_section

__all__ = [
    "Authentication",
    "CompAuth",
    "CompositeResult",
    "DeliveryLocation",
    "Dkim",
    "DkimResult",
    "DkimSignature",
    "Dmarc",
    "DmarcAction",
    "DmarcResult",
    "FilterVerdict",
    "LiteralResolver",
    "Resolver",
    "ResolverAnswer",
    "ReverseName",
    "Spf",
    "SpfResult",
    "authenticate",
    "check_host",
    "reverse_name",
]


@dataclass(frozen=True, slots=True)
class Authentication:
    """All that was found out about one message, and what it suggests."""

    client_ip: str
    helo: str
    mail_from_domain: str  # P1; empty for the null sender
    from_domain: str  # P2; empty if header From has none
    spf: SpfResult
    dkim: DkimResult
    dmarc: DmarcResult
    composite: CompositeResult
    verdict: FilterVerdict
    reverse: ReverseName

    def fields(self, *, authserv: str = "") -> tuple[str, ...]:
        """The fields to put on top of the message, in the service's order, each with CRLF."""
        return (
            self._authentication_results(authserv),
            headers.received_spf(self.spf.result, self.spf.domain, self.client_ip, self.helo),
            headers.forefront_antispam_report(
                client_ip=self.client_ip,
                helo=self.helo,
                scl=self.verdict.scl,
                sfv=self.verdict.sfv,
                category=self.verdict.category,
                reverse=self.reverse.stamp,
            ),
            headers.microsoft_antispam(),
        )

    def _authentication_results(self, authserv: str) -> str:
        signatures = self.dkim.signatures or (DkimSignature(Dkim.NONE, dkim.NOT_SIGNED),)
        return headers.authentication_results(
            authserv=authserv,
            spf=self.spf.result,
            client_ip=self.client_ip,
            mail_from=self.mail_from_domain,
            helo=self.helo,
            dkim=[headers.dkim_part(s.result, s.reason, s.domain) for s in signatures],
            dmarc=self.dmarc.result,
            action=self.dmarc.action,
            header_from=self.from_domain,
            compauth=self.composite.result,
            reason=self.composite.reason,
        )


def authenticate(
    message: bytes | bytearray,
    *,
    client_ip: str,
    helo: str,
    mail_from: str,
    resolver: Resolver,
    accepted_domains: frozenset[str],
    honor_dmarc: bool,
    now: float,
    connector: bool = False,
    arc_trusted: bool = False,
    spoof_forbidden: bool = False,
    fraction: float | None = None,
) -> Authentication:
    """Judge a message that `client_ip` delivered.

    `mail_from`: P1, empty for the null sender. `accepted_domains`: lower case, those of the
    recipient's tenant. `now`: seconds since the epoch. `connector`: attributed to a tenant, so
    not anonymous. `fraction`: in [0, 1), compared with pct= of DMARC; None takes it from the
    message, so that the same message always fares the same.
    Raises: ValueError if `client_ip` is not an address; nothing else.
    """
    p1 = address_domain(mail_from)
    p2 = next((spec.domain for spec in from_addresses(message)), "")
    spf = check_host(client_ip, p1 or helo, mail_from, helo, resolver, now=int(now))
    signatures = dkim.verify(message, resolver, now)
    policy = dmarc.evaluate(
        p2,
        resolver,
        spf_domain=spf.proven_domain,
        dkim_domains=signatures.passing_domains,
        fraction=dmarc.sample(header_section(message)) if fraction is None else fraction,
    )
    reverse = reverse_name(client_ip, resolver)
    evidence = Evidence(
        client_ip=client_ip,
        spf=spf,
        dkim=signatures,
        dmarc=policy,
        own_domain=p2 in accepted_domains,
        own_sender=p1 in accepted_domains,
        connector=connector,
        arc_trusted=arc_trusted,
        spoof_forbidden=spoof_forbidden,
        honor_dmarc=honor_dmarc,
        reverse_name=reverse.name,
    )
    found = judge(evidence)
    verdict = suggest(evidence, found)
    return Authentication(client_ip, helo, p1, p2, spf, signatures, policy, found, verdict, reverse)
