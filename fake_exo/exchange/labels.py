"""The MX host that Exchange Online gives a domain: contoso.com -> contoso-com.mail....outlook.com.

Without hyphens the rule is documented: dots become dashes. With hyphens it is not; the algorithm
here reproduces all of 21 public samples, one of which had been predicted from its label.
"""

import re

from fake_exo.dns.domain import MAX_LABEL, RecordError, domain, fold
from fake_exo.rules.period import Confidence

MX_SUFFIX = "mail.protection.outlook.com"

_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_UNSEEN_RUN = 10  # zero nibbles; no sample has a first hyphen, or a gap, this far along


def mx_label(domain_name: str) -> str:
    """The label of a domain's MX host and of its DKIM names; A-labels for names outside ASCII.

    Raises RecordError for what is no host name, and when the label exceeds 63 octets: what the
    service does then is not known.
    """
    name = _host_name(domain_name)
    label = name.replace("-", "").replace(".", "-") + _hyphens(name)
    if len(label) > MAX_LABEL:
        raise RecordError(
            f"the MX label of {name} would have {len(label)} characters",
            f"a label has at most {MAX_LABEL}: take the host from the admin centre",
        )
    return label


def mx_host(domain_name: str) -> str:
    """The full name of the MX host of a domain, the initial domain included. As `mx_label`."""
    return f"{mx_label(domain_name)}.{MX_SUFFIX}"


def short_mx_host(initial_domain: str) -> str | None:
    """The short MX host of contoso.onmicrosoft.com: contoso.mail.protection.outlook.com.

    None for other domains. That every initial domain has one rests on a single weak source
    (confidence low).
    """
    prefix, _, rest = _host_name(initial_domain).partition(".")
    return f"{prefix}.{MX_SUFFIX}" if rest == "onmicrosoft.com" else None


def label_confidence(domain_name: str) -> Confidence:
    """How sure the label is: HIGH without hyphens, MEDIUM with, LOW beyond what samples show."""
    written = _hyphens(_host_name(domain_name))
    if not written:
        return Confidence.HIGH
    longest = max((int(run) for run in re.findall(r"[0-9]+", written[1:])), default=0)
    return Confidence.LOW if longest >= _UNSEEN_RUN else Confidence.MEDIUM


def _host_name(text: str) -> str:
    name = fold(domain(text))
    if not _DOMAIN.fullmatch(name):
        raise RecordError(
            f"{text!r} is no mail domain", "write letters, digits and inner hyphens: contoso.com"
        )
    return name


def _hyphens(name: str) -> str:
    """Where the hyphens were: "0", then per nibble of positions a letter, gaps as numbers."""
    if "-" not in name:
        return ""
    written, gap = "0", 0
    for start in range(0, len(name), 4):
        value = sum(1 << at for at, c in enumerate(name[start : start + 4]) if c == "-")
        written += f"{gap or ''}{chr(ord('a') + value)}" if value else ""
        gap = 0 if value else gap + 1
    return written
