"""The walls of the house: which part may import which, checked on every source file."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("nf", "netconf_server")

#: Part -> the modules of ours that it may import, by prefix; longest match of the part wins.
ALLOWED: dict[str, tuple[str, ...]] = {
    "nf.codec": ("nf.codec",),
    "nf.engine": ("nf.engine", "nf.codec"),
    "nf.northbound": ("nf.northbound", "nf.engine", "nf.codec"),
    "nf.journal": ("nf.engine", "nf.codec"),
    "nf.telling": ("nf.engine", "nf.journal"),
    "nf.runtime": ("nf.engine", "nf.journal", "nf.telling"),
    "nf.cli.demo": ("nf.cli",),
    "netconf_server": ("netconf_server",),
    "nf": PARTS,
}

#: Part -> foreign top-level modules that it must never import.
FORBIDDEN: dict[str, frozenset[str]] = {
    "nf.engine": frozenset(
        {"asyncio", "socket", "time", "random", "logging", "secrets", "os", "pyroute2", "sqlite3"}
    ),
    "nf.northbound": frozenset({"asyncio", "socket", "pyroute2", "sqlite3", "libyang"}),
}

#: Module -> the only files that may import it.
SOLE_IMPORTERS: dict[str, str] = {
    "libyang": "netconf_server/schema/",
    "_libyang": "netconf_server/schema/",
    "cffi": "netconf_server/schema/",
    "asyncssh": "netconf_server/transport/ssh",
    "pyroute2": "nf/cli/demo/",
    "sqlite3": "nf/drivers/",
    "ncclient": "nf/cli/",
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module


def part_of(module: str, table: dict[str, object]) -> str | None:
    matches = [part for part in table if module == part or module.startswith(part + ".")]
    return max(matches, key=len, default=None)


def is_below(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


SOURCES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 40


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_keep_to_the_walls(path: Path) -> None:
    module = module_name(path)
    own = tuple(name for name in imports(path) if is_below(name, PARTS))
    foreign = {name.split(".")[0] for name in imports(path)} - set(PARTS)
    part = part_of(module, dict(ALLOWED))
    assert part is not None
    for name in own:
        assert is_below(name, ALLOWED[part]), f"{module} imports {name}"
    forbidden_part = part_of(module, dict(FORBIDDEN))
    if forbidden_part is not None:
        assert not foreign & FORBIDDEN[forbidden_part]
    for name in foreign & SOLE_IMPORTERS.keys():
        assert str(path.relative_to(ROOT)).startswith(SOLE_IMPORTERS[name])


@pytest.mark.parametrize("path", sorted((ROOT / "nf" / "codec").glob("*.py")), ids=lambda p: p.name)
def test_the_codec_needs_the_standard_library_only(path: Path) -> None:
    foreign = {name.split(".")[0] for name in imports(path)} - set(PARTS)
    assert foreign <= sys.stdlib_module_names


def test_a_driver_imports_no_other_driver() -> None:
    for path in sorted((ROOT / "nf" / "drivers").rglob("*.py")):
        module = module_name(path)
        own_driver = ".".join(module.split(".")[:3])
        for name in imports(path):
            if name.startswith("nf.drivers."):
                assert is_below(name, (own_driver,)), f"{module} imports {name}"
            assert not is_below(name, ("nf.northbound", "netconf_server", "nf.runtime"))


def test_imports_make_no_circle() -> None:
    graph = {module_name(path): set(imports(path)) for path in SOURCES}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"circle: {' -> '.join([*trail, module])}"
        if module in graph and module not in done:
            for name in sorted(graph[module]):
                visit(name, (*trail, module))
            done.add(module)

    for module in sorted(graph):
        visit(module, ())


def test_every_package_is_part_of_the_distribution() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = (path.parent for part in PARTS for path in (ROOT / part).rglob("__init__.py"))
    found = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert set(settings["packages"]) - settings["package-dir"].keys() == found
