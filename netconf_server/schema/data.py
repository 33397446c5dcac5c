"""Single nodes of instance data.

A handle is worth what its tree is worth: it must not be used after the node or the tree was freed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Final, TypeVar

from netconf_server.provider import DataPath, Json
from netconf_server.schema.native import (
    COMPARE_DEFAULTS,
    COMPARE_FULL_RECURSION,
    NULL,
    Fault,
    Pointer,
    extra,
    ffi,
    known_text,
    lib,
    take_fault,
    take_string,
)
from netconf_server.schema.nodes import NodeKind, SchemaNode, SchemaNodes

_MANY: Final = (lib.LYS_LIST, lib.LYS_LEAFLIST)

T = TypeVar("T")


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

    __slots__ = ("_nodes", "_schema", "pointer")

    def __init__(self, pointer: Pointer, nodes: SchemaNodes) -> None:
        self.pointer = pointer
        self._nodes = nodes
        self._schema: SchemaNode | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataNode) and bool(self.pointer == other.pointer)

    def __hash__(self) -> int:
        return hash(self.pointer)

    def free(self) -> None:
        """Free an unlinked node and everything below it."""
        lib.lyd_free_tree(self.pointer)

    @property
    def nodes(self) -> SchemaNodes:
        """The schema nodes of the node's context."""
        return self._nodes

    @property
    def schema(self) -> SchemaNode:
        """The schema node that the node is an instance of."""
        if self._schema is None:
            self._schema = self._nodes.wrap(self.pointer.schema)
        return self._schema

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
    def key_values(self) -> tuple[str, ...]:
        """The values of a list entry's keys, in the order of the key statement."""
        values: list[str] = []
        pointer = lib.lyd_child(self.pointer)
        for _ in self.schema.keys:
            values.append(known_text(lib.lyd_get_value(pointer)))
            pointer = pointer.next
        return tuple(values)

    @property
    def children(self) -> Iterator[DataNode]:
        """Yield the child nodes in order; the current one may be unlinked meanwhile."""
        return siblings_from(lib.lyd_child(self.pointer), self._nodes)

    @property
    def following(self) -> DataNode | None:
        """The next instance of the same schema node."""
        pointer = self.pointer.next
        if not pointer or pointer.schema != self.pointer.schema:
            return None
        return DataNode(pointer, self._nodes)

    @property
    def own_selector(self) -> str:
        """What tells the node from others of its kind: key predicates, or a leaf-list's value."""
        match self.schema.kind:
            case NodeKind.LIST:
                return self.path.removeprefix(self.instances_path)
            case NodeKind.LEAF_LIST:
                return self.value
            case _:
                return ""

    def select_children(self, wanted: Mapping[Pointer, T]) -> tuple[list[tuple[DataNode, T]], bool]:
        """Return the children of wanted schema nodes, and whether one of the others is twice here.

        Schema nodes are wanted by their pointers, each with something that comes along. This is the
        inner loop of large edits.
        """
        found: list[tuple[DataNode, T]] = []
        nodes = self._nodes
        is_twice, last = False, NULL
        pointer = lib.lyd_child(self.pointer)
        while pointer:
            schema = pointer.schema
            along = wanted.get(schema)
            if along is not None:
                found.append((DataNode(pointer, nodes), along))
            if schema == last:
                is_twice |= schema.nodetype not in _MANY
            last = schema
            pointer = pointer.next
        return found, is_twice

    @property
    def is_new_default_container(self) -> bool:
        """True for a container that was given but is empty, and not validated yet."""
        flags = lib.LYD_NEW | lib.LYD_DEFAULT
        return self.pointer.flags & flags == flags and self.schema.kind is NodeKind.CONTAINER

    def find_child(self, schema: SchemaNode, selector: str | None = None) -> DataNode | None:
        """Find a child by hash: of a list by its key predicates, of a leaf-list by its value."""
        return find_sibling(lib.lyd_child(self.pointer), schema, selector, self._nodes)

    def has_child_like(self, entry: DataNode) -> bool:
        """Tell, by hash, whether there is an entry of the same list with the same keys."""
        first = lib.lyd_child(self.pointer)
        return bool(extra.lyd_find_sibling_first(first, entry.pointer, NULL) == lib.LY_SUCCESS)

    def equals(self, other: DataNode, *, with_defaults: bool = False) -> bool:
        """Compare two subtrees; without ``with_defaults`` a default equals the same value set."""
        options = COMPARE_FULL_RECURSION | (COMPARE_DEFAULTS if with_defaults else 0)
        return bool(extra.lyd_compare_single(self.pointer, other.pointer, options) == 0)

    def print(self, encoding: DataFormat, *, with_implicit: bool = False) -> bytes:
        """Print the subtree; implicit defaults only if asked for."""
        return print_nodes(self.pointer, encoding, 0, with_implicit=with_implicit)

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

    # Validation.

    def add_defaults(self) -> None:
        """Let everything in the node come into being that is there by default; LibraryError."""
        self._require(extra.lyd_new_implicit_tree(self.pointer, lib.LYD_IMPLICIT_NO_STATE, NULL))

    @contextmanager
    def defaults_below(self, schema: SchemaNode) -> Iterator[list[DataNode]]:
        """Make the defaults that a child of the node would have, to be inserted by the caller.

        They come from a copy of the node without its content; nothing may depend on that.
        """
        with self.shell() as shell:
            shell.add_defaults()
            found = [child for child in shell.children if child.schema is schema]
            for node in found:
                extra.lyd_unlink_tree(node.pointer)
            yield found

    @contextmanager
    def shell(self) -> Iterator[DataNode]:
        """Copy the node, with nothing in it but its keys, and what is around it; freed at the end.

        What is put into it can be inserted elsewhere until then.
        """
        holder = ffi.new("struct lyd_node **")
        options = lib.LYD_DUP_WITH_PARENTS
        self._require(lib.lyd_dup_single(self.pointer, NULL, options, holder))
        shell = DataNode(holder[0], self._nodes)
        try:
            yield shell
        finally:
            top = shell
            while (above := top.parent) is not None:
                top = above
            top.free()

    def mark_condition_true(self) -> None:
        """Note, as libyang does, that the node may go of itself when its condition fails."""
        self.pointer.flags |= lib.LYD_WHEN_TRUE

    def _require(self, status: int) -> None:
        if status != lib.LY_SUCCESS:
            raise LibraryError(take_fault(self._nodes.context))


def siblings_from(pointer: Pointer, nodes: SchemaNodes) -> Iterator[DataNode]:
    """Yield a node and all behind it; the current one may be unlinked meanwhile."""
    while pointer:
        following = pointer.next
        yield DataNode(pointer, nodes)
        pointer = following


def find_sibling(
    first: Pointer, schema: SchemaNode, selector: str | None, nodes: SchemaNodes
) -> DataNode | None:
    """Find one of several siblings by hash; see DataNode.find_child."""
    if not first:
        return None
    holder = ffi.new("void **")
    value = b"" if selector is None else selector.encode()
    argument = NULL if selector is None else value
    status = extra.lyd_find_sibling_val(first, schema.pointer, argument, len(value), holder)
    if status == lib.LY_SUCCESS:
        return DataNode(ffi.cast("struct lyd_node *", holder[0]), nodes)
    if status == lib.LY_ENOTFOUND:
        return None
    raise LibraryError(take_fault(nodes.context))


def print_nodes(
    pointer: Pointer, encoding: DataFormat, flags: int, *, with_implicit: bool
) -> bytes:
    """Print a node, or with its siblings where the flags of libyang say so."""
    if not pointer:
        return b""
    flags |= lib.LYD_PRINT_SHRINK
    if with_implicit:
        flags |= lib.LYD_PRINT_WD_ALL | lib.LYD_PRINT_KEEPEMPTYCONT
    holder = ffi.new("char **")
    lib.lyd_print_mem(holder, pointer, encoding.value, flags)
    return take_string(holder)
