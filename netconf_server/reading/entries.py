"""The entries of configuration lists, printed in place as far as possible."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

from lxml import etree

from netconf_server.editing.payload import selector_of
from netconf_server.filters.picks import print_picked
from netconf_server.filters.subtree import Level, names_one_entry
from netconf_server.reading.base_tree import BaseTree
from netconf_server.reading.hiding import Hiding
from netconf_server.reading.prune import may_read, prune
from netconf_server.reading.request import Reading, Sources
from netconf_server.reading.shape import has_default_state
from netconf_server.reading.shaping import Learned
from netconf_server.reading.tokens import PAUSE
from netconf_server.reading.wanted import Group, Wanted, pick_in
from netconf_server.schema.data import DataNode, LibraryError
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.printing import is_shown, print_node, print_run
from netconf_server.schema.tree import DataTree

#: How many entries are printed at a stretch.
RUN: Final = 64

#: How many entries are looked at one by one before others have their turn.
_FEW: Final = 16


class Entries:
    """Reads the entries of one reply's lists."""

    def __init__(self, sources: Sources, reading: Reading, base: BaseTree) -> None:
        self._sources = sources
        self._reading = reading
        self._base = base

    def configured(
        self, node: SchemaNode, parent: DataNode | None, state: DataNode | None, wanted: Wanted
    ) -> Iterator[bytes]:
        """Yield the entries of a list below ``parent``, with their state from below ``state``."""
        tree = self._sources.configuration()
        has_state = self._base.is_copy and self._states_of(node, state) is not None
        if wanted.is_whole and not has_state and self._is_as_stored(node):
            entry = tree.find_below(parent, node)
            while entry is not None:
                data, entry = print_run(entry, RUN, self._reading.defaults)
                yield data
            return
        gate = self._reading.gate
        if wanted.is_whole and not has_state and gate and not self._adds_defaults(node):
            first = tree.find_below(parent, node)
            yield from Hiding(gate).print_runs(first, RUN, self._reading.defaults)
            return
        elements = wanted.elements
        is_named = not wanted.is_whole and all(names_one_entry(each, node) for each in elements)
        has_keys_only = is_named and all(len(each) == len(node.keys) for each in elements)
        groups = None if wanted.is_whole or has_keys_only else wanted.groups
        if is_named:
            entries = self._named(tree, node, parent, elements)
        else:
            entries = _instances(tree.find_below(parent, node))
        while few := list(islice(entries, _FEW)):
            pieces = (self._render(entry, state if has_state else None, groups) for entry in few)
            yield b"".join(pieces)
            if len(few) == _FEW:
                yield PAUSE

    def not_configured(
        self, node: SchemaNode, parent: DataNode | None, state: DataNode | None, wanted: Wanted
    ) -> Iterator[bytes]:
        """Yield the entries that have state only."""
        tree = self._sources.configuration()
        groups = None if wanted.is_whole else wanted.groups
        for entry in _instances(self._states_of(node, state)):
            if tree.find_below(parent, node, entry.own_selector) is None:
                yield Learned(self._print(self._base.tree, entry, groups))

    def _states_of(self, node: SchemaNode, parent: DataNode | None) -> DataNode | None:
        """Return the first of the entries with state."""
        return self._base.tree.find_below(parent, node)

    def _is_as_stored(self, node: SchemaNode) -> bool:
        """Tell whether entries without state are shown with all that they are stored with."""
        gate = self._reading.gate
        is_open = gate is None or gate.is_whole_readable(node)
        return is_open and not self._adds_defaults(node)

    def _adds_defaults(self, node: SchemaNode) -> bool:
        """Tell whether entries have state by default, which is stored nowhere."""
        return self._reading.adds_state_defaults and has_default_state(node)

    def _named(
        self,
        tree: DataTree,
        node: SchemaNode,
        parent: DataNode | None,
        elements: list[etree._Element],
    ) -> Iterator[DataNode]:
        """Yield the entries that filter elements name by their keys, each once."""
        selectors = (selector_of(element, node, "") for element in elements)
        for selector in dict.fromkeys(selectors):
            entry = _find(tree, parent, node, selector)
            if entry is not None:
                yield entry

    def _render(self, entry: DataNode, state: DataNode | None, groups: list[Group] | None) -> bytes:
        gate = self._reading.gate
        if not is_shown(entry, self._reading.defaults) or not may_read(gate, entry):
            return b""
        own = None
        if state is not None:
            own = state.find_child(entry.schema, entry.own_selector)
        is_open = gate is None or gate.may_read_whole(entry)
        if own is None and is_open and not self._adds_defaults(entry.schema):
            return self._print(self._sources.configuration(), entry, groups)
        with self._copy(entry, own) as (copy, twin):
            return b"" if twin is None else self._print(copy, twin, groups)

    @contextmanager
    def _copy(
        self, entry: DataNode, state: DataNode | None
    ) -> Iterator[tuple[DataTree, DataNode | None]]:
        """Put configuration and state of an entry together, without what may not be read."""
        path = entry.path
        with self._sources.schema.new_tree() as copy:
            copy.copy_in(entry)
            if state is not None:
                copy.copy_in(state)
            if self._adds_defaults(entry.schema):
                copy.add_defaults(with_state=True)
            prune(copy, self._reading.gate)
            yield copy, copy.find(path)

    def _print(self, tree: DataTree, entry: DataNode, groups: list[Group] | None) -> bytes:
        defaults = self._reading.defaults
        if groups is None:
            return print_node(entry, defaults)
        level = Level(self._sources.schema, tree, entry, defaults)
        pick = pick_in(level, groups)
        return b"" if pick is None else print_picked(entry, pick, defaults)


def _instances(entry: DataNode | None) -> Iterator[DataNode]:
    while entry is not None:
        following = entry.following
        yield entry
        entry = following


def _find(
    tree: DataTree, parent: DataNode | None, node: SchemaNode, selector: str | None
) -> DataNode | None:
    """Find an entry by keys as a client wrote them; a value that is not of its type names none."""
    try:
        return tree.find_below(parent, node, selector)
    except LibraryError:
        return None
