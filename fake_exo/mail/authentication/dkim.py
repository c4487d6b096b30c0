"""DKIM: every signature of a message, judged (RFC 6376). dkimpy does canonical form and RSA.

dkimpy reads the machine's clock for t= and x=; here both are taken out before it looks and
judged against the time handed in, so that a verdict depends on the arguments only. The key is
fetched before dkimpy is called: a failure inside it can only be about the message or the key.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import dkim
from dkim.canonicalization import CanonicalizationPolicy
from dkim.crypto import HASH_ALGORITHMS, parse_pem_private_key
from dkim.util import InvalidTagValueList, parse_tag_value

from fake_exo.mail.authentication import dkim_input
from fake_exo.mail.authentication.dkim_input import BLANK_LIMIT, NAME_LIMIT, Field
from fake_exo.mail.authentication.resolver import Resolver, ResolverAnswer, is_queryable
from fake_exo.mail.fields import header_section

Whole = tuple[list[Field], bytes]  # all fields and the body of a message
SIGNATURE_LIMIT = 10  # ours: RFC 6376 6.1 lets a verifier limit its work; the service's is unknown
CLOCK_SLACK = 36_000  # dkimpy's ten hours for clocks that are wrong
SMALLEST_KEY = 1024  # RFC 8301 3.2

# The reasons of `dkim=... (reason)` that captures of 2019-2026 show. What the service stamps for
# an expired or a malformed signature was not seen; those are stamped SIGNATURE_BAD, and `detail`
# tells them apart.
VERIFIED = "signature was verified"
NOT_SIGNED = "message not signed"
BODY_CHANGED = "body hash did not verify"
SIGNATURE_BAD = "signature did not verify"
NO_KEY = "no key for signature"
KEY_TIMEOUT = "key query timeout"


class Dkim(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NONE = "none"
    TIMEOUT = "timeout"  # the service's word for a key that DNS could not give


@dataclass(frozen=True, slots=True)
class DkimSignature:
    """One DKIM-Signature field. `reason` is what is stamped, `detail` what was wrong."""

    result: Dkim
    reason: str
    domain: str = ""
    selector: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DkimResult:
    """All signatures, from the top. Without any: none, "message not signed"."""

    signatures: tuple[DkimSignature, ...] = ()

    @property
    def result(self) -> Dkim:
        return self._first.result

    @property
    def reason(self) -> str:
        return self._first.reason

    @property
    def passing_domains(self) -> tuple[str, ...]:
        return tuple(s.domain for s in self.signatures if s.result is Dkim.PASS)

    @property
    def _first(self) -> DkimSignature:
        """A signature that passed, else the topmost."""
        passed = (s for s in self.signatures if s.result is Dkim.PASS)
        unsigned = DkimSignature(Dkim.NONE, NOT_SIGNED)
        return next(passed, self.signatures[0] if self.signatures else unsigned)


def verify(message: bytes | bytearray, resolver: Resolver, now: float) -> DkimResult:
    """Judge the signatures of a message at the time `now` (seconds since the epoch).

    Never raises, whatever the bytes are.
    """
    if b"dkim-signature" not in header_section(message).lower():
        return DkimResult()  # most device mail: the body is not even looked at
    try:
        parsed = dkim_input.parsed(bytes(message), SMALLEST_KEY)
    except Exception as error:  # foreign parser, hostile bytes
        return DkimResult((_bad(f"header cannot be read: {error}"),))
    fields = [field for field in parsed.headers if field[0].lower() == b"dkim-signature"]
    whole = parsed.headers, parsed.body
    return DkimResult(
        tuple(_judge(parsed, whole, field, resolver, now) for field in fields[:SIGNATURE_LIMIT])
    )


def _judge(
    parsed: Any,  # noqa: ANN401
    whole: Whole,
    field: Field,
    resolver: Resolver,
    now: float,
) -> DkimSignature:
    try:
        tags = parse_tag_value(field[1])
        _check_tags(tags, field[1])
    except Exception as error:  # foreign parser, hostile bytes
        return _bad(f"signature field: {error}", **_names(field))
    names = {"domain": _text(tags[b"d"]).lower(), "selector": _text(tags[b"s"])}
    expired = _time_problem(tags, now)
    if expired:
        return _bad(expired, **names)
    place = f"{names['selector']}._domainkey.{names['domain']}"
    key = resolver.answer(place, "TXT") if is_queryable(place) else ResolverAnswer("NXDOMAIN")
    if key.failed:
        return DkimSignature(Dkim.TIMEOUT, KEY_TIMEOUT, **names, detail=key.rcode)
    if not key.values:
        return DkimSignature(Dkim.FAIL, NO_KEY, **names, detail=key.rcode)
    _prepare(parsed, whole, tags)
    return _verified(parsed, field, tags, key.values[0], names)


def _prepare(parsed: Any, whole: Whole, tags: Mapping[bytes, bytes]) -> None:  # noqa: ANN401
    """Give dkimpy what this signature is about: it looks for each name from the last field on."""
    fields, body = whole
    parsed.headers = dkim_input.chosen(fields, _signed(tags))[::-1]
    lax = tags.get(b"c", b"").partition(b"/")[2] == b"relaxed"
    parsed.body = dkim_input.relaxed(body) if lax else body


def _verified(
    parsed: Any,  # noqa: ANN401
    field: list[bytes],
    tags: Mapping[bytes, bytes],
    key: str,
    names: dict[str, str],
) -> DkimSignature:
    record = key.encode("utf-8", "replace")
    include = [field[0].lower() for field in parsed.headers[::-1]]
    try:
        dkim.evaluate_pk(names["domain"], record)
    except Exception as error:  # 3.6.1: an empty p= is a revoked key
        return DkimSignature(Dkim.FAIL, NO_KEY, **names, detail=f"key record: {error}")
    try:
        good = parsed.verify_sig(dict(tags), include, field, lambda name, timeout: record)
    except dkim.ValidationError as error:
        changed = str(error).startswith("body hash mismatch")
        reason = BODY_CHANGED if changed else SIGNATURE_BAD
        return DkimSignature(Dkim.FAIL, reason, **names, detail=str(error))
    except Exception as error:  # dkimpy lets KeyFormatError, binascii.Error and others through
        return _bad(str(error), **names)
    if not good:
        return _bad("the signature does not match the header fields", **names)
    return DkimSignature(Dkim.PASS, VERIFIED, **names)


def _signed(tags: Mapping[bytes, bytes]) -> list[bytes]:
    """The names of h=."""
    return [name.strip().lower() for name in tags[b"h"].split(b":")]


def _check_tags(tags: Mapping[bytes, bytes], field: bytes) -> None:
    """3.5 and 6.1.1, without the times.

    Raises: dkim.ValidationError.
    """
    if dkim_input.too_wide(field):
        raise dkim.ValidationError(f"more than {BLANK_LIMIT} blanks in a row")
    dkim.validate_signature_fields({k: v for k, v in tags.items() if k not in (b"t", b"x")})
    signed = _signed(tags)
    if b"from" not in signed:
        raise dkim.ValidationError("From is not among the signed fields")  # 5.4
    if len(signed) > NAME_LIMIT:
        raise dkim.ValidationError(f"more than {NAME_LIMIT} signed fields")


def _time_problem(tags: Mapping[bytes, bytes], now: float) -> str:
    """6.1.1 and 3.5: expired, from the future, or not a number; empty if all is well."""
    times = {name: tags[name] for name in (b"t", b"x") if name in tags}
    for value in times.values():
        if not re.fullmatch(rb"[0-9]{1,12}", value):
            return "t= or x= is not a time"
    if b"t" in times and int(times[b"t"]) > now + CLOCK_SLACK:
        return "t= is in the future"
    if b"x" in times and int(times[b"x"]) < now - CLOCK_SLACK:
        return "x= is past"
    return ""


def _names(field: list[bytes]) -> dict[str, str]:
    """d= and s= of a signature field that may be malformed elsewhere."""
    try:
        tags = parse_tag_value(field[1])
    except InvalidTagValueList:
        return {}
    domain = _text(tags.get(b"d", b"")).lower()
    return {"domain": domain, "selector": _text(tags.get(b"s", b""))}


def _bad(detail: str, domain: str = "", selector: str = "") -> DkimSignature:
    return DkimSignature(Dkim.FAIL, SIGNATURE_BAD, domain, selector, detail)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def sign(
    message: bytes,
    domain: str,
    selector: str,
    private_key: bytes,
    *,
    now: int,
    expires: int | None = None,
    canonical: str = "relaxed/relaxed",
) -> bytes:
    """The message with an rsa-sha256 signature on top, as a device or relay would send it.

    `private_key`: PEM. `now`, `expires`: t= and x=, seconds since the epoch.
    Raises: dkim.DKIMException for a message that cannot be signed (no From field).
    """
    signer = dkim.DKIM(message=message)
    policy = CanonicalizationPolicy.from_c_value(canonical.encode("ascii"))
    include = tuple(name.lower() for name in signer.default_sign_headers())
    if b"from" not in include:
        raise dkim.ParameterError("a message without From cannot be signed")
    signer.hasher = HASH_ALGORITHMS[b"rsa-sha256"]
    body_hash = signer.hasher()
    body_hash.update(policy.canonicalize_body(signer.body))
    fields = [
        (b"v", b"1"),
        (b"a", b"rsa-sha256"),
        (b"c", canonical.encode("ascii")),
        (b"d", domain.encode("ascii")),
        (b"s", selector.encode("ascii")),
        (b"t", b"%d" % now),
        *([] if expires is None else [(b"x", b"%d" % expires)]),
        (b"h", b":".join(include)),
        (b"bh", base64.b64encode(body_hash.digest())),
        (b"b", b"0" * 60),
    ]
    key = parse_pem_private_key(private_key)
    value: bytes = signer.gen_header(fields, include, policy, b"DKIM-Signature", key)
    return b"DKIM-Signature: " + value + message
