"""A served world with its HTTP interface, and a plain client of it, for tests."""

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from fake_exo_harness.api.server import ApiServer, HttpPlace
from fake_exo_harness.api.worlds import Start

from fake_exo import Settings, World, example_tenant
from fake_exo.tls.authority import authority_pem

USER, PASSWORD = "scanner@contoso.com", "Scan2Mail!"


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:  # noqa: ANN401
        return json.loads(self.body)

    @property
    def causes(self) -> str:
        return "; ".join(problem["cause"] for problem in self.json["problems"])


class Served(NamedTuple):
    """The world of the example tenant behind HTTP."""

    world: World
    api: ApiServer

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:  # noqa: ANN401
        """Ask for a path behind /api/v1, or from the root with two slashes before it."""
        where = path[1:] if path.startswith("//") else f"/api/v1{path}"
        data = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(
            self.api.url + where, data, {**kind, **headers}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as found:
                return Answer(found.status, found.read(), _lowered(found.headers.items()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(), _lowered(error.headers.items()))

    def get(self, path: str) -> Any:  # noqa: ANN401
        found = self.ask("GET", path)
        assert found.status == 200, found.body
        return found.json

    def submit(self, to: str, subject: str = "Scan", text: str = "hi", world: Any = None) -> None:  # noqa: ANN401
        """Send a message by submission."""
        network = (world or self.world).network
        with smtplib.SMTP(network.host, network.submission_port) as client:
            context = ssl.create_default_context(cadata=authority_pem().decode("ascii"))
            client.starttls(context=context)
            client.login(USER, PASSWORD)
            client.sendmail(USER, [to], f"From: {USER}\r\nSubject: {subject}\r\n\r\n{text}")

    def deliver(self, to: str, content: str, sender: str = "a@else.example") -> None:
        """Send a message to the MX host."""
        network = self.world.network
        with smtplib.SMTP(network.host, network.mx_port) as client:
            client.sendmail(sender, [to], content)


def _lowered(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in fields}


@contextmanager
def serving(token: str = "", keep: int | None = None) -> Iterator[Served]:
    world = World([example_tenant()], settings=Settings(real_time=True, tarpit=False, keep=keep))
    world.public_addresses["*"] = "192.0.2.1"
    world.start()
    place = HttpPlace("127.0.0.1", 0, token)
    start: Start = lambda made, beside, taken: made.start(beside=beside)  # noqa: E731
    api = ApiServer(world, place, start, ["exo.test"])
    try:
        yield Served(world, api)
    finally:
        api.stop()
        world.stop()
