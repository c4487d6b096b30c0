"""How one session fills in the reply texts: host names, session id, times, numbers.

A mapping for `Text.render`: names are the catalogue's placeholders. What a single reply needs
beyond the session is given in `extra`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from email.utils import format_datetime

from fake_exo.exchange.endpoint import EndpointRow, row
from fake_exo.exchange.facts import TenantSession
from fake_exo.exchange.hosts import Forest, HostNames

# Bracket suffixes carry time and session id since the turn of 2022 to 2023 (captures on both
# sides of it); edge hosts took their present names about then.
LONG_SUFFIX_SINCE = date(2023, 1, 1)
NEW_EDGES_SINCE = date(2023, 9, 1)


def host_label(ids: HostNames, row: EndpointRow, forest: Forest, day: date) -> str:
    """The host that answers a new session."""
    if row.host == "edge":
        return ids.edge(forest) if day >= NEW_EDGES_SINCE else ids.legacy_edge(forest)
    return ids.frontend(forest)


class Voice(Mapping[str, str]):
    """The placeholders of one session at one moment."""

    __slots__ = ("_advertised", "_ban_code", "_extra", "_forest", "_ids", "_now", "_session")

    def __init__(
        self,
        session: TenantSession,
        forest: Forest,
        ids: HostNames,
        ban_code: Callable[[], str],
        advertised: Callable[[], str],
    ) -> None:
        self._advertised = advertised
        self._ban_code = ban_code
        self._session = session
        self._forest = forest
        self._ids = ids
        self._now = session.opened_at
        self._extra: Mapping[str, str] = {}

    def at(self, now: float, extra: Mapping[str, str]) -> "Voice":
        self._now, self._extra = now, extra
        return self

    def __getitem__(self, name: str) -> str:
        if name in self._extra:
            return self._extra[name]
        spoken = _SPOKEN.get(name)
        if spoken is None:
            return "0"  # a number that only the real service knows
        return spoken(self)

    def __iter__(self) -> Iterator[str]:
        return iter((*_SPOKEN, *self._extra))

    def __len__(self) -> int:
        return len(_SPOKEN) + len(self._extra)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now, UTC)

    def rfc1123_date(self) -> str:
        """Day of month not zero padded, as every banner shows; without the " +0000"."""
        moment = self._moment()
        return format_datetime(moment).replace(f", {moment.day:02d} ", f", {moment.day} ")[:-6]

    def iso_utc(self) -> str:
        moment = self._moment()
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"

    def fqdn(self) -> str:
        """The name in brackets: not that of the banner, but the forest's."""
        label = self._session.host
        if row(self._session.endpoint.id).host != "edge":
            return f"{label}.{self._forest.suffix}"
        new = self._moment().date() >= NEW_EDGES_SINCE
        return f"{label}.{self._forest.edge_suffix if new else self._forest.legacy_edge_suffix}"

    def suffix(self) -> str:
        if self._moment().date() < LONG_SUFFIX_SINCE:
            return f" [{self.fqdn()}]"
        return f" [{self.fqdn()} {self.iso_utc()} {self._session.id}]"

    def hops(self) -> str:
        """Replies from deep inside carry a bracket a hop: mailbox server, front end, edge."""
        moment, ids, forest = self.iso_utc(), self._ids, self._forest
        backend = f" [{ids.mailbox_server(forest)}.{forest.suffix} {moment} {ids.session()}]"
        middle = f" [{ids.frontend(forest)}.{forest.suffix} {moment} {ids.session()}]"
        return f"{backend}{middle}{self.suffix()}"

    def mailbox_server(self) -> str:
        return f"{self._ids.mailbox_server(self._forest)}.{self._forest.suffix}"

    def label(self) -> str:
        return self._session.host

    def client_ip(self) -> str:
        return self._session.client_ip

    def session_id(self) -> str:
        return self._session.id

    def internal_id(self) -> str:
        return str(self._ids.internal())

    def mx_id(self) -> str:
        return self._ids.hex(16)

    def auth_user(self) -> str:
        return self._session.user.address if self._session.user else ""

    def auth_error(self) -> str:
        return self._session.auth_error

    def recipient(self) -> str:
        """The last that was taken, where the reply is about none."""
        taken = self._session.recipients
        return taken[-1].address if taken else ""

    def recipient_domain(self) -> str:
        return self.recipient().rpartition("@")[2]

    def from_address(self) -> str:
        """MAIL's, where the reply is about no message."""
        sender = self._session.mail_from
        return sender.address if sender is not None else ""

    def from_domain(self) -> str:
        return self.from_address().rpartition("@")[2].upper()

    def ban_code(self) -> str:
        return self._ban_code()

    def advertised(self) -> str:
        return self._advertised()

    def diagnostics(self) -> str:
        """The number pairs that the mailbox server prints; about forty of them in captures."""
        pairs = [f"0.35250:{self._ids.hex(8)}", "1.36674:0A000000", "1.61250:00000000"]
        pairs += ["1.45378:02000000", f"1.44866:{self._ids.hex(8)}"]
        return ", ".join(pairs)


_SPOKEN = {
    "advertised": Voice.advertised,
    "ban_code": Voice.ban_code,
    "suffix": Voice.suffix,
    "hops": Voice.hops,
    "frontend": Voice.label,
    "edge": Voice.label,
    "frontend_fqdn": Voice.fqdn,
    "edge_fqdn": Voice.fqdn,
    "host": Voice.fqdn,
    "client_ip": Voice.client_ip,
    "rfc1123_date": Voice.rfc1123_date,
    "session_id": Voice.session_id,
    "iso_utc": Voice.iso_utc,
    "mailbox_server": Voice.mailbox_server,
    "internal_id": Voice.internal_id,
    "mx_id": Voice.mx_id,
    "auth_user": Voice.auth_user,
    "auth_error": Voice.auth_error,
    "recipient": Voice.recipient,
    "recipient_domain": Voice.recipient_domain,
    "domain": Voice.recipient_domain,
    "from_address": Voice.from_address,
    "from_domain": Voice.from_domain,
    "diagnostics": Voice.diagnostics,
}
