"""Data paths as text: their steps, and what is inside what (see provider.DataPath)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from netconf_server.provider import DataPath

_STEP: Final = re.compile(r"""/[^/\['"]+(?P<predicates>(?:\[(?:[^\]'"]|'[^']*'|"[^"]*")*\])*)""")


def prefixes_of(path: DataPath) -> Iterator[DataPath]:
    """Yield the paths of the nodes around and at a path, each list also without its keys."""
    for step in _STEP.finditer(path):
        if step["predicates"]:
            yield path[: step.start("predicates")]
        yield path[: step.end()]


def parent_of(path: DataPath) -> DataPath:
    """Return the path of the node around; "" at the top."""
    start = 0
    for step in _STEP.finditer(path):
        start = step.start()
    return path[:start]


def topmost(paths: Collection[DataPath]) -> Iterator[DataPath]:
    """Yield the paths that are not inside another one of them, in their order as strings."""
    prefixes: list[DataPath] = []
    for path in sorted(paths):
        while prefixes and not path.startswith(prefixes[-1]):
            prefixes.pop()
        if not any(path[len(prefix)] in "/[" for prefix in prefixes):
            yield path
        prefixes.append(path)
