"""Checks compare what a scenario expects with what was seen. Listed in `CHECKS`.

To add one: a dataclass in the scenario model, a function here, a row in `CHECKS`.
"""

from fake_exo_harness.checks.base import Failure
from fake_exo_harness.checks.outcomes import (
    bounced,
    delivered,
    dropped,
    junked,
    kept,
    reported,
    sent_out,
    stamped_with,
    taken_elsewhere,
    used,
)
from fake_exo_harness.checks.replies import attested, no_reply, replied, ruled
from fake_exo_harness.checks.session import (
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
from fake_exo_harness.record import RunRecord
from fake_exo_harness.scenario import wanted

CHECKS = (
    (wanted.ReplyCheck, replied),
    (wanted.NoReplyCheck, no_reply),
    (wanted.DeliveredCheck, delivered),
    (wanted.BouncedCheck, bounced),
    (wanted.JunkedCheck, junked),
    (wanted.DroppedCheck, dropped),
    (wanted.ReportCheck, reported),
    (wanted.SentItemsCheck, kept),
    (wanted.HeadersCheck, stamped_with),
    (wanted.UsageCheck, used),
    (wanted.LostCheck, lost),
    (wanted.RetryCheck, retried),
    (wanted.ClearTextCheck, in_clear),
    (wanted.SentOutCheck, sent_out),
    (wanted.TakenElsewhereCheck, taken_elsewhere),
    (wanted.RuleCheck, ruled),
    (wanted.DeviceCheck, device_says),
    (wanted.ConnectionCheck, connected),
    (wanted.EncryptedCheck, encrypted),
    (wanted.ElapsedCheck, took),
    (wanted.QueryCheck, queried),
    (wanted.MessageCheck, accepted),
    (wanted.RefusedChangeCheck, refused_change),
    (wanted.ConfidenceCheck, attested),
)

_BY_TYPE = dict(CHECKS)


def check(expected: wanted.Check, record: RunRecord) -> tuple[Failure, ...]:
    """Every way in which the record is not as expected; empty when it is."""
    judge = _BY_TYPE[type(expected)]
    return tuple(judge(expected, record))  # type: ignore[operator]


__all__ = ["CHECKS", "Failure", "check"]
