"""The fields that the service stamps, as text. Plain arguments in, folded lines out.

The forms are those of public captures, 2019-2026, down to the folding: at spaces, lines of at
most 78 characters. Each function returns one field with CRLF between its lines and at the end.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

LINE_LIMIT = 78  # RFC 5322 2.1.1, and what captures show

# 2026 captures begin with this authentication server id; those until 2025 have none.
AUTHSERV_2026 = "mx.microsoft.com 1"

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_RECEIVED_SPF = {
    "pass": "Pass (protection.outlook.com: domain of {domain} designates {ip} as permitted"
    " sender) receiver=protection.outlook.com; client-ip={ip}; helo={helo}; pr=C",
    "fail": "Fail (protection.outlook.com: domain of {domain} does not designate {ip} as"
    " permitted sender) receiver=protection.outlook.com; client-ip={ip}; helo={helo};",
    "softfail": "SoftFail (protection.outlook.com: domain of transitioning {domain} discourages"
    " use of {ip} as permitted sender)",
    "neutral": "Neutral (protection.outlook.com: {ip} is neither permitted nor denied by domain"
    " of {domain})",
    "none": "None (protection.outlook.com: {domain} does not designate permitted sender hosts)",
    "permerror": "PermError (protection.outlook.com: domain of {domain} used an invalid SPF"
    " mechanism)",
    "temperror": "TempError (protection.outlook.com: error in processing during lookup of"
    " {domain}: DNS Timeout)",
}


def fold(name: str, value: str) -> str:
    """A field, broken at spaces so that lines fit where they can; words are never cut."""
    lines = [f"{name}:"]
    for word in clean(value).split(" "):
        if len(lines[-1]) + 1 + len(word) > LINE_LIMIT:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"


def clean(value: str) -> str:
    """What a client sent (HELO, domains) must not start a line of its own."""
    return "".join(c if c.isprintable() else "?" for c in value)


def dkim_part(result: str, reason: str, domain: str) -> str:
    """`dkim=pass (signature was verified) header.d=contoso.com` for one signature."""
    return f"dkim={result} ({reason}) header.d={domain or 'none'}"


def authentication_results(
    *,
    spf: str,
    client_ip: str,
    mail_from: str,
    dkim: Sequence[str],
    dmarc: str,
    action: str,
    header_from: str,
    compauth: str,
    reason: str,
    helo: str = "",
    authserv: str = "",
) -> str:
    """Authentication-Results. `mail_from`: the domain of P1; if empty, `helo` was judged.

    `dkim`: one `dkim_part` per signature, at least one. Parts after the first signature follow
    their semicolon without a space, as the service writes them.
    """
    identity = f"smtp.mailfrom={mail_from}" if mail_from else f"smtp.helo={helo}"
    start = f"{authserv}; " if authserv else ""
    return fold(
        "Authentication-Results",
        f"{start}spf={spf} (sender IP is {client_ip}) {identity}; {';'.join(dkim)};"
        f"dmarc={dmarc} action={action} header.from={header_from};"
        f"compauth={compauth} reason={reason}",
    )


def received_spf(result: str, domain: str, client_ip: str, helo: str) -> str:
    """Received-SPF. `result` is the lower-case word of Authentication-Results.

    Raises: KeyError for a word that SPF does not have.
    """
    value = _RECEIVED_SPF[result].format(domain=domain, ip=client_ip, helo=helo)
    return fold("Received-SPF", value)


def forefront_antispam_report(
    *,
    client_ip: str,
    helo: str,
    scl: int,
    sfv: str,
    category: str,
    reverse: str = "",
    country: str = "",
    language: str = "en",
    ip_verdict: str = "NLI",
    safety: str | None = None,
    rules: Sequence[int] = (13230040,),
    direction: str = "INB",
) -> str:
    """X-Forefront-Antispam-Report: one word without spaces, on a line of its own.

    `safety`: value of SFTY; None leaves the field out, as in captures of ordinary mail.
    """
    fields = (
        f"CIP:{client_ip}",
        f"CTRY:{country}",
        f"LANG:{language}",
        f"SCL:{scl}",
        "SRV:",
        f"IPV:{ip_verdict}",
        f"SFV:{sfv}",
        f"H:{helo}",
        f"PTR:{reverse}",
        f"CAT:{category}",
        *([] if safety is None else [f"SFTY:{safety}"]),
        f"SFS:{''.join(f'({rule})' for rule in rules)}",
        f"DIR:{direction}",
    )
    return fold("X-Forefront-Antispam-Report", ";".join(fields).replace(" ", "") + ";")


def microsoft_antispam(bulk_level: int = 0, rules: Sequence[int] = (13230040,)) -> str:
    """X-Microsoft-Antispam: the bulk complaint level, and rule numbers that mean nothing here."""
    rule_list = f"ARA:{'|'.join(str(rule) for rule in rules)};" if rules else ""
    return fold("X-Microsoft-Antispam", f"BCL:{bulk_level};{rule_list}")


def received(
    *,
    helo: str,
    client_ip: str,
    host: str,
    host_ip: str,
    version: str,
    when: datetime,
    tls: tuple[str, str] | None = None,
) -> str:
    """The Received line of the front end. `tls`: protocol and cipher, ("TLS1_3", "TLS_AES...").

    `version` is the build: 15.20.8699.26. `when` must know its zone.
    """
    security = f" (version={tls[0]}, cipher={tls[1]})" if tls else ""
    return fold(
        "Received",
        f"from {helo} ({client_ip}) by {host} ({host_ip}) with Microsoft SMTP Server{security}"
        f" id {version} via Frontend Transport; {internet_date(when)}",
    )


def internet_date(when: datetime) -> str:
    """RFC 5322 3.3 in UTC, the day without leading zero, whatever the machine's language."""
    utc = when.astimezone(UTC)
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    return f"{day}, {utc.day} {month} {utc.year} {utc:%H:%M:%S} +0000"
