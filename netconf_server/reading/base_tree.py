"""The small part of what is read: everything but the entries of lists that can be large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netconf_server.datastores.operational import parse_fragment
from netconf_server.editing.payload import child_elements
from netconf_server.filters.filter import SubtreeFilter
from netconf_server.filters.selection import Branch, branches
from netconf_server.filters.subtree import schema_candidates
from netconf_server.provider import DataPath, Json, StateFragment, StateSelection
from netconf_server.reading.prune import prune
from netconf_server.reading.request import Reading, Sources
from netconf_server.reading.shape import (
    bare_step,
    data_children,
    data_nodes,
    has_state,
    has_streamed_state,
    is_frame,
    is_streamed,
)
from netconf_server.reading.tokens import PAUSE
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.tree import DataTree


class BaseTree:
    """Containers and what is in them besides lists; entries of lists as far as they have state.

    Where nothing is to be added and nothing to be hidden, it is the configuration itself.
    """

    def __init__(self, sources: Sources, reading: Reading, selection: SubtreeFilter | None) -> None:
        self._sources = sources
        self._reading = reading
        self._selection = selection
        self._tops = self._top_nodes()
        self._copy = sources.schema.new_tree() if self._needs_copy() else None

    def _needs_copy(self) -> bool:
        """Tell whether something is to be added to the configuration, or hidden in it."""
        reading, gate = self._reading, self._reading.gate
        if reading.with_state or reading.adds_defaults:
            return True
        return gate is not None and not all(map(gate.is_whole_readable, self._tops))

    @property
    def tree(self) -> DataTree:
        """The tree, as long as nothing else has its turn."""
        return self._sources.configuration() if self._copy is None else self._copy

    @property
    def is_copy(self) -> bool:
        """True if lists have entries only for state."""
        return self._copy is not None

    def close(self) -> None:
        """Free what was copied."""
        if self._copy is not None:
            self._copy.free()

    def fill(self) -> Iterator[bytes]:
        """Gather what the filter can need, with pauses; hide what may not be seen."""
        if self._copy is None:
            return
        configuration = self._sources.configuration()
        for node in self._tops:
            for instance in _instances(configuration, None, node):
                self._copy_outside_lists(self._copy, instance, None)
        if self._reading.with_state:
            yield from self._add_state(self._copy)
        if self._reading.adds_defaults:
            self._copy.add_defaults(with_state=self._reading.adds_state_defaults)
        prune(self._copy, self._reading.gate)

    def _top_nodes(self) -> list[SchemaNode]:
        """Return the top-level nodes that the filter can need, without streamed lists."""
        schema = self._sources.schema
        if self._selection is None:
            found: Iterable[SchemaNode] = self._sources.top
        else:
            elements = child_elements(self._selection.element)
            found = (node for each in elements for node in schema_candidates(schema, None, each))
        return [node for node in dict.fromkeys(data_nodes(found)) if not is_streamed(node)]

    def _copy_outside_lists(self, copy: DataTree, node: DataNode, parent: DataNode | None) -> None:
        is_outer = is_frame(node.schema)
        twin = copy.copy_below(parent, node, with_content=not is_outer)
        if is_outer:
            for child in data_children(node.schema):
                if not is_streamed(child):
                    for instance in _instances(copy, node, child):
                        self._copy_outside_lists(copy, instance, twin)

    def _add_state(self, copy: DataTree) -> Iterator[bytes]:
        schema = self._sources.schema
        found = branches(schema, self._selection)
        paths = tuple(dict.fromkeys(path for branch in found for path in self._paths(branch)))
        if paths:
            for fragment in self._sources.state(StateSelection(paths=paths)):
                data = _without_streamed(fragment.data, self._sources.top)
                if data:
                    copy.merge(parse_fragment(schema, StateFragment(data=data)))
                yield PAUSE

    def _paths(self, branch: Branch) -> Iterator[DataPath]:
        """Yield what to ask for in one branch, divided where there are streamed lists in it."""
        if branch.node is None:
            for node in self._sources.top:
                yield from self._paths(branch.step(bare_step(node), node, is_one_node=True))
        elif self._is_asked(branch.node):
            if not has_streamed_state(branch.node):
                yield branch.path
                return
            for child in data_children(branch.node):
                yield from self._paths(branch.step(bare_step(child), child, is_one_node=True))

    def _is_asked(self, node: SchemaNode) -> bool:
        gate = self._reading.gate
        if not has_state(node) or (gate is not None and gate.is_never_readable(node)):
            return False
        return not _is_in_streamed_state(node)


def _instances(tree: DataTree, parent: DataNode | None, schema: SchemaNode) -> Iterator[DataNode]:
    node = tree.find_below(parent, schema)
    while node is not None:
        yield node
        node = node.following


def _is_in_streamed_state(node: SchemaNode | None) -> bool:
    while node is not None:
        if is_streamed(node) and not node.is_config:
            return True
        node = node.data_parent
    return False


def _without_streamed(data: dict[str, Json], nodes: Sequence[SchemaNode]) -> dict[str, Json]:
    """Leave out the lists that are read by themselves, which a provider may have given as well."""
    known = {name: node for node in nodes for name in (node.name, f"{node.module}:{node.name}")}
    kept: dict[str, Json] = {}
    for name, value in data.items():
        node = known.get(name)
        if node is None or not has_streamed_state(node):
            kept[name] = value
        elif is_frame(node) and isinstance(value, dict):
            inner = _without_streamed(value, data_children(node))
            if inner:
                kept[name] = inner
    return kept
