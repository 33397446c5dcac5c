"""Entries that an edit creates side by side, made at one stroke: what bulk edits are made of.

Only what is plainly new is made here; all else, and every fault, is left to the general way of
``edit``, element by element, which comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from lxml import etree

from netconf_server.access import WriteGate, WriteKind
from netconf_server.datastores.journal import Journal
from netconf_server.editing.attributes import Operation
from netconf_server.editing.payload import step_to
from netconf_server.markup import local_name, namespace_of
from netconf_server.provider import DataPath
from netconf_server.schema.data import DataNode, LibraryError
from netconf_server.schema.nodes import NodeKind, SchemaNode

#: So many are looked at together: whether they are new is known only when they have been parsed.
_MOST_AT_ONCE = 1000

_CREATING = (Operation.MERGE, Operation.CREATE, Operation.REPLACE)


class NewEntries:
    """Creates entries of one edit; ``steered`` are the elements with attributes inside."""

    def __init__(
        self, journal: Journal, gate: WriteGate | None, steered: set[etree._Element]
    ) -> None:
        self._journal = journal
        self._gate = gate
        self._steered = steered
        self._have_lists: dict[SchemaNode, bool] = {}

    def create(
        self,
        elements: Iterator[etree._Element],
        parent: DataNode,
        path: DataPath,
        inherited: Operation,
    ) -> Iterator[etree._Element]:
        """Create what is plainly new below a node; yield all other elements when their turn comes.

        ``path`` is that of the node, as the client wrote it. The order of changes is that of the
        elements.
        """
        if inherited in _CREATING and self._has_lists(parent.schema):
            return self._create(elements, parent, path)
        return elements

    def _has_lists(self, node: SchemaNode) -> bool:
        known = self._have_lists.get(node)
        if known is None:
            kinds = {child.kind for child in node.children.values()}
            known = self._have_lists[node] = NodeKind.LIST in kinds
        return known

    def _create(
        self, elements: Iterator[etree._Element], parent: DataNode, path: DataPath
    ) -> Iterator[etree._Element]:
        waiting: list[etree._Element] = []
        while waiting or (waiting := list(islice(elements, _MOST_AT_ONCE))):
            alike = self._alike(waiting) or waiting[:1]
            schema = self._list_of(alike[0], parent.schema) if len(alike) > 1 else None
            number = 0 if schema is None else self._create_run(alike, parent, path, schema)
            yield from alike[number:]
            del waiting[: len(alike)]

    def _list_of(self, element: etree._Element, parent: SchemaNode) -> SchemaNode | None:
        """Return the list that an element is an entry of, if its entries can be made here."""
        node = parent.children.get((namespace_of(element), local_name(element)))
        if node is None or node.kind is not NodeKind.LIST or not node.is_config:
            return None
        return None if node.cases or node.has_anydata else node

    def _alike(self, elements: Sequence[etree._Element]) -> list[etree._Element]:
        """Return the elements at the beginning that are of one kind and have no attributes."""
        tag = elements[0].tag

        def is_alike(element: etree._Element) -> bool:
            return element.tag == tag and not element.attrib and element not in self._steered

        return list(takewhile(is_alike, elements))

    def _create_run(
        self,
        elements: Sequence[etree._Element],
        parent: DataNode,
        path: DataPath,
        schema: SchemaNode,
    ) -> int:
        """Create the entries up to the first that exists; return how many these are."""
        xml = b"".join(etree.tostring(element, with_tail=False) for element in elements)
        with parent.shell() as shell:
            try:
                self._journal.tree.parse_below(shell, xml)
            except LibraryError:
                return 0
            entries = [child for child in shell.children if child.schema is schema]
            for number, (element, entry) in enumerate(zip(elements, entries, strict=True)):
                if parent.has_child_like(entry):
                    return number
                self._journal.add(parent, entry)
                if self._gate is not None:
                    step = step_to(element, schema, parent.schema)
                    self._gate.require(WriteKind.CREATE, schema, path + step)
                    self._gate.require_subtree(WriteKind.CREATE, entry)
        return len(entries)
