"""As Python's documentation has it."""

import os
import smtplib
import ssl
import sys

with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
    if user := os.environ.get("SMTP_USER"):
        client.starttls(context=ssl.create_default_context())
        client.login(user, os.environ["SMTP_PASSWORD"])
    client.sendmail(os.environ["MAIL_FROM"], [os.environ["MAIL_TO"]], sys.stdin.read())
