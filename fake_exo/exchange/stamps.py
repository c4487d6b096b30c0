"""The header fields that the service puts on top of what it delivers, made when somebody looks.

Forms are those of captures, 2019 to 2026; see `authentication.headers`. The build number and the
message's network id are made up; nobody's client depends on them.
"""

import uuid
from datetime import UTC, datetime

from fake_exo.mail.fields import header_fields
from fake_exo.mail.message import Attribution, Message

_BUILD = "15.20.9275.17"
_ROOM = uuid.UUID("3d0b6a5e-6f0e-4f6c-9c0e-0d6f6b1a2c3d")


def stamped(message: Message) -> tuple[str, ...]:
    """The fields of a delivered copy, top first, each with CRLF; what the client sent follows. None
    of what the service has never seen."""
    if message.attribution is Attribution.ELSEWHERE:
        return ()
    anonymous = message.attribution is Attribution.INCOMING
    judgement = message.judgement
    host = message.reception.host if message.reception is not None else "outlook.com"
    network_id = uuid.uuid5(_ROOM, f"{message.session}-{message.number}")
    plain = {
        "X-MS-Exchange-Organization-SCL": str(judgement.scl if judgement else -1),
        "X-MS-Exchange-Organization-AuthSource": host,
        "X-MS-Exchange-Organization-AuthAs": "Anonymous" if anonymous else "Internal",
        "X-MS-Exchange-Organization-Network-Message-Id": str(network_id),
        "X-MS-Exchange-Organization-MessageDirectionality": (
            "Incoming" if anonymous else "Originating"
        ),
    }
    return (
        *_received(message),
        *(judgement.stamps() if judgement is not None else ()),
        *(f"{name}: {value}\r\n" for name, value in plain.items()),
    )


def delivered_header(message: Message) -> tuple[tuple[str, str], ...]:
    """Names and unfolded values of all fields of a delivered copy: what the service stamped, what
    it put in place of the client's, and what the client sent."""
    stamps = (field.replace("\r\n", "").partition(":") for field in stamped(message))
    gone = {name.lower() for name, _ in message.replaced}
    sent = header_fields(message.content)
    return (
        *((name, value.strip()) for name, _, value in stamps),
        *message.replaced,
        *((name, value) for name, value in sent if name.lower() not in gone),
    )


def _received(message: Message) -> tuple[str, ...]:
    from fake_exo.mail.authentication.headers import received

    place = message.reception
    if place is None:
        return ()
    tls = (place.tls.replace("v1.", "1_").replace(".", "_"), place.cipher) if place.tls else None
    return (
        received(
            helo=message.hello,
            client_ip=message.client_ip,
            host=place.host,
            host_ip=place.address,
            version=_BUILD,
            when=datetime.fromtimestamp(message.received_at, UTC),
            tls=tls,
        ),
    )
