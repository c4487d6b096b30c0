"""What Microsoft publishes, and what it tells a customer to publish. Facts: `data/dns.yaml`."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from fake_exo.dns.domain import RecordError, domain, fold, suffixes
from fake_exo.dns.presentation import record
from fake_exo.dns.records import Record, Text, Zone
from fake_exo.exchange.labels import mx_host, mx_label
from fake_exo.rules.period import Period

_SELECTORS = ("selector1", "selector2")


Hosts = Mapping[str, tuple[Sequence[str], int]]  # addresses and TTL by name


def service_names(
    mx_hosts: Mapping[str, Sequence[str]], hosts: Hosts, day: date, *, site: str = "AMS"
) -> tuple[Zone, ...]:
    """The zones that Microsoft holds on a day.

    `mx_hosts`: full names with their addresses, IPv4 or IPv6; other names below
    mail.protection.outlook.com do not exist. `hosts`: names of other endpoints, at which the alias
    chains end. `site`: letters of the datacentre in them. Raises RecordError for an MX host that
    is not Microsoft's.
    """
    facts = _facts()
    rows = (row for row in facts["records"] if Period.of(row).holds(day))
    records = [_from_row(row, site) for row in rows]
    for name, (addresses, ttl) in hosts.items():
        records += _addresses(name.format(site=site), addresses, ttl)
    for host, addresses in mx_hosts.items():
        records += mx_records(host, addresses)
    return _zones(facts["zones"], records)


def mx_records(host: str, addresses: Sequence[str]) -> list[Record]:
    """The addresses of an MX host. Raises RecordError for one that is not Microsoft's."""
    return _addresses(_mx_name(host), addresses, _facts()["mx_address_ttl"]["value"])


def recommended_zone(
    domain_name: str,
    *,
    spf_extra: Sequence[str] = (),
    mx: str | None = None,
    initial_domain: str | None = None,
    dmarc: str | None = None,
    verification: str | None = None,
) -> Zone:
    """The zone of a customer who did what the admin centre said.

    `spf_extra`: mechanisms before Microsoft's include ("ip4:90.12.23.34"). `mx`: the MX host, if
    not the usual one. `initial_domain` (contoso.onmicrosoft.com) brings the DKIM aliases, which
    point there. `dmarc`: the text of _dmarc; `verification`: "MS=ms12345678". TTLs are 3600 s.
    Raises RecordError when the domain is no mail domain.
    """
    facts = _facts()
    name = fold(domain(domain_name))
    host = mx_host(name) if mx is None else domain(mx)
    spf = " ".join(("v=spf1", *spf_extra, facts["spf_include"]["value"], "-all"))
    rows = [
        ("@", "MX", f"{facts['mx_preference']['value']} {host}."),
        ("autodiscover", "CNAME", f"{facts['autodiscover']['value']}."),
    ]
    if initial_domain is not None:
        rows += _dkim_rows(name, domain(initial_domain))
    ttl = facts["customer_ttl"]["value"]
    texts = {name: (spf, verification), f"_dmarc.{name}": (dmarc,)}
    records = [record(*row, ttl, name) for row in rows]
    records += [_text(at, text, ttl) for at, found in texts.items() for text in found if text]
    return Zone(name, tuple(records))


def initial_zone(initial_domain: str, domains: Sequence[str]) -> Zone:
    """The zone of a tenant's initial domain, which Microsoft holds: its MX and SPF, and the DKIM
    keys to which the aliases of the other `domains` lead. Raises RecordError for no mail domain."""
    facts = _facts()
    origin, ttl = fold(domain(initial_domain)), facts["customer_ttl"]["value"]
    host = f"{facts['mx_preference']['value']} {mx_host(origin)}."
    spf = f"v=spf1 {facts['spf_include']['value']} -all"
    keys = [
        _text(_dkim_target(selector, name, origin), facts["dkim_key"]["value"], ttl)
        for name in domains
        for selector in _SELECTORS
    ]
    return Zone(origin, (record("@", "MX", host, ttl, origin), _text(origin, spf, ttl), *keys))


def _dkim_target(selector: str, name: str, initial_domain: str) -> str:
    form: str = _facts()["dkim_target"]["value"]
    return form.format(selector=selector, label=mx_label(name), initial_domain=initial_domain)


def _dkim_rows(name: str, initial_domain: str) -> list[tuple[str, str, str]]:
    return [
        (f"{selector}._domainkey", "CNAME", f"{_dkim_target(selector, name, initial_domain)}.")
        for selector in _SELECTORS
    ]


def microsoft_origins() -> frozenset[str]:
    """Where the zones begin that Microsoft holds."""
    return frozenset(_facts()["zones"])


def never() -> tuple[str, ...]:
    """Domains of which no name is answered unless it is served: where users sign in."""
    return tuple(_facts()["never"])


def dated_names() -> tuple[Mapping[str, Any], ...]:
    """The rows of Microsoft's own names, each with the days on which it is there."""
    return tuple(_facts()["records"])


@lru_cache(maxsize=1)
def _facts() -> dict[str, Any]:
    text = files("fake_exo.exchange.data").joinpath("dns.yaml").read_text("utf-8")
    facts: dict[str, Any] = yaml.safe_load(text)
    return facts


def _from_row(row: Mapping[str, Any], site: str) -> Record:
    return record(row["name"], row["type"], row["data"].format(site=site), row["ttl"])


def _text(name: str, text: str, ttl: int) -> Record:
    return Record(name, "TXT", ttl, Text((text.encode(),)))


def _addresses(name: str, addresses: Sequence[str], ttl: int) -> list[Record]:
    return [record(name, "AAAA" if ":" in ip else "A", ip, ttl) for ip in addresses]


def _mx_name(host: str) -> str:
    name = fold(domain(host))
    if not name.endswith((".mail.protection.outlook.com", ".mx.microsoft")):
        raise RecordError(
            f"{host} is no MX host of Exchange Online",
            "write <label>.mail.protection.outlook.com, or below mx.microsoft",
        )
    return name


def _zones(origins: Sequence[str], records: Sequence[Record]) -> tuple[Zone, ...]:
    held: dict[str, list[Record]] = {origin: [] for origin in origins}
    for found in records:
        origin = next(suffix for suffix in suffixes(fold(found.name)) if suffix in held)
        held[origin].append(found)
    return tuple(Zone(origin, tuple(found)) for origin, found in held.items())
