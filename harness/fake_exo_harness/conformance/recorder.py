"""Sessions as they happen, made into recordings: what was set up when each began, what was said and
answered, and who signed in with what. Credentials are masked unless somebody wants them kept."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fake_exo import (
    Accepted,
    Body,
    Closed,
    Estate,
    Event,
    Gap,
    Opened,
    Received,
    Replied,
    TlsFailed,
    TlsStarted,
    World,
)
from fake_exo_harness.scenario.written import Words, masked, written

_MOST = 1_000  # sessions that are kept; the oldest go first
_PAUSE = 1.0  # seconds of silence of a client that are told
_USER, _PASSWORD = b"334 VXNlcm5hbWU6", b"334 UGFzc3dvcmQ6"
_TOKEN = re.compile(r"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)")
_OLD_TLS = {"TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2"}  # of 1.3 there is nothing to tell
_AT_MOST = re.compile(r"TLS (1\.[012]) at most")
_FROM = re.compile(rb"^From:.*?([\w.+-]+@[\w.-]+\w)", re.IGNORECASE | re.MULTILINE)


@dataclass
class _Session:
    opened: Opened
    estate: Estate
    moment: datetime
    events: list[Event] = field(default_factory=list)


class Recorder:
    """Listens to a world. `lost`: sessions that are not kept any more."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions: dict[int, _Session] = {}
        self.lost = 0
        self._subscription = world.subscribe(self._saw)

    def _saw(self, event: Event | Gap) -> None:
        if isinstance(event, Opened):
            moment = datetime.fromtimestamp(event.at, UTC)
            self._sessions[event.connection] = _Session(event, self._world.estate, moment)
            if len(self._sessions) > _MOST:
                del self._sessions[next(iter(self._sessions))]
                self.lost += 1
        elif isinstance(event, Gap):
            self.lost += event.missed
        elif (session := self._sessions.get(getattr(event, "connection", -1))) is not None:
            session.events.append(event)

    def recordings(self, name: str, *, keep_secrets: bool) -> list[Words]:
        """Each session in the form of a file of recordings."""
        self._subscription.end()
        return [
            self._recording(f"{name}-{number}", session, keep_secrets)
            for number, session in enumerate(self._sessions.values(), 1)
        ]

    def _recording(self, name: str, session: _Session, keep_secrets: bool) -> Words:
        estate, instead = (session.estate, {}) if keep_secrets else masked(session.estate)
        telling = _Telling(session)
        steps = telling.steps()
        return {
            "id": name,
            "endpoint": session.opened.endpoint,
            "year": session.moment.year,
            "date": session.moment.date(),
            "whole": True,
            "world": {
                **written(estate, self._world.settings),
                "client_ip": session.opened.client_ip,
                **telling.signed_in(None if keep_secrets else instead),
                **telling.tls(),
                **telling.message(),
            },
            "steps": steps,
        }


class _Telling:
    """One session as steps; what was hidden is remembered on the way."""

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._user = self._password = self._token = ""
        self._steps: list[Words] = []
        self._heard = session.opened.at  # when the client last heard something
        self._prompt = b""

    def steps(self) -> list[Words]:
        opened = self._session.opened
        self._begin(f"(connect {opened.server_ip}:{opened.port})")
        for event in self._session.events:
            self._tell(event)
        return self._steps

    def _begin(self, client: str, *server: str) -> None:
        self._steps.append({"c": client, **({"s": [*server]} if server else {})})

    def _tell(self, event: Event) -> None:
        match event:
            case Received() | Body():
                self._client(event)
            case Replied():
                self._server(event)
            case TlsFailed():
                self._steps[-1]["s"] = ["(handshake failed)"]
            case Closed() if event.by != "server":
                self._begin("(hangs up)")

    def _client(self, event: Received | Body) -> None:
        if event.at - self._heard >= _PAUSE:
            self._begin(f"(pause {event.at - self._heard:.0f} s)")
        if (said := self._said(event, self._prompt)) is not None:
            self._begin(said)

    def _server(self, event: Replied) -> None:
        if event.to == "TIMEOUT":
            self._begin(f"(wait {event.at - self._heard:.0f} s)")
        last = self._steps[-1]
        last["s"] = [*last.get("s", []), *_lines(event)]
        self._prompt, self._heard = event.data[:16], event.at

    def _said(self, event: Received | Body, prompt: bytes) -> str | None:
        """What the client said; of a chunk BDAT has told all."""
        if isinstance(event, Body):
            return None if event.chunk else "(message)"
        if not event.secret or event.line == b"*":
            return event.line.decode("utf-8", "backslashreplace")
        words = event.line.decode("utf-8", "replace").split(" ")
        if words[0].upper() != "AUTH":
            return self._hidden(words[0], prompt)
        if len(words) < 3:
            return " ".join(words)
        first = _USER if words[1].upper() == "LOGIN" else b""
        return f"{words[0]} {words[1]} {self._hidden(words[2], first)}"

    def _hidden(self, text: str, prompt: bytes) -> str:
        """The mask of a secret, which is kept for the world's facts."""
        plain = _decoded(text)
        if prompt.startswith(_USER):
            self._user = plain
            return "{user}"
        if prompt.startswith(_PASSWORD):
            self._password = plain
            return "{password}"
        if found := _TOKEN.match(plain):
            self._user, self._token = found[1], found[2]
        elif plain.count("\0") == 2:
            _, self._user, self._password = plain.split("\0")
        return "{credentials}"

    def signed_in(self, instead: dict[str, str] | None) -> Words:
        """What a replay signs in with. `instead`: what stands for each secret of the world; one
        that was nobody's stays a wrong one."""
        said = {"user": self._user, "password": self._password, "token": self._token}
        told = {key: value for key, value in said.items() if value}
        if instead is None:
            return told
        return {k: v if k == "user" else instead.get(v, "wrong") for k, v in told.items()}

    def tls(self) -> Words:
        """The newest version that the client showed to have."""
        for event in self._session.events:
            if isinstance(event, TlsStarted) and event.version in _OLD_TLS:
                return {"tls": _OLD_TLS[event.version]}
            if isinstance(event, TlsFailed) and (found := _AT_MOST.search(event.client)):
                return {"tls": found[1]}
        return {}

    def message(self) -> Words:
        found: Words = {}
        for event in self._session.events:
            if isinstance(event, Body) and not event.chunk:
                found["size"] = event.size
            elif isinstance(event, Accepted):
                match = _FROM.search(bytes(event.message.content).partition(b"\r\n\r\n")[0])
                if match:
                    found["header_from"] = match[1].decode("ascii", "replace")
        return found


def _lines(event: Replied) -> list[str]:
    return event.data.decode("utf-8", "replace").rstrip("\r\n").split("\r\n")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def without_faults(recording: Words) -> Words:
    """The same where the faults of the world have had their turns in sessions before."""
    service = {k: v for k, v in recording["world"].get("service", {}).items() if k != "faults"}
    return {**recording, "world": {**recording["world"], "service": service}}
