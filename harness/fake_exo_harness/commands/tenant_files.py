"""Tenant files that `serve` was given, and folders of them: read again when they change."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from fake_exo import Estate, ServiceError, Tenant, World
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.problems import Problem
from fake_exo_harness.library import library
from fake_exo_harness.scenario import ScenarioError, load_tenants
from fake_exo_harness.words import of_tenant

_ENDINGS = (".yaml", ".yml")
_SCENARIO = (".exo.yaml", ".exo.yml")
Signature = tuple[tuple[str, int, int], ...]


class TenantFiles:
    """The files by their paths (an example without any), and what they held when they were read
    last. Files that these include are read with them, but not looked at."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths) or (library() / "tenants" / "xyz-com-pl.yaml",)
        self._held: dict[str, Tenant] = {}
        self._seen = self._signature()

    def files(self) -> list[Path]:
        """The files as they are now: of a folder its YAML files, without scenarios."""
        return [file for path in self._paths for file in _in(path)]

    def read(self) -> list[Tenant]:
        """All their tenants. Raises ScenarioError with all problems, also for a folder without a
        tenant."""
        found = [tenant for file in self.files() for tenant in load_tenants(file)]
        if not found:
            place = Location(self._paths[0])
            raise ScenarioError([Problem(place, "no tenant is there", "put a tenant file into it")])
        self._held = {tenant.name: tenant for tenant in found}
        return found

    def renew(self, world: World) -> Iterator[str]:
        """Where a file has changed, change the world's tenants likewise. Yields what there is to
        tell. Of a file with an error nothing is taken: what was there stays."""
        seen = self._signature()
        if seen == self._seen:
            return
        self._seen, before = seen, dict(self._held)
        try:
            now = {tenant.name: tenant for tenant in self.read()}
            yield from _change(world, before, now)
        except (ScenarioError, ServiceError) as error:
            self._held = before
            yield f"{error}\nthe tenants stay as they were"

    def _signature(self) -> Signature:
        return tuple(_signed(file) for file in self.files())


def _in(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    with suppress(OSError):  # it may be gone
        for file in sorted(path.iterdir()):
            if file.suffix in _ENDINGS and not file.name.endswith(_SCENARIO) and file.is_file():
                yield file


def _signed(file: Path) -> tuple[str, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (str(file), 0, 0)
    return (str(file), found.st_mtime_ns, found.st_size)


def _change(world: World, before: dict[str, Tenant], now: dict[str, Tenant]) -> Iterator[str]:
    """The difference between two readings, made in the world at once; what was changed in it
    meanwhile stays where the files say the same as before."""
    new = [tenant for name, tenant in now.items() if before.get(name) != tenant]
    gone = [name for name in before if name not in now and name in world.tenants]

    def changed(estate: Estate) -> Estate:
        for name in gone:
            estate = estate.without_tenant(name)
        for tenant in new:
            estate = estate.with_tenant(tenant)
        return estate

    world.change(changed)
    told = [*(f"tenant {name} is gone" for name in gone)]
    told += [f"tenant {tenant.name} is read anew" for tenant in new]
    for line in told:
        world.note(line)
        yield line
    for tenant in new:
        for word, why in of_tenant(tenant, world.day):
            yield f"not rehearsed: {word} of {tenant.name}: {why}"
