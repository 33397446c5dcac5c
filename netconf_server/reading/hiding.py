"""Printing entries in place without what a session may not read in them (RFC 8341 §3.2.4).

What is hidden is left out of the chain of siblings for the moment of printing: nothing is copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from netconf_server.access import Extent, ReadGate
from netconf_server.reading.prune import is_something
from netconf_server.reading.shape import data_children
from netconf_server.schema.data import DataNode
from netconf_server.schema.hiding import only_children, skipped
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.printing import Defaults, print_run

_OPEN: Final = Extent.EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What to do about the children of a node of which something has to be hidden."""

    hidden: tuple[SchemaNode, ...]
    asked: tuple[SchemaNode, ...]
    may_vanish: bool


class Hiding:
    """Prints what one session may read; remembers what it asked about schema nodes."""

    def __init__(self, gate: ReadGate) -> None:
        self._gate = gate
        self._extents: dict[SchemaNode, Extent | None] = {}
        self._plans: dict[SchemaNode, _Plan] = {}

    def print_runs(self, first: DataNode | None, run: int, defaults: Defaults) -> Iterator[bytes]:
        """Yield all instances of a schema node, so many at a time."""
        entries = _instances(first)
        while some := list(islice(entries, run)):
            yield b"".join(self._print_readable(some, defaults))

    def _print_readable(self, entries: list[DataNode], defaults: Defaults) -> Iterator[bytes]:
        """Print the entries that can be read, those that follow on each other at one stroke."""
        everywhere = self._hidden_everywhere(entries[0].schema)
        if everywhere is not None:
            yield _print(entries, only_children(entries, everywhere), defaults)
            return
        stretch: list[DataNode] = []
        hidden: list[DataNode] = []
        for entry in entries:
            inside = self._hidden_in(entry)
            if inside is not None:
                stretch.append(entry)
                hidden += inside
            elif stretch:
                yield _print(stretch, hidden, defaults)
                stretch, hidden = [], []
        if stretch:
            yield _print(stretch, hidden, defaults)

    def _hidden_everywhere(self, schema: SchemaNode) -> tuple[SchemaNode, ...] | None:
        """Return the single nodes to be hidden in each entry alike; None if entries may differ."""
        if self._common_extent(schema) is not Extent.SOME:
            return None
        plan = self._plan_for(schema)
        is_alike = not plan.asked and not plan.may_vanish
        return plan.hidden if is_alike and all(map(_is_single, plan.hidden)) else None

    def _extent(self, node: DataNode) -> Extent:
        """Ask about the schema node first, which is remembered, and about the instance last."""
        return self._common_extent(node.schema) or self._gate.extent(node)

    def _common_extent(self, schema: SchemaNode) -> Extent | None:
        if schema not in self._extents:
            self._extents[schema] = self._gate.common_extent(schema)
        return self._extents[schema]

    def _extent_of_all(self, schema: SchemaNode) -> Extent:
        if self._gate.is_whole_readable(schema):
            return Extent.EVERYTHING
        return Extent.NOTHING if self._gate.is_never_readable(schema) else Extent.SOME

    def _hidden_in(self, node: DataNode) -> list[DataNode] | None:
        """Return the topmost nodes to be hidden inside of a node; None if it is hidden itself."""
        extent = self._extent(node)
        if extent is Extent.EVERYTHING:
            return []
        if extent is Extent.NOTHING:
            return None
        plan = self._plan_for(node.schema)
        hidden = [child for schema in plan.hidden for child in _all_below(node, schema)]
        for schema in plan.asked:
            for child in _all_below(node, schema):
                inside = self._hidden_in(child)
                hidden += [child] if inside is None else inside
        is_left = not (plan.may_vanish and _has_vanished(node, set(hidden)))
        return hidden if is_left else None

    def _plan_for(self, schema: SchemaNode) -> _Plan:
        plan = self._plans.get(schema)
        if plan is None:
            extents = [(child, self._extent_of_all(child)) for child in data_children(schema)]
            plan = self._plans[schema] = _Plan(
                hidden=tuple(child for child, extent in extents if extent is Extent.NOTHING),
                asked=tuple(child for child, extent in extents if extent is Extent.SOME),
                may_vanish=schema.kind is NodeKind.CONTAINER
                or any(key for key, extent in extents if key.is_key and extent is not _OPEN),
            )
        return plan


def _is_single(schema: SchemaNode) -> bool:
    return schema.kind not in (NodeKind.LIST, NodeKind.LEAF_LIST)


def _print(stretch: list[DataNode], hidden: Iterable[DataNode], defaults: Defaults) -> bytes:
    with skipped(hidden):
        return print_run(stretch[0], len(stretch), defaults)[0]


def _has_vanished(node: DataNode, hidden: set[DataNode]) -> bool:
    """Tell whether an entry has lost a key, or a container all that it said."""
    has_lost_key = any(inner.schema.is_key and inner.parent == node for inner in hidden)
    shown = (inner for inner in node.children if inner not in hidden)
    return has_lost_key or not is_something(node, shown)


def _all_below(parent: DataNode, schema: SchemaNode) -> Iterator[DataNode]:
    return _instances(parent.find_child(schema))


def _instances(entry: DataNode | None) -> Iterator[DataNode]:
    while entry is not None:
        following = entry.following
        yield entry
        entry = following
