"""The pytest plugin: scenario files as test items, and fixtures for Python tests.

Nothing heavy is imported here: pytest loads this module in every run of every project.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _pytest._code.code import TerminalRepr

    from fake_exo import FakeExo, Tenant
    from fake_exo_harness.runner import Finished
    from fake_exo_harness.scenario import Scenario

_ENDINGS = (".exo.yaml", ".exo.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("exo", "fake Exchange Online")
    group.addoption(
        "--exo-driver",
        choices=("memory", "socket", "both"),
        default="both",
        help="drivers for *.exo.yaml scenarios (default: both)",
    )
    group.addoption(
        "--exo-strict-confidence",
        action="store_true",
        help="fail verdicts that rest on replies nobody has captured",
    )

    about = "folders outside the rootdir whose files scenarios may name"
    parser.addini("exo_allow_path", about, "paths", [])
    parser.addini("exo_profiles", "folders with device profiles of yours", "paths", [])
    parser.addini("exo_quirks", "Python files with quirks of yours", "paths", [])


def pytest_configure(config: pytest.Config) -> None:
    """Profiles and quirks of the project are known before scenarios are read."""
    folders = [*config.getini("exo_profiles"), *_from_environment()]
    files = config.getini("exo_quirks")
    if not folders and not files:
        return
    from fake_exo_harness.devices import DeviceError, use_folder, use_quirks

    try:
        for folder in folders:
            use_folder(folder)
        for file in files:
            use_quirks(file)
    except DeviceError as error:
        raise pytest.UsageError(str(error)) from None


def _from_environment() -> list[Path]:
    named = os.environ.get("FAKE_EXO_PROFILES", "")
    return [Path(folder) for folder in named.split(os.pathsep) if folder]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith(_ENDINGS):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many scenarios passed that nobody should rely on."""
    passed = terminalreporter.getreports("passed")
    doubts = [dict(report.user_properties).get("exo_doubt", "") for report in passed]
    for doubt in sorted({str(each) for each in doubts if each}):
        terminalreporter.write_line(f"exo: {doubts.count(doubt)} passed: {doubt}")


class ScenarioFile(pytest.File):
    """One *.exo.yaml file."""

    def collect(self) -> Iterator[pytest.Item]:
        from fake_exo_harness.forms.paths import allowing
        from fake_exo_harness.scenario import load_file

        wanted = self.config.getoption("--exo-driver")
        names = ("memory", "socket") if wanted == "both" else (wanted,)
        folders = [self.config.rootpath, *self.config.getini("exo_allow_path")]
        with allowing(folders):
            found = load_file(self.path)
        for scenario in found:
            for driver in names:
                if driver in scenario.drivers:
                    yield ScenarioItem.from_parent(
                        self, name=f"{scenario.id}[{driver}]", scenario=scenario, driver=driver
                    )

    def repr_failure(  # type: ignore[override]
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> str | TerminalRepr:
        from fake_exo_harness.scenario import ScenarioError

        if isinstance(excinfo.value, ScenarioError):
            from fake_exo_harness.terminal import shown

            return shown(str(excinfo.value))
        return super().repr_failure(excinfo)


class ScenarioFailed(Exception):
    """A scenario did not come out as expected; carries the verdict."""

    def __init__(self, finished: Finished) -> None:
        super().__init__(finished.scenario.id)
        self.finished = finished


class ScenarioItem(pytest.Item):
    """One scenario with one driver."""

    def __init__(self, *, scenario: Scenario, driver: str, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.scenario = scenario
        self.driver = driver

    def runtest(self) -> None:
        from fake_exo_harness.runner import Verdict, finish

        finished = finish(self.scenario, self.driver)
        self.user_properties.append(("exo_driver", self.driver))
        self.user_properties.append(("exo_confidence", finished.confidence.name.lower()))
        self.user_properties.append(("exo_low_confidence", finished.low_confidence))
        self.user_properties.append(("exo_doubt", finished.doubt))
        for word in finished.not_rehearsed:
            self.user_properties.append(("exo_not_rehearsed", f"{word.word}: {word.why}"))
        strict = self.config.getoption("--exo-strict-confidence") and finished.low_confidence
        if finished.verdict is not Verdict.PASSED or strict:
            raise ScenarioFailed(finished)
        self._attach(finished)

    def _attach(self, finished: Finished) -> None:
        """Doubts and the transcript for `-rP`; a failure shows them by itself."""
        from fake_exo_harness.reports.text import dialogue, not_rehearsed
        from fake_exo_harness.terminal import shown

        if finished.doubt:
            self.add_report_section("call", "confidence", finished.doubt)
        if untold := list(not_rehearsed(finished)):
            self.add_report_section("call", "not rehearsed", shown("\n".join(untold)))
        text = "\n".join(line for job in finished.record.jobs for line in dialogue(job))
        if text:
            self.add_report_section("call", "SMTP transcript", shown(text))

    def repr_failure(  # type: ignore[override]
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> str | TerminalRepr:
        if isinstance(excinfo.value, ScenarioFailed):
            return _shown(excinfo.value.finished)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return (
            self.path,
            self.scenario.source.line - 1,
            f"{self.scenario.id}: {self.scenario.title}",
        )


def _shown(finished: Finished) -> TerminalRepr:
    """The verdict in full, and one line of it for pytest's summary: a bare text would be repeated
    there whole where the environment has CI set. These classes also survive the way from an xdist
    worker."""
    from _pytest._code.code import (
        ReprEntryNative,
        ReprExceptionInfo,
        ReprFileLocation,
        ReprTraceback,
    )

    from fake_exo_harness.reports.text import summary, verdict
    from fake_exo_harness.terminal import shown

    text = shown("\n".join(verdict(finished)) + "\n")
    place = finished.scenario.source
    crash = ReprFileLocation(str(place.path), place.line, shown(summary(finished)))
    whole = ReprTraceback([ReprEntryNative([text])], None, "native")
    return ReprExceptionInfo(whole, crash)


@pytest.fixture
def exo_world() -> Iterator[Callable[..., FakeExo]]:
    """Factory: `exo_world(tenant, ...)` is `fake_exo.FakeExo(tenant, ...)`, on real ports. All are
    stopped at the end of the test."""
    from fake_exo import FakeExo

    with ExitStack() as started:

        def make(*tenants: Tenant, **options: Any) -> FakeExo:  # noqa: ANN401
            return started.enter_context(FakeExo(*tenants, **options))

        yield make


@pytest.fixture
def exo(request: pytest.FixtureRequest, exo_world: Callable[..., FakeExo]) -> FakeExo:
    """A `fake_exo.FakeExo` on real ports. The tenant is that of the fixture `exo_tenant` when the
    test (or its conftest) defines one, else an example."""
    try:
        tenant = request.getfixturevalue("exo_tenant")
    except pytest.FixtureLookupError:
        return exo_world()
    return exo_world(tenant)
