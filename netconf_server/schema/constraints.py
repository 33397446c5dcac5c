"""The constraints in compiled schema nodes, and libyang's verdict on one at one data node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from netconf_server.schema.data import DataNode, LibraryError
from netconf_server.schema.native import (
    NULL,
    Pointer,
    array_length,
    declared,
    extra,
    ffi,
    forget_faults,
    known_text,
    lib,
    take_fault,
)
from netconf_server.schema.nodes import NodeKind, SchemaNode, SchemaNodes

#: libyang's "no limit" for max-elements.
_UNLIMITED: Final = frozenset({0, 0xFFFFFFFF})


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A ``must`` or ``when`` expression.

    ``context`` is the schema node at whose instances it is evaluated, None for the root.
    """

    expression: Pointer
    context: SchemaNode | None
    module: Pointer
    prefixes: Pointer
    #: The expression as it is written in the module.
    text: str

    def atoms(self, nodes: SchemaNodes) -> frozenset[SchemaNode]:
        """Return every schema node that the expression can come by, as libyang knows it."""
        holder = declared.new("void **")
        context = NULL if self.context is None else self.context.pointer
        status = extra.lys_find_expr_atoms(
            context, self.module, self.expression, self.prefixes, 0, holder
        )
        if status != lib.LY_SUCCESS:
            raise LibraryError(take_fault(nodes.context))
        found = ffi.cast("struct ly_set *", holder[0])
        try:
            return frozenset(nodes.wrap(found.snodes[index]) for index in range(found.count))
        finally:
            lib.ly_set_free(found, NULL)

    def holds(self, node: DataNode) -> bool:
        """Evaluate at a node of the context; raises LibraryError."""
        result = declared.new("uint8_t *")
        status = extra.lyd_eval_xpath3(
            node.pointer,
            self.module,
            self.text.encode(),
            lib.LY_VALUE_SCHEMA_RESOLVED,
            self.prefixes,
            NULL,
            result,
        )
        if status != lib.LY_SUCCESS:
            raise LibraryError(take_fault(node.schema.context))
        return bool(result[0])


def musts_of(node: SchemaNode) -> list[Condition]:
    """Return the ``must`` conditions of a data node."""
    musts = lib.lysc_node_musts(node.pointer)
    module = node.pointer.module
    return [
        _condition(musts[index].cond, node, module, musts[index].prefixes)
        for index in range(array_length(musts))
    ]


def whens_of(node: SchemaNode) -> list[Condition]:
    """Return the conditions for a data node to exist, those of choices and cases around included.

    A condition of a choice, case or augment has the parent as its context.
    """
    found: list[Condition] = []
    pointer = node.pointer
    while pointer and (pointer == node.pointer or _is_choice_or_case(pointer)):
        whens = lib.lysc_node_when(pointer)
        for index in range(array_length(whens)):
            when = whens[index]
            context = node if when.context == node.pointer else node.data_parent
            found.append(_condition(when.cond, context, pointer.module, when.prefixes))
        pointer = pointer.parent
    return found


def _condition(
    expression: Pointer, context: SchemaNode | None, module: Pointer, prefixes: Pointer
) -> Condition:
    text = known_text(lib.lyxp_get_expr(expression))
    return Condition(expression, context, module, prefixes, text)


def _is_choice_or_case(pointer: Pointer) -> bool:
    return pointer.nodetype in (lib.LYS_CHOICE, lib.LYS_CASE)


def limits_of(node: SchemaNode) -> tuple[int, int | None]:
    """Return min-elements and max-elements, None for no limit."""
    if node.kind is NodeKind.LIST:
        entries = ffi.cast("struct lysc_node_list *", node.pointer)
    elif node.kind is NodeKind.LEAF_LIST:
        entries = ffi.cast("struct lysc_node_leaflist *", node.pointer)
    else:
        return 0, None
    return entries.min, None if entries.max in _UNLIMITED else entries.max


def is_mandatory(node: SchemaNode) -> bool:
    """Tell whether a leaf, anydata, choice or a container of such must be there."""
    return bool(node.pointer.flags & lib.LYS_MAND_TRUE)


def has_default(node: SchemaNode) -> bool:
    """Tell whether a node comes into being by itself (RFC 7950 §7.5.1, §7.6.1, §7.7.2)."""
    match node.kind:
        case NodeKind.CONTAINER:
            return not node.is_presence
        case NodeKind.LEAF:
            return bool(ffi.cast("struct lysc_node_leaf *", node.pointer).dflt)
        case NodeKind.LEAF_LIST:
            return bool(ffi.cast("struct lysc_node_leaflist *", node.pointer).dflts)
        case _:
            return False


def uniques_of(node: SchemaNode, nodes: SchemaNodes) -> list[tuple[SchemaNode, ...]]:
    """Return the leafs of each ``unique`` statement of a list."""
    if node.kind is not NodeKind.LIST:
        return []
    uniques = ffi.cast("struct lysc_node_list *", node.pointer).uniques
    return [
        tuple(
            nodes.wrap(ffi.cast("struct lysc_node *", leafs[index]))
            for index in range(array_length(leafs))
        )
        for leafs in (uniques[number] for number in range(array_length(uniques)))
    ]


def reference_path(node: SchemaNode) -> Condition | None:
    """Return the path of a leaf whose value must be that of another one (RFC 7950 §9.9)."""
    for leafref in _leafrefs(node):
        return _condition(leafref.path, node, node.pointer.module, leafref.prefixes)
    return None


def has_own_reference(node: SchemaNode) -> bool:
    """Tell whether a leafref is that of one node alone, and its values are equal as texts only."""
    for leafref in _leafrefs(node):
        basetype = leafref.realtype.basetype
        return leafref.refcount == 1 and basetype not in (lib.LY_TYPE_UNION, lib.LY_TYPE_INST)
    return False


@contextmanager
def granted_references(nodes: Iterable[SchemaNode]) -> Iterator[None]:
    """Let libyang take it for granted that the references of some leafs have targets."""
    leafrefs = [leafref for node in nodes for leafref in _leafrefs(node)]
    for leafref in leafrefs:
        leafref.require_instance = 0
    try:
        yield
    finally:
        for leafref in leafrefs:
            leafref.require_instance = 1


def _leafrefs(node: SchemaNode) -> Iterator[Pointer]:
    """Yield the leafref that a leaf is, if its value must be that of another one."""
    for value_type in _types(node):
        if value_type.basetype == lib.LY_TYPE_LEAFREF:
            leafref = ffi.cast("struct lysc_type_leafref *", value_type)
            if leafref.require_instance:
                yield leafref


def is_opaque_reference(node: SchemaNode) -> bool:
    """Tell whether a value may have to name an instance in a way that is only known from data."""
    return any(_is_opaque(value_type) for value_type in _types(node))


def _types(node: SchemaNode) -> Iterator[Pointer]:
    if node.kind in (NodeKind.LEAF, NodeKind.LEAF_LIST):
        yield ffi.cast("struct lysc_node_leaf *", node.pointer).type


def _is_opaque(value_type: Pointer) -> bool:
    if value_type.basetype == lib.LY_TYPE_INST:
        return bool(ffi.cast("struct lysc_type_instanceid *", value_type).require_instance)
    if value_type.basetype != lib.LY_TYPE_UNION:
        return False
    members = ffi.cast("struct lysc_type_union *", value_type).types
    return any(
        members[index].basetype == lib.LY_TYPE_LEAFREF or _is_opaque(members[index])
        for index in range(array_length(members))
    )


def has_target(node: DataNode) -> bool:
    """Tell whether the value of a leaf with a leafref names an instance."""
    context = node.schema.context
    octets = node.value.encode()
    pointer = node.pointer
    status = lib.lyd_value_validate(
        context, pointer.schema, octets, len(octets), pointer, NULL, NULL
    )
    forget_faults(context)
    return bool(status == lib.LY_SUCCESS)
