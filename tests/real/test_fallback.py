"""Programs that go on in clear text where they do not like the certificate."""

from pathlib import Path

import pytest
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario import load_file

FALLS_BACK = """scenario: a program that looks at the certificate when TLS stands
drivers: [command]
tenant: {name: contoso, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}
when:
  - run:
      command: "python3 send.py"
      files:
        send.py: |
          import smtplib, ssl
          with smtplib.SMTP("{mx_host}", {mx_port}) as client:
              client.starttls()
              SAID
          with smtplib.SMTP("{mx_host}", {mx_port}) as client:
              client.sendmail("x@else.example", ["ann@contoso.com"], "From: x@else.example")
then: [{accepted: 1}]
"""


@pytest.mark.parametrize(
    ("said", "fell_back"),
    [("client.close()", True), ("client.quit()", True), ("client.ehlo()", False)],
)
def test_who_leaves_tls_without_a_word_and_comes_back_without_it_falls_back(
    said: str, fell_back: bool, tmp_path: Path
) -> None:
    path = tmp_path / "back.exo.yaml"
    path.write_text(FALLS_BACK.replace("SAID", said))
    (job,) = finish(load_file(path)[0], "command").record.jobs
    assert (job.clear_text, job.fell_back) == ("mail", fell_back)
