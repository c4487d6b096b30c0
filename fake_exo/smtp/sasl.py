"""AUTH exchanges: lines in, an `Attempt` out. Knows LOGIN and XOAUTH2; judges nothing."""

import base64
import binascii
from dataclasses import replace

from fake_exo.smtp.command import Attempt


def begin(argument: str) -> Attempt:
    """The exchange after `AUTH mechanism [initial-response]`; mechanisms in any case."""
    mechanism, _, initial = argument.strip().partition(" ")
    attempt = Attempt(mechanism.upper(), "")
    match attempt.mechanism:
        case "LOGIN":
            asked = replace(attempt, step="user")
        case "XOAUTH2":
            asked = replace(attempt, step="token")
        case _:
            return replace(attempt, step="complete", secret=initial)
    return proceed(asked, initial.strip()) if initial.strip() else asked


def proceed(attempt: Attempt, line: str) -> Attempt:
    """The exchange after the client's next line."""
    line = line.strip()
    if line == "*":
        return replace(attempt, step="cancelled")
    decoded = _decode("" if line == "=" else line)
    if decoded is None:
        return replace(attempt, step="undecodable")
    match attempt.step:
        case "user":
            return replace(attempt, step="password", user=decoded)
        case "password":
            return replace(attempt, step="complete", secret=decoded)
        case _:
            return _token(attempt, decoded)


def _token(attempt: Attempt, decoded: str) -> Attempt:
    """`user=name^Aauth=Bearer token^A^A`, with ^A the byte 1."""
    fields = dict(part.split("=", 1) for part in decoded.split("\x01") if "=" in part)
    user, auth = fields.get("user", ""), fields.get("auth", "")
    token = auth.removeprefix("Bearer ").strip()
    parts = {"data": decoded, "user": user, "auth": auth, "bearer": auth[:7] == "Bearer ",
             "token": token}  # fmt: skip
    lacks = next((name for name, there in parts.items() if not there), "")
    return replace(attempt, step="complete", user=user, secret=token, lacks=lacks)


def _decode(line: str) -> str | None:
    try:
        return base64.b64decode(line.encode("ascii"), validate=True).decode("utf-8", "replace")
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
