"""The words of `elsewhere:`: mail servers that are not the service's, and what they are like."""

from collections.abc import Iterable, Sequence
from typing import Any

from yaml.nodes import Node, ScalarNode

from fake_exo import BEHAVIOURS, MailHost
from fake_exo_harness.forms import values
from fake_exo_harness.forms.kinds import ADDRESS, BOOL, DURATION, IP
from fake_exo_harness.forms.nodes import (
    BAD,
    FORMS,
    Form,
    Reading,
    Shape,
    formed,
    many,
    one,
    word,
)
from fake_exo_harness.forms.problems import Problem, nearest
from fake_exo_harness.scenario.model import RetireStep, Step

# The keys that only some behaviours read.
_NEEDED = {behaviour.needs: behaviour.name for behaviour in BEHAVIOURS if behaviour.needs}

_HOST = Shape(
    {
        "address": IP,
        "behaves": word(*(behaviour.name for behaviour in BEHAVIOURS)),
        "users": many(ADDRESS, or_one=True),
        "after": DURATION,
        "late": DURATION,
        "starttls": BOOL,
        "name": one(values.domain),
    },
    ("address",),
)


@formed(Form("shape", _HOST, FORMS[IP]))
def mail_host(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """An address, or a mapping of an address and what is there."""
    if isinstance(node, ScalarNode):
        address = IP(reading, node)
        return BAD if address is BAD else MailHost(address)
    found = _HOST.read(reading, node)
    if found is None or not _HOST.complete(found):
        return BAD
    behaves = found.get("behaves", "accept-all")
    for key, behaviour in _NEEDED.items():
        if key in found and behaves != behaviour:
            return reading.bad(
                node, f'"{key}" has no effect here', f"it is read with behaves: {behaviour}"
            )
    if behaves == "know-users" and not found.get("users"):
        return reading.bad(node, '"users" is missing here', "say whom it knows")
    return MailHost(**found)


def check_hosts(
    reading: Reading, node: Node, hosts: Sequence[MailHost], steps: Iterable[Step]
) -> None:
    """One server an address, and only what is there is retired."""
    known = [host.address for host in hosts]
    for address in {address for address in known if known.count(address) > 1}:
        reading.bad(node, f'two mail servers elsewhere are at "{address}"', "keep one of them")
    for step in steps:
        if isinstance(step, RetireStep) and step.address not in known:
            cause = f'no mail server elsewhere is at "{step.address}"'
            remedy = nearest(step.address, known) if known else "name it in elsewhere:"
            reading.problems.append(Problem(step.place, cause, remedy))
