"""As many have copied it: STARTTLS without a context."""

import os
import smtplib
import sys

with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
    client.starttls()
    if user := os.environ.get("SMTP_USER"):
        client.login(user, os.environ["SMTP_PASSWORD"])
    client.sendmail(os.environ["MAIL_FROM"], [os.environ["MAIL_TO"]], sys.stdin.read())
