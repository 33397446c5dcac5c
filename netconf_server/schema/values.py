"""Values of leafs as other encodings than JSON need them: with their type told apart."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lxml import etree

from netconf_server.schema.native import NULL, Fault, extra, ffi, known_text, lib, take_fault
from netconf_server.schema.nodes import NodeKind, SchemaNode

_WITH_NAMES: Final = (lib.LY_TYPE_IDENT, lib.LY_TYPE_INST)
_CANONICAL: Final = (*_WITH_NAMES, lib.LY_TYPE_BITS, lib.LY_TYPE_DEC64)


def needs_resolution(node: SchemaNode) -> bool:
    """Tell whether a leaf's values in JSON may not be what stands in XML (RFC 7951 §6)."""
    return bool(node.base_types.intersection(_CANONICAL))


def resolve(node: SchemaNode, value: str) -> tuple[str, bool] | Fault:
    """Return a value's canonical form, and whether there are module names in it.

    A fault if it is not of the leaf's type.
    """
    octets = value.encode()
    canonical = ffi.new("const char **")
    kind = ffi.new("const struct lysc_type **")
    status = lib.lyd_value_validate(
        node.context, node.pointer, octets, len(octets), NULL, kind, canonical
    )
    if status not in (lib.LY_SUCCESS, lib.LY_EINCOMPLETE):
        return take_fault(node.context)
    if not canonical[0]:
        return value, False
    result = known_text(canonical[0])
    extra.lydict_remove(node.context, canonical[0])
    return result, kind[0].basetype in _WITH_NAMES


def is_default_value(node: SchemaNode, element: etree._Element) -> bool:
    """Tell whether an element of a leaf has the value that is the schema's default."""
    default = _default_of(node)
    return default is not None and node.lexical(element.text or "", element.nsmap) == default


@lru_cache(4096)
def _default_of(node: SchemaNode) -> str | None:
    """Return the canonical default value of a leaf."""
    if node.kind is not NodeKind.LEAF:
        return None
    value = ffi.cast("struct lysc_node_leaf *", node.pointer).dflt
    return known_text(lib.lyd_value_get_canonical(node.context, value)) if value else None
