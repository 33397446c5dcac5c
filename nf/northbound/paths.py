"""Data paths as strings: taken apart, and put together.

A path names nodes and picks list entries: ``/pmip6:pmip6/mobile-node[identifier='bus-7']/enabled``.
A key's value stands in single quotes, or in double quotes where it holds a single one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: The root of our tree, as the first step of each path that is ours.
ROOT: Final = "pmip6:pmip6"

_STEP: Final = re.compile(r"""/(?P<name>[^/\[]+)(?P<keys>(?:\[[^=\]]+=(?:'[^']*'|"[^"]*")\])*)""")
_KEY: Final = re.compile(r"""\[(?P<name>[^=\]]+)=(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]""")


@dataclass(frozen=True, slots=True)
class Step:
    """One node of a path, with the keys that pick an entry; a leaf-list's key is ``.``."""

    name: str
    keys: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.name + "".join(f"[{name}={quoted(value)}]" for name, value in self.keys)


def parse_path(path: str) -> tuple[Step, ...]:
    """Take a path apart; raises ValueError where it is none."""
    steps: list[Step] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"no data path: {path!r} at character {position}")
        steps.append(Step(match["name"], _keys(match["keys"])))
        position = match.end()
    return tuple(steps)


def node_path(*steps: Step | str) -> str:
    """Return the path of a node below our root."""
    return "".join(f"/{step}" for step in (ROOT, *steps))


def entry_path(parent: str, name: str, key: str, value: str) -> str:
    """Return the path of an entry of the list ``name`` below ``parent``."""
    return f"{parent}/{Step(name, ((key, value),))}"


def value_path(leaf_list: str, value: object) -> str:
    """Return the path of one value of a leaf-list."""
    return f"{leaf_list}[.={quoted(str(value))}]"


def quoted(value: str) -> str:
    """Return a key's value in the quotes that it does not hold itself."""
    return f'"{value}"' if "'" in value else f"'{value}'"


def _keys(predicates: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (match["name"], match["single"] if match["double"] is None else match["double"])
        for match in _KEY.finditer(predicates)
    )
