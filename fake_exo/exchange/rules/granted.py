"""What is said when nothing is wrong: the last row of every stage at which something can be.

They stand apart so that an endpoint's own rules come behind those of all and before these.
"""

from fake_exo.exchange.facts import ALL, MX, SIGNS_IN
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.rules.period import Confidence
from fake_exo.rules.rule import always
from fake_exo.rules.stage import Stage

GRANTED = (
    Rule("auth.ok", Stage.AUTH, SIGNS_IN, always, "auth-ok",
         why="The credentials are right and every gate is open.",
         evidence=("capture 2025-04-26 smtp.office365.com:587",)),
    Rule("mail.ok", Stage.MAIL, ALL, always, "mail-ok",
         why="The sender is taken as it is; the MX endpoint checks nothing yet.",
         evidence=("capture 2022-11-17",)),
    Rule("rcpt.ok", Stage.RCPT, ALL, always, "rcpt-ok",
         why="The recipient is taken. Submission takes any; unknown ones bounce later.",
         evidence=("capture 2022-11-17",)),
    Rule("data.ok", Stage.DATA, ALL, always, "data-354",
         why="The message may follow.", evidence=("capture 2022-11-17",)),
    Rule("chunk.ok", Stage.CHUNK, ALL, always, "bdat-chunk",
         why="The chunk is stored; the last one decides.", confidence=Confidence.LOW),
    Rule("message.ok-submission", Stage.MESSAGE, SIGNS_IN, always, "eod-ok-submission",
         why="Taken for delivery.", evidence=("capture 2025-08",)),
    Rule("message.ok-mx", Stage.MESSAGE, MX, always, "eod-ok-mx",
         why="Taken for delivery.", evidence=("capture 2023-09-10 MX",)),
)  # fmt: skip
