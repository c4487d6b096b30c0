"""What the SMTP server asks of a service about one connection, and what a service answers.

The server knows the protocol; a desk knows the rules, the words and what becomes of a message.
There is one desk a connection, made by whoever owns the endpoint.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from fake_exo.mail.fields import MessageFacts
from fake_exo.mail.message import Fate, Recipient
from fake_exo.rules.catalogue import ReplyText
from fake_exo.rules.period import Confidence
from fake_exo.rules.rule import After
from fake_exo.rules.stage import Stage
from fake_exo.smtp.command import Attempt, Command
from fake_exo.smtp.server.fault import Fault
from fake_exo.smtp.session import Session

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Decision:
    """What is said, why, and what follows. `delay`: seconds of the service's own wait, which a run
    may skip; `late`: those that a fault asks for, which nobody may."""

    rule: str
    stage: Stage
    text: ReplyText
    code: int
    delay: float
    confidence: Confidence
    after: After
    fault: Fault | None = None
    late: float = 0.0


class Desk(ABC):
    """The service's side of one connection. `line_limit`: octets of a command line."""

    session: Session
    line_limit: int

    @abstractmethod
    def decide(self, stage: Stage, command: Command, now: float) -> Decision:
        """The answer to a command, by the rules of this moment."""

    @abstractmethod
    def decide_message(self, content: bytearray, facts: MessageFacts, now: float) -> Decision:
        """The answer at the end of a message."""

    @abstractmethod
    def delay(self, stage: Stage, code: int, now: float) -> float:
        """Seconds that the service holds back an answer with this code."""

    @abstractmethod
    def values(self, now: float, extra: Mapping[str, str]) -> Mapping[str, str]:
        """What placeholders of texts stand for; `extra` is known to the server."""

    @abstractmethod
    def message_values(self, facts: MessageFacts) -> Mapping[str, str]:
        """What those stand for that only a message has; `message_id` among them."""

    @abstractmethod
    def most_bytes(self, now: float) -> int:
        """How much of a message is looked at at all."""

    @abstractmethod
    def take(
        self, content: bytearray, facts: MessageFacts, message_id: str, fate: Fate | None
    ) -> None:
        """The message was accepted. `fate`: where a fault puts every copy of it."""

    def refuse(self, decision: Decision) -> None:  # noqa: B027 - not every service cares
        """The message was refused."""

    def signed_in(self, attempt: Attempt) -> None:  # noqa: B027 - not every service cares
        """The attempt was accepted."""

    def sign_in_refused(self, decision: Decision) -> None:  # noqa: B027 - not every service cares
        """The attempt was refused for good."""

    def signed_out(self) -> None:  # noqa: B027 - not every service cares
        """What was known of the client is forgotten, as after STARTTLS."""

    def recipient(self, recipient: Recipient) -> None:  # noqa: B027 - not every service cares
        """The recipient was accepted."""

    def refuse_recipient(self, decision: Decision) -> None:  # noqa: B027 - not every service cares
        """The recipient was refused."""

    def tls_confidence(self, now: float) -> Confidence:
        """How sure it is which versions of TLS the service takes."""
        return Confidence.HIGH

    def begins(self) -> None:  # noqa: B027 - not every service cares
        """A message is on its way in."""

    def ends(self) -> None:  # noqa: B027 - not every service cares
        """It is no more: complete, or broken off."""
