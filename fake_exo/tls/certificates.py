"""Certificates that clients should refuse, and some that look odd but are good: real ones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import trustme

from fake_exo.tls.choice import CERTIFICATES
from fake_exo.tls.issuing import Credentials, Validity, issue

_FILLERS = 700  # names that make a certificate of about 20 kB

Names = tuple[str, ...]


def credentials(kind: str, names: Names, ca: trustme.CA) -> Credentials:
    """What a server of these names shows, the common name first. Raises KeyError for an unknown
    kind."""
    return _KINDS[kind](names, ca)


def _good(names: Names, ca: trustme.CA) -> Credentials:
    return issue(names[0], names, ca)


def _expired(names: Names, ca: trustme.CA) -> Credentials:
    past = Validity(datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC))
    return issue(names[0], names, ca, validity=past)


def _not_yet_valid(names: Names, ca: trustme.CA) -> Credentials:
    soon = datetime.now(UTC) + timedelta(days=30)
    return issue(names[0], names, ca, validity=Validity(soon, soon + timedelta(days=365)))


def _wrong_name(names: Names, ca: trustme.CA) -> Credentials:
    return issue("mail.wrong.example", ["mail.wrong.example"], ca)


def _wildcard(names: Names, ca: trustme.CA) -> Credentials:
    stars = dict.fromkeys(f"*.{name.partition('.')[2]}" for name in names if name.count(".") > 1)
    return issue(next(iter(stars)), stars, ca)


def _name_only_in_subject(names: Names, ca: trustme.CA) -> Credentials:
    return issue(names[0], [], ca)


def _address_only(names: Names, ca: trustme.CA) -> Credentials:
    # A common name that could be a host's would be held against a kept authority's constraints.
    return issue("FAKE, an address only", ["192.0.2.1"], ca)


def _self_signed(names: Names, ca: trustme.CA) -> Credentials:
    return issue(names[0], names, None)


def _unknown_root(names: Names, ca: trustme.CA) -> Credentials:
    nobodys = "FAKE root that nobody trusts"
    root = trustme.CA(organization_name=nobodys, key_type=trustme.KeyType.RSA)
    return issue(names[0], names, root)


def _no_intermediate(names: Names, ca: trustme.CA) -> Credentials:
    return issue(names[0], names, ca).leaf_only


def _large(names: Names, ca: trustme.CA) -> Credentials:
    fillers = (f"filler-{number:04d}.protection.outlook.com" for number in range(_FILLERS))
    return issue(names[0], [*names, *fillers], ca)


_KINDS: dict[str, Callable[[Names, trustme.CA], Credentials]] = {
    "good": _good,
    "expired": _expired,
    "not-yet-valid": _not_yet_valid,
    "wrong-name": _wrong_name,
    "wildcard": _wildcard,
    "name-only-in-subject": _name_only_in_subject,
    "address-only": _address_only,
    "self-signed": _self_signed,
    "unknown-root": _unknown_root,
    "no-intermediate": _no_intermediate,
    "large": _large,
}
assert set(_KINDS) == set(CERTIFICATES)
