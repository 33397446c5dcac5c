"""Filters that may need to see everything at once: XPath that is more than a location path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from netconf_server.datastores.operational import parse_fragment
from netconf_server.filters.filter import XPathFilter, apply_filter
from netconf_server.filters.selection import branches, state_selection
from netconf_server.filters.xpath import require_known_top
from netconf_server.provider import DataPath
from netconf_server.reading.prune import prune
from netconf_server.reading.request import Reading, Sources
from netconf_server.reading.tokens import PAUSE
from netconf_server.schema.data import DataNode, LibraryError
from netconf_server.schema.tree import DataTree

#: More nodes are so many that others would wait for an expression about them.
_MANY: Final = 2000


def gather_state(
    sources: Sources, reading: Reading, selection: XPathFilter, state: DataTree
) -> Iterator[bytes]:
    """Put the state that an expression can need into a tree, with pauses."""
    require_known_top(sources.schema, selection.expression)
    wanted = state_selection(sources.schema, selection) if reading.with_state else None
    if wanted is not None:
        for fragment in sources.state(wanted):
            state.merge(parse_fragment(sources.schema, fragment))
            yield PAUSE


def is_much(sources: Sources, selection: XPathFilter, state: DataTree) -> bool:
    """Tell whether an expression has so much to look at that others would wait for it."""
    configuration = sources.configuration()
    places = _entrances(sources, configuration, selection)
    trees = (configuration.children if place is None else [place] for place in places)
    nodes = _nodes_in(chain(chain.from_iterable(trees), state.children))
    return next(islice(nodes, _MANY, None), None) is not None


def _nodes_in(nodes: Iterable[DataNode]) -> Iterator[DataNode]:
    for node in nodes:
        yield node
        yield from _nodes_in(node.children)


def read_whole(
    sources: Sources, reading: Reading, selection: XPathFilter, state: DataTree
) -> Iterator[bytes]:
    """Yield what an expression selects of all that it can need; what is hidden is not there.

    The state is gone afterwards.
    """
    if not reading.needs_copy:
        yield from _filtered(sources, reading, sources.configuration(), selection)
        return
    with _copy_of_configuration(sources, selection) as tree:
        tree.merge(state)
        if reading.adds_defaults:
            tree.add_defaults(with_state=reading.adds_state_defaults)
        prune(tree, reading.gate)
        yield from _filtered(sources, reading, tree, selection)


def _filtered(
    sources: Sources, reading: Reading, tree: DataTree, selection: XPathFilter
) -> Iterator[bytes]:
    return apply_filter(sources.schema, tree, selection, reading.defaults)


def _copy_of_configuration(sources: Sources, selection: XPathFilter) -> DataTree:
    configuration = sources.configuration()
    places = _entrances(sources, configuration, selection)
    if None in places:
        return configuration.duplicate()
    tree = sources.schema.new_tree()
    for node in places:
        if node is not None:
            tree.copy_in(node)
    return tree


def _entrances(
    sources: Sources, configuration: DataTree, selection: XPathFilter
) -> list[DataNode | None]:
    """Return the nodes in which everything is that an expression can need; None is all."""
    entrances = {branch.entrance for branch in branches(sources.schema, selection)}
    if "" in entrances:
        return [None]
    found = (_find(configuration, entrance) for entrance in sorted(entrances))
    return [node for node in found if node is not None]


def _find(tree: DataTree, path: DataPath) -> DataNode | None:
    """Find a node by a path with a client's values in it, which may be none of their type."""
    try:
        return tree.find(path)
    except LibraryError:
        return None
