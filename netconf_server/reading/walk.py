"""The walk over the schema that makes the content of a reply.

Containers around lists are gone into; whatever is small stands in the base tree and is printed from
there; lists are read an entry at a time (``entries``, ``state_entries``). The order is that of the
schema, so the same content gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netconf_server.filters.picks import print_picked
from netconf_server.filters.selection import EVERYTHING, Branch
from netconf_server.filters.subtree import Level
from netconf_server.reading.base_tree import BaseTree
from netconf_server.reading.entries import Entries
from netconf_server.reading.prune import may_read
from netconf_server.reading.request import Reading, Sources
from netconf_server.reading.shape import (
    bare_step,
    data_children,
    has_state,
    is_frame,
    is_streamed,
)
from netconf_server.reading.state_entries import StateEntries
from netconf_server.reading.state_xml import StateWriters
from netconf_server.reading.tokens import END, Begin, Token
from netconf_server.reading.wanted import WHOLE, Group, Wanted, pick_in, wanted_children
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.printing import is_shown, print_all, print_node
from netconf_server.xml_text import tags


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One level: the parent in the base tree and in the configuration, None at the top.

    Below the top, one of the two may be without the parent, and both for a level of streamed state.
    """

    base: DataNode | None = None
    configuration: DataNode | None = None
    has_base: bool = True
    is_configured: bool = True
    branch: Branch = EVERYTHING


class Walk:
    """Goes over one selection."""

    def __init__(
        self, sources: Sources, reading: Reading, base: BaseTree, writers: StateWriters
    ) -> None:
        self._sources = sources
        self._reading = reading
        self._base = base
        self._entries = Entries(sources, reading, base)
        self._state_entries = StateEntries(sources, reading, writers)

    def tokens(self, groups: Sequence[Group] | None) -> Iterator[Token]:
        """Yield what sets of top-level filter nodes select; everything without any."""
        return self._level(self._sources.top, _Place(), groups)

    def _level(
        self, children: Iterable[SchemaNode], place: _Place, groups: Sequence[Group] | None
    ) -> Iterator[Token]:
        wanted = None if groups is None else self._wanted(place, groups)
        for child in children:
            part = WHOLE if wanted is None else wanted.get(child)
            if part is not None and not self._is_hidden(child):
                yield from self._child(child, place, part)

    def _wanted(self, place: _Place, groups: Sequence[Group]) -> dict[SchemaNode, Wanted] | None:
        level = self._level_of(place) if place.has_base else None
        return wanted_children(self._sources.schema, place.branch.node, level, groups)

    def _is_hidden(self, node: SchemaNode) -> bool:
        gate = self._reading.gate
        if gate is not None and gate.is_never_readable(node):
            return True
        return not (node.is_config or self._reading.with_state)

    def _child(self, child: SchemaNode, place: _Place, wanted: Wanted) -> Iterator[Token]:
        if is_streamed(child):
            yield from self._list(child, place, wanted)
        elif is_frame(child):
            yield from self._frame(child, place, wanted)
        else:
            yield self._print(child, place, wanted)

    def _list(self, child: SchemaNode, place: _Place, wanted: Wanted) -> Iterator[Token]:
        if not child.is_config:
            yield self._state_entries.read(child, wanted, place.branch)
            return
        if place.is_configured:
            yield from self._entries.configured(child, place.configuration, place.base, wanted)
        if self._reading.with_state and has_state(child):
            yield from self._entries.not_configured(child, place.configuration, place.base, wanted)

    def _frame(self, child: SchemaNode, place: _Place, wanted: Wanted) -> Iterator[Token]:
        """Go into a container; an empty one is shown if its presence means something."""
        below = self._below(child, place)
        if below is None:
            return
        start, end = tags(child)
        is_kept = child.is_presence and below.base is not None and wanted.is_whole
        yield Begin(node=child, start=start, end=end, is_kept=is_kept)
        groups = None if wanted.is_whole else wanted.groups
        yield from self._level(data_children(child), below, groups)
        yield END

    def _below(self, child: SchemaNode, place: _Place) -> _Place | None:
        """Go into a container in both trees; None if it is hidden or nothing can be in it."""
        configuration = self._configured(child, place)
        base = configuration
        if self._base.is_copy:
            base = self._base.tree.find_below(place.base, child) if place.has_base else None
        if configuration is None and base is None:
            if not (self._reading.with_state and has_state(child)):
                return None
        elif configuration is not None and not may_read(self._reading.gate, configuration):
            return None
        return _Place(
            base=base,
            configuration=configuration,
            has_base=base is not None,
            is_configured=configuration is not None,
            branch=place.branch.step(bare_step(child), child, is_one_node=True),
        )

    def _configured(self, child: SchemaNode, place: _Place) -> DataNode | None:
        if not place.is_configured:
            return None
        return self._sources.configuration().find_below(place.configuration, child)

    def _print(self, child: SchemaNode, place: _Place, wanted: Wanted) -> bytes:
        """Print what is not large, from the base tree."""
        if not place.has_base:
            return b""
        if not wanted.is_whole:
            return b"".join(self._parts(child, place, wanted))
        first = self._base.tree.find_below(place.base, child)
        return b"" if first is None else print_all(first, self._reading.defaults)

    def _parts(self, child: SchemaNode, place: _Place, wanted: Wanted) -> Iterator[bytes]:
        defaults = self._reading.defaults
        for leaf in wanted.matched:
            yield print_node(leaf, defaults)
        if not child.is_inner or not wanted.elements:
            return
        node = self._base.tree.find_below(place.base, child)
        if node is not None and is_shown(node, defaults):
            pick = pick_in(self._level_of(place).below(node), wanted.groups)
            yield b"" if pick is None else print_picked(node, pick, defaults)

    def _level_of(self, place: _Place) -> Level:
        """Return the children of a place in the base tree, for filters to look at."""
        return Level(self._sources.schema, self._base.tree, place.base, self._reading.defaults)
