"""A program in a container: submission with production settings, then relay."""

import smtplib
import ssl
import sys

with smtplib.SMTP("smtp.office365.com", 587) as client:
    client.starttls(context=ssl.create_default_context())
    client.login("scanner@xyz.com.pl", "Scan-2015")
    client.sendmail(
        "scanner@xyz.com.pl", ["jan@xyz.com.pl"], "From: <scanner@xyz.com.pl>\r\n\r\nhello"
    )
sys.stdout.write("sent\n")
