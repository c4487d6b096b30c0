"""The connecting address, and the name behind it as the service writes it."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from fake_exo.mail.authentication.resolver import NXDOMAIN, Resolver


@dataclass(frozen=True, slots=True)
class ReverseName:
    """`name` is the first PTR value, empty if there is none; `stamp` is what `PTR:` shows.

    Stamps other than a name are those seen in X-Forefront-Antispam-Report of 2020-2026:
    InfoDomainNonexistent (NXDOMAIN), InfoNoRecords (no such record), ErrorRetry (DNS failed).
    """

    name: str
    stamp: str

    @property
    def missing(self) -> bool:
        """Whether DNS said that there is no name. A failure of DNS is not a missing name."""
        return not self.name and self.stamp.startswith("Info")


def client_address(text: str) -> IPv4Address | IPv6Address:
    """A connecting address without its zone; IPv4 written as IPv6 is IPv4 (RFC 7208 5).

    Raises: ValueError.
    """
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def reverse_name(ip: str, resolver: Resolver) -> ReverseName:
    """The reverse name of a connecting address.

    Raises: ValueError if `ip` is not an address.
    """
    answer = resolver.answer(client_address(ip).reverse_pointer, "PTR")
    if answer.values:
        name = answer.values[0].rstrip(".")
        return ReverseName(name, name)
    if answer.failed:
        return ReverseName("", "ErrorRetry")
    no_such_name = answer.rcode == NXDOMAIN
    return ReverseName("", "InfoDomainNonexistent" if no_such_name else "InfoNoRecords")
