"""Begins to read: the way in from the datastores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from netconf_server.editing.payload import child_elements
from netconf_server.filters.filter import SubtreeFilter, XPathFilter
from netconf_server.filters.location import as_subtree
from netconf_server.filters.xpath import with_module_names
from netconf_server.reading.base_tree import BaseTree
from netconf_server.reading.content import Content, OpenReads
from netconf_server.reading.copies import Copies
from netconf_server.reading.request import Reading, Sources, StateReader
from netconf_server.reading.shape import data_nodes
from netconf_server.reading.shaping import Shaper
from netconf_server.reading.state_xml import StateWriters
from netconf_server.reading.tokens import Token, assemble
from netconf_server.reading.walk import Walk
from netconf_server.reading.wanted import Group
from netconf_server.reading.whole import gather_state, is_much, read_whole
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree


class Reader:
    """Reads trees of one schema, with the state of one provider.

    All methods return slices; what is wrong with a filter is an RpcError before the first of them.
    """

    def __init__(self, schema: Schema, state: StateReader) -> None:
        self._schema = schema
        self._state = state
        modules = {each.name: (each.prefix, each.namespace) for each in schema.modules()}
        self._writers = StateWriters(modules)
        self._copies = Copies()
        self._top = tuple(data_nodes(schema.nodes.top.values()))

    def read(
        self, reading: Reading, tree: Callable[[], DataTree], reads: OpenReads
    ) -> Iterator[bytes]:
        """Read a tree that others may change, which they tell the open reads before."""
        content = Content(self._tokens(reading, tree), tree)
        reads.add(content)
        return iter(content)

    def read_and_free(self, reading: Reading, tree: DataTree) -> Iterator[bytes]:
        """Read a tree that is nobody else's, and free it."""

        def tokens() -> Iterator[Token]:
            with tree:
                yield from self._tokens(reading, lambda: tree)

        return iter(Content(tokens(), lambda: None))

    def _tokens(self, reading: Reading, tree: Callable[[], DataTree]) -> Iterator[Token]:
        sources = Sources(schema=self._schema, top=self._top, configuration=tree, state=self._state)
        selection = reading.selection
        if isinstance(selection, XPathFilter):
            expression = with_module_names(self._schema, selection.expression, selection.namespaces)
            element = as_subtree(self._schema, expression)
            if element is None and expression.strip() != "/":
                yield from self._whole(sources, reading, selection)
                return
            selection = None if element is None else SubtreeFilter(element)
        with closing(BaseTree(sources, reading, selection)) as base:
            yield from base.fill()
            groups = None if selection is None else [list(child_elements(selection.element))]
            tokens = Walk(sources, reading, base, self._writers).tokens(groups)
            yield from self._shaped(reading, tokens, groups)

    def _whole(self, sources: Sources, reading: Reading, selection: XPathFilter) -> Iterator[Token]:
        """Read what cannot be read in slices: here, or in a copy of the process if it is much.

        State is read here in any case: a provider may have to ask somebody for it.
        """
        with self._schema.new_tree() as state:
            yield from gather_state(sources, reading, selection, state)

            def tokens() -> Iterator[Token]:
                whole = read_whole(sources, reading, selection, state)
                return self._shaped(reading, whole, None)

            if is_much(sources, selection, state):
                yield self._copies.read(lambda: assemble(tokens()))
            else:
                yield from tokens()

    def _shaped(
        self, reading: Reading, tokens: Iterator[Token], groups: Sequence[Group] | None
    ) -> Iterator[Token]:
        if reading.shaping is None:
            return tokens
        return Shaper(self._schema, reading.shaping, groups).tokens(tokens)
