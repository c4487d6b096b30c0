"""The policy: its rows, one file a stage, in the order in which the service looks.

To add a rule: one predicate and one row in its stage's file. An endpoint's own come behind those of
all, and the rows that say yes last.
"""

from fake_exo.exchange.facts import ExchangeRule
from fake_exo.exchange.rules.auth import AUTH
from fake_exo.exchange.rules.content import CONTENT
from fake_exo.exchange.rules.data import CHUNK, DATA, MESSAGE
from fake_exo.exchange.rules.granted import GRANTED
from fake_exo.exchange.rules.hello import CONNECT, HELLO, STARTTLS
from fake_exo.exchange.rules.hve import HVE
from fake_exo.exchange.rules.mail import MAIL
from fake_exo.exchange.rules.other import OTHER
from fake_exo.exchange.rules.rcpt import RCPT

RULES: tuple[ExchangeRule, ...] = (
    *CONNECT,
    *HELLO,
    *STARTTLS,
    *AUTH,
    *MAIL,
    *RCPT,
    *DATA,
    *CHUNK,
    *MESSAGE,
    *CONTENT,
    *OTHER,
    *HVE,
    *GRANTED,
)
