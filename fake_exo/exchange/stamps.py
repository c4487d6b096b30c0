"""The header fields that the service puts on top of what it delivers, made when somebody looks.

Forms are those of captures, 2019 to 2026; see `authentication.headers`. The build number and the
message's network id are made up; nobody's client depends on them.
"""

import uuid
from datetime import UTC, datetime

from fake_exo.mail.fields import header_fields
from fake_exo.mail.message import Attribution, Message

_BUILD = "15.20.9275.17"
# Versions as Received has them.
_TLS = {"TLSv1": "TLS1_0", "TLSv1.1": "TLS1_1", "TLSv1.2": "TLS1_2", "TLSv1.3": "TLS1_3"}
_ROOM = uuid.UUID("3d0b6a5e-6f0e-4f6c-9c0e-0d6f6b1a2c3d")


def stamped(message: Message) -> tuple[str, ...]:
    """The fields of a delivered copy, top first, each with CRLF; what the client sent follows. None
    of what the service has never seen."""
    if message.attribution is Attribution.ELSEWHERE:
        return ()
    incoming = message.attribution is Attribution.INCOMING
    judgement = message.judgement
    host = message.reception.host if message.reception is not None else "outlook.com"
    network_id = uuid.uuid5(_ROOM, f"{message.session}-{message.number}")
    plain = {
        "X-MS-Exchange-Organization-SCL": str(judgement.scl if judgement else -1),
        "X-MS-Exchange-Organization-AuthSource": host,
        "X-MS-Exchange-Organization-AuthAs": "Internal" if message.internal else "Anonymous",
        "X-MS-Exchange-Organization-Network-Message-Id": str(network_id),
        "X-MS-Exchange-Organization-MessageDirectionality": (
            "Incoming" if incoming else "Originating"
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
    fields = (field.replace("\r\n", "").partition(":") for field in stamped(message))
    stamps = [(name, value.strip()) for name, _, value in fields]
    own = {name.lower() for name, _ in stamps}
    gone = {name.lower() for name, _ in message.replaced}
    sent = header_fields(message.content)
    return (
        *stamps,
        *((n, value) for n, value in message.replaced if value and n.lower() not in own),
        *((name, value) for name, value in sent if name.lower() not in gone),
    )


def _received(message: Message) -> tuple[str, ...]:
    from fake_exo.mail.authentication.headers import received

    place = message.reception
    if place is None:
        return ()
    tls = (_TLS[place.tls], place.cipher) if place.tls else None
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
