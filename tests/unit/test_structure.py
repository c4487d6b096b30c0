"""How the modules of both packages hang together."""

import ast
from pathlib import Path

import fake_exo_harness
import grimp

import fake_exo

GRAPH = grimp.build_graph("fake_exo", "fake_exo_harness", cache_dir=None)


def reached(module: str) -> set[str]:
    """Every module that one imports, directly or not; imports for type checking count."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        for imported in GRAPH.find_modules_directly_imported_by(waiting.pop()) - found:
            found.add(imported)
            waiting.append(imported)
    return found


def test_no_module_is_in_an_import_circle() -> None:
    reaches = {module: reached(module) for module in GRAPH.modules}
    assert sorted(module for module, found in reaches.items() if module in found) == []


def test_no_two_classes_share_a_name() -> None:
    found: dict[str, list[str]] = {}
    for package in (fake_exo, fake_exo_harness):
        for path in Path(package.__path__[0]).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef):
                    found.setdefault(node.name, []).append(str(path))
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}
