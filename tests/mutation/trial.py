"""One trial: the tests that bear on a module, in a process that has a mutant in its place.

The process is forked from one that has loaded everything but the project, so that a trial costs
the project's own import and its tests, no more.
"""

import importlib.abc
import importlib.util
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from importlib.machinery import ModuleSpec
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

import pytest

SCENARIO = "scenario:"  # begins the name of a test that is a scenario of the library
PAGE = "tests/docs/test_rules_in_order.py"  # a page that shows every row of the rules
FOLDERS = (PAGE, "tests/unit", "tests/checks", "tests/property", "tests/conformance")
_SLOW = 3.0  # seconds of a core, of a test that says nothing which quicker ones do not say
# Processes of their own, other systems, megabytes: slow, and about none of the modules.
_NOT = ("test_other_systems.py", "test_the_digest_is", "test_structure.py", "test_ledger.py",
        "test_rfc7208.py", "[socket", "/test_dns_", "/test_authentication_", "/test_header_from",
        "/test_clock", "/test_processes", "megabyte")  # fmt: skip
_PYTEST = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist",
           "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip


class Ran(NamedTuple):
    """A test of the unchanged project: seconds of a core, and whose code it called."""

    test: str
    seconds: float
    called: frozenset[tuple[str, int]]  # file, line of the function


class Outcome(NamedTuple):
    """`how`: killed, survived, or stillborn (it cannot even be loaded); `by` what."""

    how: str
    by: str
    seconds: float


def in_child(work: Callable[[], str], limit: float) -> str | None:
    """What work returns in a forked process; None when it took so many seconds of a core."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 1))
        try:
            with os.fdopen(write, "w") as pipe:
                pipe.write(work())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write)
    return _waited(child, read)


def _waited(child: int, read: int) -> str | None:
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(child, 0)
    return told or None


class InPlace(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from a text in place of its file."""

    def __init__(self, name: str, source: str, path: str) -> None:
        self._name, self._source, self._path = name, source, path

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        package = self._path.endswith("__init__.py")
        where = [os.path.dirname(self._path)] if package else None
        return importlib.util.spec_from_file_location(
            fullname, self._path, loader=self, submodule_search_locations=where
        )

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, self._path, "exec"), module.__dict__)


# ---- the tests ---------------------------------------------------------------------------------


def scenarios(wanted: Callable[[str], bool]) -> Iterator[tuple[str, Callable[[], bool]]]:
    """The library's scenarios in memory: a name, and what says whether it passes."""
    from fake_exo_harness.library import library
    from fake_exo_harness.runner import Verdict, finish
    from fake_exo_harness.scenario import Scenario, load_paths

    def passes(scenario: Scenario) -> bool:
        return finish(scenario, "memory").verdict is Verdict.PASSED

    for each in load_paths([library()]):
        if "memory" in each.drivers and wanted(f"{SCENARIO}{each.id}"):
            yield f"{SCENARIO}{each.id}", partial(passes, each)


class _Chosen:
    """Keeps the tests that are wanted, in their order; remembers the one that failed."""

    def __init__(self, order: dict[str, int]) -> None:
        self._order, self.failed = order, ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._order),
            key=lambda item: self._order[item.nodeid],
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


def _pytest(arguments: Iterable[str], plugin: object) -> int:
    with open(os.devnull, "w") as nothing, redirect_stdout(nothing), redirect_stderr(nothing):
        return int(pytest.main([*_PYTEST, *arguments], plugins=[plugin]))


def failing(tests: Sequence[str]) -> str:
    """The first test that fails, or empty; the page first, then scenarios."""
    page = [test for test in tests if test.startswith(PAGE)]
    library = [test for test in tests if test.startswith(SCENARIO)]
    rest = [test for test in tests if test not in {*page, *library}]
    return _failing_test(page) or _failing_scenario(library) or _failing_test(rest)


def _failing_scenario(names: Sequence[str]) -> str:
    order = {name: n for n, name in enumerate(names)}
    found = sorted(scenarios(order.__contains__), key=lambda pair: order[pair[0]]) if names else []
    if len(found) < len(names):
        return "the library"
    return next((name for name, passes in found if not passes()), "")


def _failing_test(names: Sequence[str]) -> str:
    if not names:
        return ""
    chosen = _Chosen({name: n for n, name in enumerate(names)})
    code = _pytest(sorted({name.partition("::")[0] for name in names}), chosen)
    return chosen.failed or ("pytest" if code else "")


def tried(name: str, source: str, path: str, tests: Sequence[str]) -> str:
    """What becomes of a mutant in this process: its outcome and the test that killed it."""
    sys.meta_path.insert(0, InPlace(name, source, path))
    try:
        importlib.import_module(name)
    except (TypeError, NameError, AttributeError, SyntaxError) as error:
        return f"stillborn {error!r}"
    except Exception as error:
        return f"killed loading: {error!r}"
    try:
        found = failing(tests)
    except BaseException as error:
        return f"killed {error!r}"
    return f"killed {found}" if found else "survived"


# ---- whose code a test calls --------------------------------------------------------------------


class Watch:
    """Notes the code that is called between `begin` and `end`."""

    def __init__(self, files: Collection[str]) -> None:
        self._files = files
        self._called: set[CodeType] = set()
        self._since = 0.0

    def begin(self) -> None:
        self._called, self._since = set(), time.process_time()
        sys.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _: Any) -> None:  # noqa: ANN401
        if event == "call":
            self._called.add(frame.f_code)

    def end(self, test: str) -> Ran:
        sys.setprofile(None)
        called = frozenset(
            (code.co_filename, code.co_firstlineno)
            for code in self._called
            if code.co_filename in self._files
        )
        return Ran(test, time.process_time() - self._since, called)


class _Watched:
    """Watches each test of a pytest run."""

    def __init__(self, files: Collection[str]) -> None:
        self.ran: list[Ran] = []
        self._files = files

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not any(no in item.nodeid for no in _NOT)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        watch = Watch(self._files)
        watch.begin()
        try:
            return (yield)
        finally:
            self.ran.append(watch.end(item.nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            raise SystemExit(f"{report.nodeid} fails without any mutant")


def census(files: Collection[str]) -> Iterator[Ran]:
    """The tests that call something in these files, run once on the unchanged project."""
    every = (ran for ran in _census(files) if ran.seconds < _SLOW)
    return (ran for ran in every if ran.called or ran.test.startswith(PAGE))


def _census(files: Collection[str]) -> Iterator[Ran]:
    watch = Watch(files)
    for name, passes in scenarios(lambda name: True):
        watch.begin()
        good = passes()
        ran = watch.end(name)
        if not good:
            raise SystemExit(f"{name} fails without any mutant")
        yield ran
    watched = _Watched(files)
    _pytest(FOLDERS, watched)
    yield from watched.ran
