"""Filters that may need to see everything at once: XPath that is more than a location path."""

from __future__ import annotations

from collections.abc import Iterator

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


def read_whole(sources: Sources, reading: Reading, selection: XPathFilter) -> Iterator[bytes]:
    """Yield what an expression selects of all that it can need; what is hidden is not there."""
    require_known_top(sources.schema, selection.expression)
    if not reading.needs_copy:
        yield from _filtered(sources, reading, sources.configuration(), selection)
        return
    with _copy_of_configuration(sources, selection) as tree:
        if reading.with_state:
            yield from _add_state(sources, tree, selection)
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
    entrances = {branch.entrance for branch in branches(sources.schema, selection)}
    if "" in entrances:
        return configuration.duplicate()
    tree = sources.schema.new_tree()
    for entrance in sorted(entrances):
        node = _find(configuration, entrance)
        if node is not None:
            tree.copy_in(node)
    return tree


def _find(tree: DataTree, path: DataPath) -> DataNode | None:
    """Find a node by a path with a client's values in it, which may be none of their type."""
    try:
        return tree.find(path)
    except LibraryError:
        return None


def _add_state(sources: Sources, tree: DataTree, selection: XPathFilter) -> Iterator[bytes]:
    wanted = state_selection(sources.schema, selection)
    if wanted is not None:
        for fragment in sources.state(wanted):
            tree.merge(parse_fragment(sources.schema, fragment))
            yield PAUSE
