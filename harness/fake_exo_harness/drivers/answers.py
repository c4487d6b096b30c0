"""A DNS answer as a device sees it: the values of the type that it asked for."""

from fake_exo import Answer as ZoneAnswer
from fake_exo import present
from fake_exo_harness.devices.actions import Answer


def answered(answer: ZoneAnswer, type_: str) -> Answer:
    """Aliases are followed already; an MX host loses its final dot."""
    values = (present(r.data).rstrip(".") for r in answer.answers if r.type == type_)
    ttl = min((r.ttl for r in (*answer.answers, *answer.authority)), default=0)
    return Answer(answer.rcode, tuple(values), float(ttl))
