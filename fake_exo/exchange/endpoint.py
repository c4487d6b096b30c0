"""The services of Exchange Online."""

from enum import Enum


class Endpoint(Enum):
    """A service, not a port: submission answers on 587 and 25 alike."""

    SUBMISSION = "submission"
    MX = "mx"
    HVE = "hve"
