"""`fake-exo certify --driver physical`: a person at a device, today and another day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from fake_exo_harness import exits
from fake_exo_harness.bench import Bench, Person, Reach
from fake_exo_harness.certify import Certified, PersonLeft, Result, Terms, as_json, dumped
from fake_exo_harness.commands.evidence import evidence_in
from fake_exo_harness.commands.given import check_addresses, checked_names, kept_authority
from fake_exo_harness.drivers import PhysicalDriver
from fake_exo_harness.reports.whole import write_whole
from fake_exo_harness.terminal import say


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """As given on the command line. `state`: the file in which judged cases are kept."""

    bind: str
    real_ports: bool
    names: Sequence[str]
    reach: Reach
    ca_folder: Path | None
    state: Path | None
    firmware: str


@dataclass
class BenchSession:
    """One day at the bench; of the other drivers only the kept authority."""

    physical: bool
    options: BenchOptions
    _state: Path | None = field(default=None, init=False)

    def carried_out(self, terms: Terms, certify: Callable[[Terms], Certified]) -> Certified | None:
        """None where the person left; the next session goes on from there."""
        options = self.options
        check_addresses([options.bind])
        bench = Bench(
            options.bind, "real" if options.real_ports else "any", "", checked_names(options.names)
        )
        authority = kept_authority(options.ca_folder, bench)
        if not self.physical:
            return certify(terms)
        bench = replace(bench, reach=options.reach)
        if options.reach == "name" and not bench.names:
            raise click.UsageError("--reach name needs --name NAME, which is entered as the server")
        PhysicalDriver.bench, PhysicalDriver.person = bench, Person()
        self._state = options.state or Path(f"certify-{terms.subject.name}.json")
        terms = replace(terms, known=self._known(terms), firmware=options.firmware)
        self._begin(terms, authority)
        try:
            return certify(terms)
        except PersonLeft:
            say(f"left; {self._state} has what was judged, the same command goes on", err=True)
            return None
        finally:
            PhysicalDriver.person = None

    def _begin(self, terms: Terms, authority: Path | None) -> None:
        say(f"judged cases are kept in {self._state} ({len(terms.known)} so far)", err=True)
        if authority is not None:
            say(f"authority to import, if it checks certificates: {authority}", err=True)
        elif terms.trusts:
            say("it checks certificates? give --ca FOLDER, and import FOLDER/ca.pem", err=True)

    def _known(self, terms: Terms) -> dict[str, Result]:
        if self._state is None or not self._state.exists():
            return {}
        found = evidence_in(self._state)
        stated = (found.subject, found.driver, found.made, found.seed)
        if stated != (terms.subject.name, terms.driver, str(terms.day), terms.seed):
            say(
                f"fake-exo: {self._state} is of {found.subject}, driver {found.driver}, as of "
                f"{found.made}, seed {found.seed}; give another --state, or remove it",
                err=True,
            )
            raise click.exceptions.Exit(exits.FAILED)
        return {result.id: result for result in found.results}

    def keep(self, found: Certified) -> None:
        """After each case."""
        if self._state is not None:
            write_whole(self._state, dumped(as_json(found)).encode())
