"""The docker driver: an image as the device, in networks of its own that lead nowhere else.

Two internal networks: at the gateway of one the fake is client submission and the DNS, at that of
the other the MX hosts; the DNS leads there. What this process started is labelled with its number;
what a crashed one left behind is removed by the next.
"""

import itertools
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_exo import Estate, World
from fake_exo.drive import (
    CannotListen,
    SocketAddress,
    authority_pem,
    cannot_listen,
    representatives,
)
from fake_exo_harness.bench.holders import port_problem
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.drivers.port import HarnessError
from fake_exo_harness.drivers.real import RealDriver, filled, result, write_files
from fake_exo_harness.namespaces.lab import TRUST_VARIABLES
from fake_exo_harness.namespaces.prerequisites import engine_problem
from fake_exo_harness.namespaces.trust import BUNDLE
from fake_exo_harness.scenario.model import RunStep

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.networks import Network

_LABEL = "fake-exo"
_INSIDE = "/fake-exo"  # where a program's files are in the container


class DockerDriver(RealDriver):
    name = "docker"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._networks: list[Network] = []
        self._sockets: list[socket.socket] = []
        self._client: DockerClient | None = None
        self._built: list[str] = []

    # ---- networks --------------------------------------------------------------------------------

    def open(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fake-exo-docker-")
        try:
            self._client = _engine()
            _sweep(self._client)
            self.world.change(Estate.with_internet)
            groups = _groups(self.world)
            self._networks = [_network(self._client) for _ in groups]
            gateways = [_gateway(network) for network in self._networks]
            self._serve(groups, gateways)
        except BaseException:
            self.close()
            raise
        folder = Path(self._folder.name)
        folder.chmod(0o755)
        (folder / "ca.pem").write_bytes(authority_pem())
        (folder / "resolv.conf").write_text(f"nameserver {gateways[0]}\n")
        (folder / "work").mkdir()

    def _serve(self, groups: Sequence[Sequence[SocketAddress]], gateways: Sequence[str]) -> None:
        """Each group of places at a gateway; the fake's DNS says so."""
        try:
            smtp = {
                place: self._bound(gateway, place[1])
                for group, gateway in zip(groups, gateways, strict=True)
                for place in group
            }
            tcp = self._bound(gateways[0], 53)
            udp = self._bound(gateways[0], 53, socket.SOCK_DGRAM)
        except CannotListen as error:
            raise HarnessError(f"cannot listen: {port_problem(error)}") from None
        self.world.serve(smtp, tcp, udp, foreign="internet")

    def _bound(self, address: str, port: int, kind: int = socket.SOCK_STREAM) -> socket.socket:
        sock = socket.socket(socket.AF_INET, kind)
        self._sockets.append(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with cannot_listen(address, port):
            sock.bind((address, port))
            if kind == socket.SOCK_STREAM:
                sock.listen(64)
        return sock

    def close(self) -> None:
        self.world.stop()
        for sock in self._sockets:
            sock.close()
        for network in self._networks:
            with suppress(Exception):  # the engine may be gone before us
                network.remove()
        if self._client is not None:
            for image in self._built:
                with suppress(Exception):
                    self._client.images.remove(image, force=True)
            self._client.close()
        self._folder.cleanup()

    # ---- programs --------------------------------------------------------------------------------

    def run(self, step: RunStep) -> JobResult:
        assert self._client is not None
        self.world.public_addresses["*"] = step.public_ip
        nameserver = _gateway(self._networks[0])
        values = self.production(f"{_INSIDE}/ca.pem", nameserver, f"{_INSIDE}/work", "")
        folder = Path(self._folder.name)
        write_files(folder / "work", step.files, values)
        container = self._container(step, [filled(word, values) for word in step.command])
        try:
            for network in self._networks[1:]:
                network.connect(container)
            container.start()
            code: int | None = None
            with suppress(Exception):  # requests' time-out has several names
                code = int(container.wait(timeout=step.timeout)["StatusCode"])
            said = container.logs().decode("utf-8", "replace")
        finally:
            container.remove(force=True)
        return result(code, said)

    def _container(self, step: RunStep, command: list[str]) -> Any:  # noqa: ANN401
        assert self._client is not None
        folder = self._folder.name
        mounts = {
            folder: {"bind": _INSIDE, "mode": "rw"},
            f"{folder}/resolv.conf": {"bind": "/etc/resolv.conf", "mode": "ro"},
        }
        bundles = {f"{folder}/ca.pem": {"bind": BUNDLE, "mode": "ro"}}
        try:
            return self._client.containers.create(
                self._image(step),
                command,
                network=self._networks[0].name,
                volumes={**mounts, **bundles},
                environment=dict.fromkeys(TRUST_VARIABLES, f"{_INSIDE}/ca.pem"),
                working_dir=f"{_INSIDE}/work",
                labels={_LABEL: str(os.getpid())},
            )
        except Exception as error:
            raise HarnessError(f"no container of {step.image or step.build}: {error}") from None

    def _image(self, step: RunStep) -> str:
        assert self._client is not None
        if not step.build:
            return step.image
        path = step.place.path.parent / step.build
        image, _ = self._client.images.build(path=str(path), rm=True, labels={_LABEL: "image"})
        self._built.append(str(image.id))
        return str(image.id)


def _groups(world: World) -> list[list[SocketAddress]]:
    """The places of the service, as few groups as there must be so that no port is there twice."""
    groups: list[list[SocketAddress]] = []
    home = world.estate.home_forest
    endpoints = (
        e for e in world.index.endpoints if e.listens and e.site in (home, e.listens[0].address)
    )
    for endpoint in endpoints:
        wanted = [listen.place for listen in representatives(endpoint)]
        ports = {port for _, port in wanted}
        free = (g for g in groups if ports.isdisjoint(port for _, port in g))
        group = next(free, None)
        if group is None:
            groups.append(wanted)
        else:
            group += wanted
    return groups


def _engine() -> "DockerClient":
    if problem := engine_problem():
        raise HarnessError(f"no container engine: {problem}; see `fake-exo doctor`")
    try:
        import docker

        client = docker.from_env(timeout=60)
        client.ping()
    except Exception as error:  # the package may be missing, or the engine
        raise HarnessError(f"no container engine: {error}; see `fake-exo doctor`") from None
    return client


def _sweep(client: "DockerClient") -> None:
    """Remove what processes left that are no more."""
    mine: dict[str, str | list[str] | bool] = {"label": _LABEL}
    for container in client.containers.list(all=True, filters=mine):
        if _gone(container.labels.get(_LABEL, "")):
            container.remove(force=True)
    for network in client.networks.list(filters=mine):
        if _gone((network.attrs.get("Labels") or {}).get(_LABEL, "")):
            with suppress(Exception):
                network.remove()


def _gone(pid: str) -> bool:
    return pid.isdigit() and not Path(f"/proc/{pid}").exists()


def _network(client: "DockerClient") -> "Network":
    """An internal network in the range that is never routed; the first that is free."""
    from docker.errors import APIError
    from docker.types import IPAMConfig, IPAMPool

    problem: Exception | None = None
    for number, subnet in zip(itertools.count(1), _subnets(), strict=False):
        pool = IPAMPool(subnet=f"{subnet}.0/24", gateway=f"{subnet}.1")
        try:
            return client.networks.create(
                f"fake-exo-{os.getpid()}-{number}-{subnet.rpartition('.')[2]}",
                driver="bridge",
                internal=True,
                ipam=IPAMConfig(pool_configs=[pool]),
                labels={_LABEL: str(os.getpid())},
            )
        except APIError as error:
            problem = error
    raise HarnessError(f"no network for a container: {problem}")


def _subnets() -> Iterator[str]:
    return (f"198.18.{octet}" for octet in range(64, 96))


def _gateway(network: "Network") -> str:
    network.reload()
    return str(network.attrs["IPAM"]["Config"][0]["Gateway"])
