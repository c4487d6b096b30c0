"""Which mail is meant: the keys that `find` and `wait_for` take, in the words of scenarios."""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatch
from typing import NamedTuple, TypedDict

from fake_exo.kernel.errors import nearest
from fake_exo.mail.message import Fate
from fake_exo.parsed import ParsedMail

People = str | Iterable[str]


class MailKeys(TypedDict, total=False):
    """What is known of a mail; all of it must hold. Addresses in any case; texts are parts of the
    whole; `attachment` is a name with `*` and `?`. The fates: of these recipients, or of `"*"`."""

    to: People
    sender: str
    header_from: str
    user: str
    public_ip: str
    subject: str
    text: str
    attachment: str
    delivered: People
    junked: People
    quarantined: People
    bounced: People
    dropped: People
    sent_out: People
    taken_elsewhere: People


def _people(wanted: People) -> set[str]:
    return {each.lower() for each in ([wanted] if isinstance(wanted, str) else wanted)}


def _all_in(wanted: People, found: Iterable[str]) -> bool:
    meant, there = _people(wanted), {each.lower() for each in found}
    return bool(there) if meant == {"*"} else meant <= there


def _fate(fate: Fate) -> Callable[[ParsedMail, People], bool]:
    return lambda mail, wanted: _all_in(wanted, mail.ended_in(fate))


def _attachment(mail: ParsedMail, name: str) -> bool:
    return any(fnmatch(attached.name, name) for attached in mail.attachments)


# Of the mail as it was accepted.
_OF_MAIL: Mapping[str, Callable[..., bool]] = {
    "to": lambda mail, wanted: _all_in(wanted, mail.recipients),
    "sender": lambda mail, wanted: mail.sender.lower() == wanted.lower(),
    "header_from": lambda mail, wanted: wanted.lower() in mail.header("From").lower(),
    "user": lambda mail, wanted: mail.user.lower() == wanted.lower(),
    "public_ip": lambda mail, wanted: mail.client_ip == wanted,
    "subject": lambda mail, wanted: wanted in mail.subject,
    "text": lambda mail, wanted: wanted in mail.text or wanted in mail.html,
    "attachment": _attachment,
}
# Of its copies, when they have come to their end.
_OF_COPIES: Mapping[str, Callable[..., bool]] = {
    "delivered": _fate(Fate.DELIVERED),
    "junked": _fate(Fate.JUNKED),
    "quarantined": _fate(Fate.QUARANTINED),
    "bounced": _fate(Fate.BOUNCED),
    "dropped": _fate(Fate.DROPPED),
    "sent_out": _fate(Fate.SENT_OUT),
    "taken_elsewhere": _fate(Fate.ELSEWHERE),
}
SOUGHT = (*_OF_MAIL, *_OF_COPIES)


class Seeking(NamedTuple):
    """Keys that are known, with what is wanted of each."""

    keys: Mapping[str, object]

    def meant(self, mail: ParsedMail) -> bool:
        """Whether it is one of these, whatever becomes of it."""
        return all(_OF_MAIL[k](mail, wanted) for k, wanted in self.keys.items() if k in _OF_MAIL)

    def found(self, mail: ParsedMail) -> bool:
        """Whether all holds of it, and its delivery waits for nothing."""
        ended = (_OF_COPIES[k](mail, w) for k, w in self.keys.items() if k in _OF_COPIES)
        return mail.due is None and self.meant(mail) and all(ended)

    def __str__(self) -> str:
        return ", ".join(f"{key}={wanted!r}" for key, wanted in self.keys.items())


def seeking(keys: Mapping[str, object]) -> Seeking:
    """Raises TypeError for a key that is none, with the nearest that is one."""
    for key in keys:
        if key not in SOUGHT:
            raise TypeError(f'mail is not found by "{key}"; {nearest(key, SOUGHT)}')
    return Seeking(keys)
