"""The schema tree: which data nodes may be where, and what kind each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final

from netconf_server.schema.native import (
    NULL,
    Fault,
    Pointer,
    array_length,
    extra,
    ffi,
    known_text,
    lib,
    take_fault,
)

_STEP_PREFIX: Final = re.compile(
    r"""("[^"]*"|'[^']*')|(?<![\w.-])([A-Za-z_][\w.-]*):(?=[A-Za-z_])"""
)


class NodeKind(Enum):
    """The statements that define nodes of data and operations."""

    CONTAINER = "container"
    LIST = "list"
    LEAF = "leaf"
    LEAF_LIST = "leaf-list"
    ANY = "anydata"
    RPC = "rpc"
    ACTION = "action"
    NOTIFICATION = "notification"
    CHOICE = "choice"
    CASE = "case"


_KINDS: Final[Mapping[int, NodeKind]] = {
    lib.LYS_CONTAINER: NodeKind.CONTAINER,
    lib.LYS_LIST: NodeKind.LIST,
    lib.LYS_LEAF: NodeKind.LEAF,
    lib.LYS_LEAFLIST: NodeKind.LEAF_LIST,
    lib.LYS_ANYDATA: NodeKind.ANY,
    0x0020: NodeKind.ANY,  # anyxml, which the binding has no name for
    lib.LYS_RPC: NodeKind.RPC,
    lib.LYS_ACTION: NodeKind.ACTION,
    lib.LYS_NOTIF: NodeKind.NOTIFICATION,
    lib.LYS_CHOICE: NodeKind.CHOICE,
    lib.LYS_CASE: NodeKind.CASE,
}

#: The nodes for the input and the output of operations, which the binding has no names for.
_INPUT: Final = 0x1000
_OUTPUT: Final = 0x2000

#: What stands between data nodes, or between them and an operation.
_NOT_DATA: Final = (lib.LYS_CASE, lib.LYS_CHOICE, _INPUT, _OUTPUT)


class SchemaNode:
    """One compiled schema node; there is one object per node, so identity compares them."""

    __slots__ = (
        "_children",
        "_has_anydata",
        "_keys",
        "_nodes",
        "_value_types",
        "cases",
        "is_config",
        "is_key",
        "is_presence",
        "is_user_ordered",
        "kind",
        "module",
        "name",
        "namespace",
        "pointer",
        "tag",
    )

    def __init__(self, pointer: Pointer, nodes: SchemaNodes) -> None:
        self.pointer = pointer
        self._nodes = nodes
        self._children: dict[tuple[str, str], SchemaNode] | None = None
        self._keys: list[SchemaNode] | None = None
        self._value_types: frozenset[int] | None = None
        self._has_anydata: bool | None = None
        self.kind = _KINDS[pointer.nodetype]
        self.name = known_text(pointer.name)
        self.module = known_text(pointer.module.name)
        self.namespace = known_text(pointer.module.ns)
        #: The name of its XML elements, as lxml writes it.
        self.tag = f"{{{self.namespace}}}{self.name}"
        flags = pointer.flags
        is_many = self.kind in (NodeKind.LIST, NodeKind.LEAF_LIST)
        self.is_config = bool(flags & lib.LYS_CONFIG_W)
        self.is_user_ordered = is_many and bool(flags & lib.LYS_ORDBY_USER)
        self.is_presence = self.kind is NodeKind.CONTAINER and bool(flags & lib.LYS_PRESENCE)
        self.is_key = self.kind is NodeKind.LEAF and bool(flags & lib.LYS_KEY)
        #: The choices around the node, each with the case that the node belongs to, as ids.
        self.cases = _cases_around(pointer)

    @property
    def context(self) -> Pointer:
        """The library's context, where it keeps its errors."""
        return self._nodes.context

    @property
    def identity(self) -> int:
        """What ``cases`` calls a choice or case."""
        return _address(self.pointer)

    @property
    def data_parent(self) -> SchemaNode | None:
        """The data node or operation around this one; choices and cases are looked through."""
        pointer = self.pointer.parent
        while pointer and pointer.nodetype in _NOT_DATA:
            pointer = pointer.parent
        return self._nodes.wrap(pointer) if pointer else None

    @property
    def statement_parent(self) -> SchemaNode | None:
        """The statement around this one, which may be a choice or a case."""
        pointer = self.pointer.parent
        if pointer and pointer.nodetype in (_INPUT, _OUTPUT):
            pointer = pointer.parent
        return self._nodes.wrap(pointer) if pointer else None

    @property
    def is_choice_or_case(self) -> bool:
        """True for what is no data."""
        return self.kind in (NodeKind.CHOICE, NodeKind.CASE)

    @property
    def data_path(self) -> str:
        """The data path of all instances."""
        parent = self.data_parent
        return f"{parent.data_path if parent else ''}/{self.module}:{self.name}"

    @property
    def is_inner(self) -> bool:
        """True for nodes that have children."""
        return self.kind not in (NodeKind.LEAF, NodeKind.LEAF_LIST, NodeKind.ANY)

    @property
    def children(self) -> Mapping[tuple[str, str], SchemaNode]:
        """The child data nodes by namespace and name; choices and cases are looked through."""
        if self._children is None:
            self._children = {}
            if self.is_inner:
                found = self._nodes.iterate(self.pointer, NULL)
                self._children = {(node.namespace, node.name): node for node in found}
        return self._children

    @property
    def has_anydata(self) -> bool:
        """True if it is anydata, or has some inside."""
        if self._has_anydata is None:
            within = any(child.has_anydata for child in self.children.values())
            self._has_anydata = self.kind is NodeKind.ANY or within
        return self._has_anydata

    @property
    def keys(self) -> list[SchemaNode]:
        """The key leafs of a list, in the order of the key statement."""
        if self._keys is None:
            self._keys = [node for node in self.children.values() if node.is_key]
        return self._keys

    @property
    def statement_children(self) -> Iterator[SchemaNode]:
        """Yield the children as they are defined, choices and cases among them.

        Those of an operation are those of its input.
        """
        child = lib.lysc_node_child(self.pointer)
        if child and child.nodetype == _INPUT:
            child = lib.lysc_node_child(child)
        while child:
            yield self._nodes.wrap(child)
            child = child.next

    @property
    def has_when(self) -> bool:
        """True if the node, or the choice or case around it, depends on a when condition."""
        node = self.pointer
        while node:
            if lib.lysc_node_when(node):
                return True
            node = node.parent
            if not node or _KINDS.get(node.nodetype) not in (NodeKind.CASE, NodeKind.CHOICE):
                return False
        return False

    def is_other_case(self, other: SchemaNode) -> bool:
        """Tell whether the two nodes belong to different cases of one choice."""
        return any(other.cases.get(choice, case) != case for choice, case in self.cases.items())

    def canonical(self, value: str) -> str | Fault:
        """Return the canonical form of a leaf's value, given as by ``lexical``.

        A fault if it is not of the leaf's type; whether a reference has a target does not matter.
        """
        octets = value.encode()
        context = self._nodes.context
        holder = ffi.new("const char **")
        status = lib.lyd_value_validate(
            context, self.pointer, octets, len(octets), NULL, NULL, holder
        )
        if status not in (lib.LY_SUCCESS, lib.LY_EINCOMPLETE):
            return take_fault(context)
        if not holder[0]:
            return value
        result = known_text(holder[0])
        extra.lydict_remove(context, holder[0])
        return result

    @property
    def has_names_in_values(self) -> bool:
        """True if a value may have a prefix in it, so that it is not the same everywhere."""
        return bool(self.base_types & {lib.LY_TYPE_IDENT, lib.LY_TYPE_INST})

    @property
    def base_types(self) -> frozenset[int]:
        """The built-in types that a leaf's values may have, as the library numbers them."""
        if self._value_types is None:
            self._value_types = frozenset(_base_types(self.pointer))
        return self._value_types

    def lexical(self, value: str, prefixes: Mapping[str | None, str]) -> str:
        """Turn a value from XML into the form for look-ups, module names in place of prefixes.

        RFC 7951 §6.8: only identityrefs and instance-identifiers have another form outside of XML.
        """
        kinds = self.base_types
        modules = self._nodes.module_names
        if lib.LY_TYPE_IDENT in kinds and ":" not in value:
            module = modules.get(prefixes.get(None, ""))
            return f"{module}:{value}" if module and kinds == {lib.LY_TYPE_IDENT} else value
        if kinds & {lib.LY_TYPE_IDENT, lib.LY_TYPE_INST}:
            return _with_module_names(value, prefixes, modules)
        return value


def _cases_around(node: Pointer) -> dict[int, int]:
    cases: dict[int, int] = {}
    while node.parent and node.parent.nodetype in (lib.LYS_CASE, lib.LYS_CHOICE):
        if node.parent.nodetype == lib.LYS_CHOICE:
            cases[_address(node.parent)] = _address(node)
        node = node.parent
    return cases


def _with_module_names(
    value: str, prefixes: Mapping[str | None, str], modules: Mapping[str, str]
) -> str:
    def replace(match: re.Match[str]) -> str:
        module = modules.get(prefixes.get(match[2], "")) if match[2] else None
        return f"{module}:" if module else match[0]

    return _STEP_PREFIX.sub(replace, value)


def _address(pointer: Pointer) -> int:
    return int(ffi.cast("uintptr_t", pointer))


def _base_types(node: Pointer) -> set[int]:
    """Collect the built-in types that a leaf's value may have."""
    leaf = ffi.cast("struct lysc_node_leaf *", node)
    return set(_flatten(leaf.type))


def _flatten(value_type: Pointer) -> Iterator[int]:
    if value_type.basetype == lib.LY_TYPE_LEAFREF:
        yield from _flatten(ffi.cast("struct lysc_type_leafref *", value_type).realtype)
    elif value_type.basetype == lib.LY_TYPE_UNION:
        types = ffi.cast("struct lysc_type_union *", value_type).types
        for index in range(array_length(types)):
            yield from _flatten(types[index])
    else:
        yield int(value_type.basetype)


class SchemaNodes:
    """All schema nodes of a context, each wrapped once."""

    def __init__(self, context: Pointer) -> None:
        self.context = context
        #: By their pointers, of which the library's binding makes keys by address.
        self._wrapped: dict[Pointer, SchemaNode] = {}
        #: The implemented modules' names by their namespaces.
        self.module_names: dict[str, str] = {}
        #: The top-level nodes of all implemented modules, by namespace and name.
        self.top: dict[tuple[str, str], SchemaNode] = {}

    def add_module(self, module: Pointer) -> None:
        """Enter the top-level nodes of an implemented module."""
        self.module_names[known_text(module.ns)] = known_text(module.name)
        for node in self.iterate(NULL, module.compiled):
            self.top[node.namespace, node.name] = node

    def wrap(self, pointer: Pointer) -> SchemaNode:
        """Return the one object for a schema node."""
        node = self._wrapped.get(pointer)
        if node is None:
            node = self._wrapped[pointer] = SchemaNode(pointer, self)
        return node

    def iterate(self, parent: Pointer, module: Pointer) -> Iterator[SchemaNode]:
        """Yield the nodes directly below a parent, or at the top of a module."""
        pointer = lib.lys_getnext(NULL, parent, module, 0)
        while pointer:
            yield self.wrap(pointer)
            pointer = lib.lys_getnext(pointer, parent, module, 0)

    def at(self, schema_path: str) -> SchemaNode | None:
        """Find a node by the schema path of an error message, choices and cases included."""
        steps = schema_path.strip("/").split("/")
        node: SchemaNode | None = None
        for step in steps:
            module, _, name = step.rpartition(":")
            candidates = self._top_statements() if node is None else node.statement_children
            node = next(
                (
                    child
                    for child in candidates
                    if child.name == name and module in ("", child.module)
                ),
                None,
            )
            if node is None:
                return None
        return node

    def _top_statements(self) -> Iterator[SchemaNode]:
        """Yield the top-level nodes; a top-level choice stands for those inside it."""
        for node in self.top.values():
            outer = node.pointer
            while outer.parent:
                outer = outer.parent
            yield self.wrap(outer)
