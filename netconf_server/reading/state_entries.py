"""The entries of lists of operational state, as the provider yields them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from netconf_server.datastores.operational import parse_fragment
from netconf_server.filters.picks import print_picked
from netconf_server.filters.selection import Branch, element_branches
from netconf_server.filters.subtree import Level
from netconf_server.provider import Json, StateFragment, StateSelection
from netconf_server.reading.prune import prune
from netconf_server.reading.request import Reading, Sources
from netconf_server.reading.shape import bare_step, has_defaults
from netconf_server.reading.state_filter import StateFilter
from netconf_server.reading.state_xml import StateWriters, is_writable
from netconf_server.reading.tokens import PAUSE
from netconf_server.reading.wanted import Group, Wanted, pick_in
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.printing import Defaults, print_node
from netconf_server.schema.tree import DataTree

#: How many entries are rendered at a stretch.
PIECE: Final = 50


class StateEntries:
    """Reads the entries of one reply's lists of state."""

    def __init__(self, sources: Sources, reading: Reading, writers: StateWriters) -> None:
        self._sources = sources
        self._reading = reading
        self._writers = writers

    def read(self, node: SchemaNode, wanted: Wanted, place: Branch) -> Iterator[bytes]:
        """Yield the entries that are wanted of a list; ``place`` is its parent."""
        selection = StateSelection(paths=self._paths(node, wanted, place))
        render = self._renderer(node, wanted)
        steps = _steps_to(node)
        for fragment in self._sources.state(selection):
            entries = _entries_in(fragment.data, steps)
            for start in range(0, len(entries), PIECE):
                yield render(entries[start : start + PIECE])
            if not entries:
                yield PAUSE

    def _renderer(self, node: SchemaNode, wanted: Wanted) -> Callable[[Sequence[Json]], bytes]:
        """Find the quickest way to show entries: as they are, some names of them, or by a tree."""
        is_plain = self._is_plain(node)
        if wanted.is_whole:
            if is_plain:
                return lambda entries: self._writers.entries(node, entries)
            return lambda entries: self._from_tree(node, entries, None)
        groups = wanted.groups
        chosen = StateFilter(node, groups)
        if is_plain and chosen.picks_names_only:
            return lambda entries: self._writers.entries(node, chosen.pick(entries))
        return lambda entries: self._from_tree(node, chosen.sift(entries), groups)

    def _paths(self, node: SchemaNode, wanted: Wanted, place: Branch) -> tuple[str, ...]:
        if wanted.is_whole:
            return (place.path + bare_step(node),)
        found = (
            branch.path
            for element in wanted.elements
            for branch in element_branches(self._sources.schema, element, node, place)
        )
        return tuple(dict.fromkeys(found))

    def _is_plain(self, node: SchemaNode) -> bool:
        """Tell whether what is shown is shown just as the provider gives it."""
        reading = self._reading
        is_open = reading.gate is None or reading.gate.is_whole_readable(node)
        shows_all = not (reading.defaults is Defaults.TRIM or reading.adds_state_defaults)
        return is_open and (shows_all or not has_defaults(node)) and is_writable(node)

    def _from_tree(
        self, node: SchemaNode, entries: Sequence[Json], groups: list[Group] | None
    ) -> bytes:
        """Make a tree of some entries, hide what may not be read, and filter it."""
        if not entries:
            return PAUSE
        data = _from_root(node, list(entries))
        with parse_fragment(self._sources.schema, StateFragment(data=data)) as tree:
            if self._reading.adds_state_defaults:
                tree.add_defaults(with_state=True)
            prune(tree, self._reading.gate)
            return b"".join(self._print(tree, entry, groups) for entry in _found(tree, node))

    def _print(self, tree: DataTree, entry: DataNode, groups: list[Group] | None) -> bytes:
        defaults = self._reading.defaults
        if groups is None:
            return print_node(entry, defaults)
        pick = pick_in(Level(self._sources.schema, tree, entry, defaults), groups)
        return b"" if pick is None else print_picked(entry, pick, defaults)


def _steps_to(node: SchemaNode) -> list[tuple[str, str]]:
    """Return the names of the nodes down to a list, each as JSON may have it."""
    steps: list[tuple[str, str]] = []
    current: SchemaNode | None = node
    while current is not None:
        steps.append((f"{current.module}:{current.name}", current.name))
        current = current.data_parent
    return steps[::-1]


def _entries_in(data: Json, steps: Sequence[tuple[str, str]]) -> list[Json]:
    for qualified, plain in steps:
        if not isinstance(data, dict):
            return []
        data = data.get(qualified, data.get(plain))
    return data if isinstance(data, list) else []


def _from_root(node: SchemaNode, value: Json) -> dict[str, Json]:
    current: SchemaNode | None = node
    while current is not None:
        value = {f"{current.module}:{current.name}": value}
        current = current.data_parent
    assert isinstance(value, dict)
    return value


def _found(tree: DataTree, node: SchemaNode) -> Iterator[DataNode]:
    """Yield the entries of a list that has only containers around it."""
    above: list[SchemaNode] = []
    parent = node.data_parent
    while parent is not None:
        above.append(parent)
        parent = parent.data_parent
    place: DataNode | None = None
    for step in reversed(above):
        place = tree.find_below(place, step)
        if place is None:
            return
    entry = tree.find_below(place, node)
    while entry is not None:
        yield entry
        entry = entry.following
