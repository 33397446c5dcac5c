"""Trees of instance data, which own their nodes: whoever makes a tree must free it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from netconf_server.provider import DataPath
from netconf_server.schema.anydata import keep_content
from netconf_server.schema.data import (
    DataFormat,
    DataNode,
    LibraryError,
    find_sibling,
    print_nodes,
    siblings_from,
)
from netconf_server.schema.native import (
    NULL,
    Pointer,
    extra,
    ffi,
    forget_faults,
    known_text,
    lib,
    memory_input,
    take_fault,
)
from netconf_server.schema.nodes import SchemaNode, SchemaNodes


class DataTree:
    """The top-level nodes of one instance document and everything below them."""

    def __init__(self, context: Pointer, nodes: SchemaNodes, first: Pointer = NULL) -> None:
        self._context = context
        self._nodes = nodes
        self._first = first

    def __enter__(self) -> DataTree:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.free()

    def free(self) -> None:
        """Free all nodes; the tree is empty afterwards."""
        first, self._first = self._first, NULL
        lib.lyd_free_all(first)

    @property
    def children(self) -> Iterator[DataNode]:
        """Yield the top-level nodes."""
        return siblings_from(self._first, self._nodes)

    def duplicate(self) -> DataTree:
        """Copy the tree, with the flags that validation has left on its nodes."""
        holder = ffi.new("struct lyd_node **")
        if self._first:
            options = lib.LYD_DUP_RECURSIVE | lib.LYD_DUP_WITH_FLAGS
            self._require(lib.lyd_dup_siblings(self._first, NULL, options, holder))
        return DataTree(self._context, self._nodes, holder[0])

    def new_like(self) -> DataTree:
        """Make an empty tree of the same schema."""
        return DataTree(self._context, self._nodes)

    def exchange(self, other: DataTree) -> None:
        """Exchange the content of the two trees."""
        self._first, other._first = other._first, self._first

    # Reading.

    def find(self, path: DataPath) -> DataNode | None:
        """Return the node at a data path, by hash at every step."""
        if not self._first:
            return None
        holder = ffi.new("struct lyd_node **")
        status = lib.lyd_find_path(self._first, path.encode(), 0, holder)
        if status == lib.LY_SUCCESS:
            return DataNode(holder[0], self._nodes)
        if status not in (lib.LY_ENOTFOUND, lib.LY_EINCOMPLETE):
            raise LibraryError(take_fault(self._context))
        forget_faults(self._context)
        return None

    def find_top(self, schema: SchemaNode, selector: str | None = None) -> DataNode | None:
        """Find a top-level node, of a list by its key predicates, of a leaf-list by its value."""
        return find_sibling(self._first, schema, selector, self._nodes)

    def find_below(
        self, parent: DataNode | None, schema: SchemaNode, selector: str | None = None
    ) -> DataNode | None:
        """Find a child of a node, or a top-level node without one; as ``find_child`` does."""
        if parent is None:
            return self.find_top(schema, selector)
        return parent.find_child(schema, selector)

    def select(self, xpath: str) -> list[DataNode]:
        """Return the nodes that an XPath with module names as prefixes selects."""
        return [DataNode(pointer, self._nodes) for pointer in self._selected(xpath)]

    def can_evaluate(self, xpath: str) -> bool:
        """Tell whether this is an XPath at all, whatever it comes to."""
        try:
            self._require(lib.lyd_eval_xpath(self._first, xpath.encode(), ffi.new("uint8_t *")))
        except LibraryError:
            return False
        return True

    def count_values(self, xpath: str) -> dict[str, int]:
        """Return how often each value is there in the leafs that an XPath selects.

        The library keeps equal values in one place, so each is read once only.
        """
        counts: dict[str, int] = {}
        for pointer, number in Counter(map(lib.lyd_get_value, self._selected(xpath))).items():
            value = known_text(pointer)
            counts[value] = counts.get(value, 0) + number
        return counts

    def _selected(self, xpath: str) -> Iterator[Pointer]:
        if not self._first:
            return
        holder = ffi.new("struct ly_set **")
        self._require(lib.lyd_find_xpath(self._first, xpath.encode(), holder))
        found = holder[0]
        try:
            yield from ffi.unpack(found.dnodes, found.count)
        finally:
            lib.ly_set_free(found, NULL)

    def print(self, encoding: DataFormat, *, with_implicit: bool = False) -> bytes:
        """Print the whole tree; implicit defaults only if asked for."""
        flags = lib.LYD_PRINT_WITHSIBLINGS
        return print_nodes(self._first, encoding, flags, with_implicit=with_implicit)

    # Changing.

    def parse_into(
        self, parent: DataNode | None, xml: bytes, schema: SchemaNode, selector: str | None
    ) -> DataNode:
        """Parse one element as a new child of ``parent``; the tree is as before on an error.

        Nothing but the syntax and the values of leafs is checked. The node goes behind all other
        instances of its schema node; no other one may match ``selector`` (as in find_child).
        """
        if parent is None:
            return self._parse_top(xml)
        self.parse_below(parent, xml)
        found = parent.find_child(schema, selector)
        assert found is not None, "what was just parsed is there"
        return keep_content(found)

    def parse_at(self, parent: DataNode | None, path: DataPath, xml: bytes) -> DataNode:
        """Parse one element, that of a path; as ``parse_into`` does."""
        if parent is None:
            return self._parse_top(xml)
        self.parse_below(parent, xml)
        found = self.find(path)
        assert found is not None, "what was just parsed is there"
        return keep_content(found)

    def _parse_top(self, xml: bytes) -> DataNode:
        holder = ffi.new("struct lyd_node **")
        self._parse(NULL, xml, holder)
        node = DataNode(holder[0], self._nodes)
        self.insert(None, node)
        return keep_content(node)

    def parse_below(self, parent: DataNode, xml: bytes) -> None:
        """Parse any number of elements as children of a node, of this or another tree.

        As ``parse_into`` does, but there must be no anydata. On an error nothing has changed.
        """
        self._parse(parent.pointer, xml, NULL)

    def _parse(self, parent: Pointer, xml: bytes, holder: Pointer) -> None:
        flags = lib.LYD_PARSE_ONLY | lib.LYD_PARSE_STRICT | lib.LYD_PARSE_NO_STATE
        with memory_input(xml) as data:
            status = lib.lyd_parse_data(self._context, parent, data, lib.LYD_XML, flags, 0, holder)
        self._require(status)

    def create_path(self, path: DataPath) -> DataNode:
        """Create an empty container that is not there, and those above it; return the topmost."""
        holder = ffi.new("struct lyd_node **")
        octets = path.encode()
        self._require(lib.lyd_new_path(self._first, self._context, octets, NULL, 0, holder))
        first = self._first or holder[0]
        while first.prev.next:
            first = first.prev
        self._first = first
        return DataNode(holder[0], self._nodes)

    def insert(self, parent: DataNode | None, node: DataNode) -> None:
        """Put a node that is in no tree, or below another node, where the schema's order wants it.

        It becomes the last of its instances.
        """
        if parent is not None:
            self._require(lib.lyd_insert_child(parent.pointer, node.pointer))
        elif self._first:
            holder = ffi.new("void **")
            self._require(extra.lyd_insert_sibling(self._first, node.pointer, holder))
            self._first = ffi.cast("struct lyd_node *", holder[0])
        else:
            self._first = node.pointer

    def unlink(self, node: DataNode) -> None:
        """Take a node out of the tree; it lives on until it is inserted again or freed."""
        if node.pointer == self._first:
            self._first = node.pointer.next
        extra.lyd_unlink_tree(node.pointer)

    def move_before(self, node: DataNode, sibling: DataNode) -> None:
        """Put an unlinked entry in front of another one of its list, whoever orders that."""
        with _movable(node.pointer.schema):
            self._require(extra.lyd_insert_before(sibling.pointer, node.pointer))
        if sibling.pointer == self._first:
            self._first = node.pointer

    def move_behind(self, node: DataNode, sibling: DataNode) -> None:
        """Put an unlinked entry behind another one of its user-ordered list."""
        self._require(extra.lyd_insert_after(sibling.pointer, node.pointer))

    def merge(self, other: DataTree) -> None:
        """Take over all nodes of another tree, which is empty afterwards."""
        holder = ffi.new("struct lyd_node **", self._first)
        first, other._first = other._first, NULL
        status = lib.lyd_merge_siblings(holder, first, lib.LYD_MERGE_DESTRUCT)
        self._first = holder[0]
        self._require(status)

    def copy_in(self, node: DataNode) -> None:
        """Merge a copy of another tree's subtree, with its parents and their keys."""
        options = lib.LYD_DUP_RECURSIVE | lib.LYD_DUP_WITH_FLAGS | lib.LYD_DUP_WITH_PARENTS
        holder = ffi.new("struct lyd_node **")
        self._require(lib.lyd_dup_single(node.pointer, NULL, options, holder))
        top = holder[0]
        while top.parent:
            top = ffi.cast("struct lyd_node *", top.parent)
        self.merge(DataTree(self._context, self._nodes, top))

    def copy_below(
        self, parent: DataNode | None, node: DataNode, *, with_content: bool
    ) -> DataNode:
        """Put a copy of another tree's node below a node of this one, or at the top."""
        options = lib.LYD_DUP_WITH_FLAGS | (lib.LYD_DUP_RECURSIVE if with_content else 0)
        above = NULL if parent is None else ffi.cast("struct lyd_node_inner *", parent.pointer)
        holder = ffi.new("struct lyd_node **")
        self._require(lib.lyd_dup_single(node.pointer, above, options, holder))
        copy = DataNode(holder[0], self._nodes)
        if parent is None:
            self.insert(None, copy)
        return copy

    def add_defaults(self, *, with_state: bool) -> None:
        """Let everything come into being that is there by default; raises LibraryError."""
        first = ffi.new("struct lyd_node **", self._first)
        options = 0 if with_state else lib.LYD_IMPLICIT_NO_STATE
        status = lib.lyd_new_implicit_all(first, self._context, options, NULL)
        self._first = first[0]
        self._require(status)

    def validate(self) -> list[DataPath]:
        """Validate as a complete configuration; raises LibraryError.

        Adds the defaults that apply and removes what a ``when`` or a choice no longer allows
        (RFC 7950 §8.2). Returns the paths of what was removed or added.
        """
        first = ffi.new("struct lyd_node **", self._first)
        diff = ffi.new("struct lyd_node **")
        options = lib.LYD_VALIDATE_NO_STATE | lib.LYD_VALIDATE_PRESENT
        status = lib.lyd_validate_all(first, self._context, options, diff)
        self._first = first[0]
        with DataTree(self._context, self._nodes, diff[0]) as changes:
            self._require(status)
            return [path for node in changes.children for path in _changed_paths(node)]

    def validate_operation(self, dependencies: DataTree, kind: int) -> None:
        """Validate the data of an rpc, action or notification; raises LibraryError."""
        self._require(lib.lyd_validate_op(self._first, dependencies._first, kind, NULL))

    def _require(self, status: int) -> None:
        if status != lib.LY_SUCCESS:
            raise LibraryError(take_fault(self._context))


@contextmanager
def _movable(schema: Pointer) -> Iterator[None]:
    """Let libyang place entries of a list that the system orders; it refuses by this flag only."""
    flags = schema.flags
    schema.flags = flags | lib.LYS_ORDBY_USER
    try:
        yield
    finally:
        schema.flags = flags


def _changed_paths(node: DataNode) -> Iterator[DataPath]:
    """Yield the topmost paths of a diff of libyang whose operation is not ``none``."""
    if _diff_operation(node) != "none":
        yield node.path
        return
    for child in node.children:
        if not child.schema.is_key:
            yield from _changed_paths(child)


def _diff_operation(node: DataNode) -> str:
    """Return the operation on a node of a diff; without one of its own it has its parent's."""
    current: DataNode | None = node
    while current is not None:
        operation = current.metadata("operation")
        if operation is not None:
            return operation
        current = current.parent
    return "none"
