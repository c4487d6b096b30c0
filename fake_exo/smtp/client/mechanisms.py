"""What a client answers in a SASL exchange, mechanism by mechanism.

A generator each: it yields responses, and is sent challenges, both as bytes before base64. Those
whose client speaks first yield at once; the others wait for a challenge, and yield b"" before it.
Nonces are fixed, so that a rehearsal is the same each time.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import NamedTuple

Exchange = Generator[bytes, bytes, None]
_NONCE = "ZmFrZS1leG8tY2xpZW50"
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^,]*))')
# Negotiate Unicode, OEM, NTLM, always sign: what a client asks for that knows no domain yet.
_NTLM_NEGOTIATE = b"NTLMSSP\x00\x01\x00\x00\x00\x07\x82\x08\x00" + bytes(16)


@dataclass(frozen=True, slots=True)
class SaslIdentity:
    """Who signs in; `token` where a bearer is wanted, else the password is one."""

    user: str
    password: str
    token: str = ""
    service: str = "smtp/localhost"
    nonce: str = _NONCE


class Mechanism(NamedTuple):
    """`first`: the client may speak first, in the line of AUTH."""

    first: bool
    speak: Callable[[SaslIdentity], Exchange]


def _plain(who: SaslIdentity) -> Exchange:
    yield f"\0{who.user}\0{who.password}".encode()


def _login(who: SaslIdentity) -> Exchange:
    yield who.user.encode()
    yield who.password.encode()


def _bearer(who: SaslIdentity) -> Exchange:
    yield f"user={who.user}\1auth=Bearer {who.token or who.password}\1\1".encode()
    yield b""  # what is refused ends with an empty response


def _cram_md5(who: SaslIdentity) -> Exchange:
    challenge = yield b""
    digest = hmac.new(who.password.encode(), challenge, hashlib.md5).hexdigest()
    yield f"{who.user} {digest}".encode()


def _digest_md5(who: SaslIdentity) -> Exchange:
    """RFC 2831, quality of protection `auth`."""
    challenge = yield b""
    given = {m[1]: m[2] or m[3] for m in _FIELD.finditer(challenge.decode("utf-8", "replace"))}
    realm, nonce, uri = given.get("realm", ""), given.get("nonce", ""), who.service
    known = hashlib.md5(f"{who.user}:{realm}:{who.password}".encode()).digest()
    first = hashlib.md5(known + f":{nonce}:{who.nonce}".encode()).hexdigest()
    second = hashlib.md5(f"AUTHENTICATE:{uri}".encode()).hexdigest()
    sealed = f"{first}:{nonce}:00000001:{who.nonce}:auth:{second}".encode()
    response = hashlib.md5(sealed).hexdigest()
    yield (
        f'username="{who.user}",realm="{realm}",nonce="{nonce}",cnonce="{who.nonce}",nc=00000001,'
        f'qop=auth,digest-uri="{uri}",response={response},charset=utf-8'
    ).encode()
    yield b""


def _ntlm(who: SaslIdentity) -> Exchange:
    """As far as it is attempted: the first message; a challenge is not answered."""
    yield _NTLM_NEGOTIATE


def _scram(algorithm: str) -> Callable[[SaslIdentity], Exchange]:
    def speak(who: SaslIdentity) -> Exchange:
        """RFC 5802, without channel binding."""
        bare = f"n={who.user},r={who.nonce}"
        challenge = (yield f"n,,{bare}".encode()).decode("utf-8", "replace")
        given = dict(part.partition("=")[::2] for part in challenge.split(","))
        salt, rounds = base64.b64decode(given.get("s", "")), int(given.get("i", "1"))
        salted = hashlib.pbkdf2_hmac(algorithm, who.password.encode(), salt, rounds)
        key = hmac.digest(salted, b"Client Key", algorithm)
        final = f"c=biws,r={given.get('r', '')}"
        sealed = f"{bare},{challenge},{final}".encode()
        signature = hmac.digest(hashlib.new(algorithm, key).digest(), sealed, algorithm)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        yield f"{final},p={base64.b64encode(proof).decode()}".encode()
        yield b""

    return speak


MECHANISMS: dict[str, Mechanism] = {
    "LOGIN": Mechanism(True, _login),
    "PLAIN": Mechanism(True, _plain),
    "XOAUTH2": Mechanism(True, _bearer),
    "CRAM-MD5": Mechanism(False, _cram_md5),
    "DIGEST-MD5": Mechanism(False, _digest_md5),
    "NTLM": Mechanism(True, _ntlm),
    "SCRAM-SHA-1": Mechanism(True, _scram("sha1")),
    "SCRAM-SHA-256": Mechanism(True, _scram("sha256")),
}
