"""Checks compare what a scenario expects with what was seen. Listed in `CHECKS`.

To add one: a dataclass in the scenario model, a function here, a row in `CHECKS`.
"""

from harness.checks.base import Failure
from harness.checks.outcomes import (
    bounced,
    delivered,
    dropped,
    junked,
    kept,
    reported,
    sent_out,
    stamped_with,
    used,
)
from harness.checks.replies import no_reply, replied, ruled
from harness.checks.session import (
    accepted,
    connected,
    device_says,
    encrypted,
    in_clear,
    lost,
    queried,
    refused_change,
    retried,
    took,
)
from harness.record import Record
from harness.scenario import model

CHECKS = (
    (model.ReplyCheck, replied),
    (model.NoReplyCheck, no_reply),
    (model.DeliveredCheck, delivered),
    (model.BouncedCheck, bounced),
    (model.JunkedCheck, junked),
    (model.DroppedCheck, dropped),
    (model.ReportCheck, reported),
    (model.SentItemsCheck, kept),
    (model.HeadersCheck, stamped_with),
    (model.UsageCheck, used),
    (model.LostCheck, lost),
    (model.RetryCheck, retried),
    (model.ClearTextCheck, in_clear),
    (model.SentOutCheck, sent_out),
    (model.RuleCheck, ruled),
    (model.DeviceCheck, device_says),
    (model.ConnectionCheck, connected),
    (model.EncryptedCheck, encrypted),
    (model.ElapsedCheck, took),
    (model.QueryCheck, queried),
    (model.MessageCheck, accepted),
    (model.RefusedChangeCheck, refused_change),
)

_BY_TYPE = dict(CHECKS)


def check(expected: model.Check, record: Record) -> tuple[Failure, ...]:
    """Every way in which the record is not as expected; empty when it is."""
    judge = _BY_TYPE[type(expected)]
    return tuple(judge(expected, record))  # type: ignore[operator]


__all__ = ["CHECKS", "Failure", "check"]
