"""As aiosmtplib's documentation has it."""

import asyncio
import os
import sys
from typing import Any

import aiosmtplib

login: dict[str, Any] = {}
if "SMTP_USER" in os.environ:
    login = {
        "username": os.environ["SMTP_USER"],
        "password": os.environ["SMTP_PASSWORD"],
        "start_tls": True,
    }
asyncio.run(
    aiosmtplib.send(
        sys.stdin.read(),
        sender=os.environ["MAIL_FROM"],
        recipients=[os.environ["MAIL_TO"]],
        hostname=os.environ["SMTP_HOST"],
        port=int(os.environ["SMTP_PORT"]),
        **login,
    )
)
