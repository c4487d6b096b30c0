"""How the modules of both packages hang together."""

import grimp

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
