"""Instance data: trees that own their nodes, and handles to single nodes.

A tree must be freed by whoever made it. A handle is worth what its tree is worth: it must not be
used after the node or the tree was freed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from types import TracebackType

from netconf_server.provider import DataPath, Json
from netconf_server.schema_native import (
    COMPARE_DEFAULTS,
    COMPARE_FULL_RECURSION,
    NULL,
    Fault,
    Pointer,
    declared,
    extra,
    ffi,
    forget_faults,
    known_text,
    lib,
    memory_input,
    take_fault,
    take_string,
)
from netconf_server.schema_nodes import NodeKind, SchemaNode, SchemaNodes


class LibraryError(Exception):
    """The library refused data; the caller knows the circumstances and makes the rpc-error."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class DataFormat(Enum):
    """The encodings of instance data."""

    XML = lib.LYD_XML
    JSON = lib.LYD_JSON


class DataNode:
    """A handle to one data node."""

    __slots__ = ("_nodes", "pointer")

    def __init__(self, pointer: Pointer, nodes: SchemaNodes) -> None:
        self.pointer = pointer
        self._nodes = nodes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataNode) and bool(self.pointer == other.pointer)

    def __hash__(self) -> int:
        return hash(self.pointer)

    def free(self) -> None:
        """Free an unlinked node and everything below it."""
        lib.lyd_free_tree(self.pointer)

    @property
    def schema(self) -> SchemaNode:
        """The schema node that the node is an instance of."""
        return self._nodes.wrap(self.pointer.schema)

    @property
    def is_default(self) -> bool:
        """True for what no client set: implicit defaults, and containers of nothing else."""
        return bool(self.pointer.flags & lib.LYD_DEFAULT)

    @property
    def path(self) -> DataPath:
        """The data path with the keys of all list entries."""
        return self._path(lib.LYD_PATH_STD)

    @property
    def instances_path(self) -> DataPath:
        """The data path without the node's own keys or value: all its instances."""
        return self._path(lib.LYD_PATH_STD_NO_LAST_PRED)

    def _path(self, kind: int) -> DataPath:
        holder = ffi.new("char **", lib.lyd_path(self.pointer, kind, NULL, 0))
        return take_string(holder).decode()

    @property
    def value(self) -> str:
        """The canonical value of a leaf or leaf-list entry."""
        return known_text(lib.lyd_get_value(self.pointer))

    @property
    def parent(self) -> DataNode | None:
        """The node around this one."""
        pointer = self.pointer.parent
        if not pointer:
            return None
        return DataNode(ffi.cast("struct lyd_node *", pointer), self._nodes)

    @property
    def children(self) -> Iterator[DataNode]:
        """Yield the child nodes in order; the current one may be unlinked meanwhile."""
        return _siblings(lib.lyd_child(self.pointer), self._nodes)

    @property
    def following(self) -> DataNode | None:
        """The next instance of the same schema node."""
        pointer = self.pointer.next
        if not pointer or pointer.schema != self.pointer.schema:
            return None
        return DataNode(pointer, self._nodes)

    def find_child(self, schema: SchemaNode, selector: str | None = None) -> DataNode | None:
        """Find a child by hash: of a list by its key predicates, of a leaf-list by its value."""
        return _find(lib.lyd_child(self.pointer), schema, selector, self._nodes)

    def equals(self, other: DataNode, *, with_defaults: bool = False) -> bool:
        """Compare two subtrees; without ``with_defaults`` a default equals the same value set."""
        options = COMPARE_FULL_RECURSION | (COMPARE_DEFAULTS if with_defaults else 0)
        return bool(extra.lyd_compare_single(self.pointer, other.pointer, options) == 0)

    def print(self, encoding: DataFormat, *, with_implicit: bool = False) -> bytes:
        """Print the subtree; implicit defaults only if asked for."""
        return _print(self.pointer, encoding, 0, with_implicit=with_implicit)

    def metadata(self, name: str) -> str | None:
        """Return the value of a piece of metadata on the node itself."""
        meta = self.pointer.meta
        while meta:
            if known_text(meta.name) == name:
                value = ffi.addressof(meta, "value")
                return known_text(lib.lyd_value_get_canonical(self._nodes.context, value))
            meta = meta.next
        return None

    def json_value(self) -> Json:
        """Return the node as RFC 7951 value: its part behind the name, defaults included."""
        document = json.loads(self.print(DataFormat.JSON, with_implicit=True) or b"{}")
        if not document:
            return {}
        (value,) = document.values()
        is_entry = self.schema.kind in (NodeKind.LIST, NodeKind.LEAF_LIST)
        result: Json = value[0] if is_entry else value
        return result


def _siblings(pointer: Pointer, nodes: SchemaNodes) -> Iterator[DataNode]:
    while pointer:
        following = pointer.next
        yield DataNode(pointer, nodes)
        pointer = following


def _find(
    first: Pointer, schema: SchemaNode, selector: str | None, nodes: SchemaNodes
) -> DataNode | None:
    if not first:
        return None
    holder = declared.new("void **")
    value = b"" if selector is None else selector.encode()
    argument = NULL if selector is None else value
    status = extra.lyd_find_sibling_val(first, schema.pointer, argument, len(value), holder)
    if status == lib.LY_SUCCESS:
        return DataNode(ffi.cast("struct lyd_node *", holder[0]), nodes)
    if status == lib.LY_ENOTFOUND:
        return None
    raise LibraryError(take_fault(nodes.context))


def _print(pointer: Pointer, encoding: DataFormat, flags: int, *, with_implicit: bool) -> bytes:
    if not pointer:
        return b""
    flags |= lib.LYD_PRINT_SHRINK
    if with_implicit:
        flags |= lib.LYD_PRINT_WD_ALL | lib.LYD_PRINT_KEEPEMPTYCONT
    holder = ffi.new("char **")
    lib.lyd_print_mem(holder, pointer, encoding.value, flags)
    return take_string(holder)


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
    def is_empty(self) -> bool:
        """True if there is no node, not even a default."""
        return not self._first

    @property
    def children(self) -> Iterator[DataNode]:
        """Yield the top-level nodes."""
        return _siblings(self._first, self._nodes)

    def duplicate(self) -> DataTree:
        """Copy the tree, with the flags that validation has left on its nodes."""
        holder = ffi.new("struct lyd_node **")
        if self._first:
            options = lib.LYD_DUP_RECURSIVE | lib.LYD_DUP_WITH_FLAGS
            self._require(lib.lyd_dup_siblings(self._first, NULL, options, holder))
        return DataTree(self._context, self._nodes, holder[0])

    def exchange(self, other: DataTree) -> None:
        """Exchange the content of the two trees."""
        self._first, other._first = other._first, self._first

    def equals(self, other: DataTree) -> bool:
        """Compare whole trees; what is explicit and what is default must agree too."""
        options = COMPARE_FULL_RECURSION | COMPARE_DEFAULTS
        return bool(extra.lyd_compare_siblings(self._first, other._first, options) == 0)

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
        return _find(self._first, schema, selector, self._nodes)

    def select(self, xpath: str) -> list[DataNode]:
        """Return the nodes that an XPath with module names as prefixes selects."""
        if not self._first:
            return []
        holder = ffi.new("struct ly_set **")
        self._require(lib.lyd_find_xpath(self._first, xpath.encode(), holder))
        found = holder[0]
        try:
            return [DataNode(found.dnodes[index], self._nodes) for index in range(found.count)]
        finally:
            lib.ly_set_free(found, NULL)

    def print(self, encoding: DataFormat, *, with_implicit: bool = False) -> bytes:
        """Print the whole tree; implicit defaults only if asked for."""
        flags = lib.LYD_PRINT_WITHSIBLINGS
        return _print(self._first, encoding, flags, with_implicit=with_implicit)

    # Changing.

    def parse_into(
        self, parent: DataNode | None, xml: bytes, schema: SchemaNode, selector: str | None
    ) -> DataNode:
        """Parse one element as a new child of ``parent``; the tree is as before on an error.

        Nothing but the syntax and the values of leafs is checked. The node goes behind all other
        instances of its schema node; no other one may match ``selector`` (as in find_child).
        """
        flags = lib.LYD_PARSE_ONLY | lib.LYD_PARSE_STRICT | lib.LYD_PARSE_NO_STATE
        holder = ffi.new("struct lyd_node **")
        target = NULL if parent is None else parent.pointer
        with memory_input(xml) as data:
            status = lib.lyd_parse_data(
                self._context,
                target,
                data,
                lib.LYD_XML,
                flags,
                0,
                holder if parent is None else NULL,
            )
        self._require(status)
        if parent is None:
            node = DataNode(holder[0], self._nodes)
            self.insert(None, node)
            return node
        found = parent.find_child(schema, selector)
        assert found is not None, "what was just parsed is there"
        return found

    def insert(self, parent: DataNode | None, node: DataNode) -> None:
        """Put an unlinked node where the schema's order wants it, as last of its instances."""
        if parent is not None:
            self._require(lib.lyd_insert_child(parent.pointer, node.pointer))
        elif self._first:
            holder = declared.new("void **")
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
        """Put an unlinked entry in front of another one of its user-ordered list."""
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
