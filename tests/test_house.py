"""The shape of the program: which of its modules know which, and what loads with what."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import splitdose

PACKAGE = Path(splitdose.__file__).parent
PROBE = """
import sys
for name in sys.argv[1:]:
    __import__(name)
    screens = sorted({each.partition(".")[0] for each in sys.modules} & {"textual", "rich", "plyer"})
    screens += sorted(each for each in sys.modules if each.startswith("splitdose.tui"))
    if screens:
        sys.exit(f"{name} loads {screens[0]}")
"""


def modules() -> dict[str, Path]:
    """Every module of the program by its name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = [PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """What a module imports anywhere in it, as (module, name in it or ""): for types alone and in functions, too."""
    package = [PACKAGE.name, *path.parent.relative_to(PACKAGE).parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def import_graph() -> dict[str, set[str]]:
    """By module the modules of the program that it names in an import."""
    known = modules()
    graph = {}
    for name, path in known.items():
        names = {f"{module}.{what}" if f"{module}.{what}" in known else module for module, what in imported(path)}
        graph[name] = names & set(known) - {name}
    return graph


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The modules that are left once those are taken away, again and again, that know none or are known by none."""
    left = {name: set(known) for name, known in graph.items()}
    while True:
        named = set().union(*left.values()) if left else set()
        loose = {name for name, known in left.items() if not known & set(left) or name not in named}
        if not loose:
            return [[name, *sorted(known & set(left))] for name, known in sorted(left.items())]
        left = {name: known for name, known in left.items() if name not in loose}


def test_a_circle_is_found_and_what_leads_to_it_or_away_from_it_is_not_one() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set[str](), "e": {"a", "d"}}
    assert circles(graph) == [["b", "c"], ["c", "b"]]
    assert circles({**graph, "c": {"d"}}) == []
    assert circles({}) == []


def test_the_graph_knows_what_is_imported_for_types_alone_and_in_functions() -> None:
    graph = import_graph()
    assert "splitdose.tui.run" in graph["splitdose.__main__"], "in a function"
    assert "splitdose.report.data" in graph["splitdose.report"], "for types"
    assert "splitdose.files" in graph["splitdose.settings"], "a module out of a package"
    assert {"splitdose.store.codecs", "splitdose.store.folder"} <= graph["splitdose.store.record"], "by its place"
    assert len(graph) > 70


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = import_graph()
    assert circles(graph) == []


def test_nothing_but_the_screens_loads_what_draws_them() -> None:
    names = [name for name in modules() if not name.startswith("splitdose.tui")]
    assert {"splitdose.watch", "splitdose.reminding", "splitdose.demo", "splitdose.report.html"} < set(names)
    done = subprocess.run([sys.executable, "-c", PROBE, *names], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_probe_notices_what_draws() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "splitdose.watch", "splitdose.tui.app"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "splitdose.tui.app loads" in done.stderr
