"""The pytest plugin: scenario files as test items, and fixtures for Python tests.

Nothing heavy is imported here: pytest loads this module in every run of every project.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from _pytest._code.code import TerminalRepr

    from fake_exo import FakeExo
    from fake_exo_harness.runner import Finished
    from fake_exo_harness.scenario import Scenario

_MARKER = (
    "exo(*tenants, **keys): the fake Exchange Online of a test, class or module, by the keys of a "
    "scenario: tenant files or values, as_of, faults, limits, switches, tls, dns, clock, public_ip"
)
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
    config.addinivalue_line("markers", _MARKER)
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


# ---- fixtures for Python tests -------------------------------------------------------------------

_SCOPES: tuple[tuple[Literal["function", "class", "module", "package", "session"], str], ...] = (
    ("function", "exo"),
    ("class", "exo_class"),
    ("module", "exo_module"),
    ("package", "exo_package"),
    ("session", "exo_session"),
)
_FIXTURES = ("exo_world", *(name for _, name in _SCOPES))
_MARKS = pytest.StashKey[dict[int, int]]()  # where the record of each fake stood as a test began


@pytest.fixture(scope="session")
def exo_options() -> dict[str, Any]:
    """What a fake is made with; a project's own fixture of this name says it, by the keys of the
    marker `exo`, which goes before it."""
    return {}


def _scoped(scope: Literal["function", "class", "module", "package", "session"], name: str) -> Any:  # noqa: ANN401
    @pytest.fixture(scope=scope, name=name)
    def made(request: pytest.FixtureRequest, exo_options: dict[str, Any]) -> Iterator[FakeExo]:
        with _fake(request.node, exo_options) as fake:
            yield fake

    made.__doc__ = f"A `fake_exo.FakeExo` on real ports, one a {scope}."
    return made


exo, exo_class, exo_module, exo_package, exo_session = (_scoped(*row) for row in _SCOPES)


@pytest.fixture
def exo_world(
    request: pytest.FixtureRequest, exo_options: dict[str, Any]
) -> Iterator[Callable[..., FakeExo]]:
    """Factory: `exo_world(tenant, ...)` makes a `FakeExo` by the keys of the marker `exo`, on real
    ports. All are stopped at the end of the test."""
    with ExitStack() as started:

        def make(*tenants: object, **words: object) -> FakeExo:
            options = exo_options if not tenants else {}
            return started.enter_context(_fake(request.node, options, tenants, words))

        yield make


def _fake(
    node: Any,  # noqa: ANN401
    options: dict[str, Any],
    tenants: tuple[object, ...] = (),
    words: dict[str, object] | None = None,
) -> FakeExo:
    """By the options of the project, the marks around a test from the outermost in, and what is
    asked for beside them. What cannot be ends the test with its place, cause and remedy."""
    from fake_exo_harness.fixture import fake_of
    from fake_exo_harness.scenario import Location, ScenarioError
    from fake_exo_harness.terminal import shown

    said = dict(options)
    for mark in reversed(list(node.iter_markers("exo"))):
        tenants = tenants or mark.args
        said.update(mark.kwargs)
    said.update(words or {})
    if tenants:
        said = {key: value for key, value in said.items() if key not in ("tenant", "tenants")}
    try:
        return fake_of(Location(*_place(node)), tenants, said)
    except ScenarioError as error:
        cause = shown(str(error))
    pytest.fail(cause, pytrace=False)


def _place(node: Any) -> tuple[Path, int]:  # noqa: ANN401
    """Where the words of a test, class, module or session are said, as near as can be known."""
    if isinstance(node, pytest.Item):
        return node.path, (node.reportinfo()[1] or 0) + 1
    return (node.path / "conftest.py", 1) if node.path.is_dir() else (node.path, 1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A mark that nothing listens to is refused."""
    item.stash[_MARKS] = {id(fake): fake.world.ledger.mark for fake in _fakes()}
    asked = set(getattr(item, "fixturenames", ()))
    if any(mark.name == "exo" for mark in item.own_markers) and not asked & {"exo", "exo_world"}:
        wider = sorted(asked & set(_FIXTURES))
        why = f"{wider[0]} is made once for several tests" if wider else "the test has no fake"
        pytest.fail(
            f"{item.nodeid}: the mark exo has no effect: {why}; ask for the fixture exo"
            + (", or mark the class or module (pytestmark)" if wider else ""),
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what happened at the fakes meanwhile."""
    report = yield
    if report.failed and _fakes():
        from fake_exo_harness.fixture import told
        from fake_exo_harness.terminal import shown

        began = item.stash.get(_MARKS, {})
        for fake in _fakes():
            if text := told(fake, began.get(id(fake), 0)):
                report.sections.append((f"fake Exchange Online {call.when}", shown(text)))
    return report


def _fakes() -> tuple[FakeExo, ...]:
    """Those of this process, whoever made them; none where nobody has loaded the service."""
    service = sys.modules.get("fake_exo")
    return () if service is None else service.FakeExo.in_use()
