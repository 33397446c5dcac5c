"""XML that clients send as configuration, held against the schema; every fault names its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from lxml import etree

from netconf_server.errors import ErrorTag, RpcError
from netconf_server.markup import child_with, local_name, namespace_of
from netconf_server.provider import DataPath
from netconf_server.schema.native import Fault
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.schema import Schema

_PREDICATE: Final = re.compile(
    r"""\s*\[\s*(?:[A-Za-z_][\w.-]*:)?(?P<name>[A-Za-z_][\w.-]*)\s*=\s*
        (?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*\]\s*""",
    re.VERBOSE,
)


def data_error(
    tag: ErrorTag, path: DataPath, reason: str, app_tag: str | None = None, **info: str
) -> RpcError:
    """Make an error about a data node; the message has the path too, for clients that show it only.

    The names of ``info`` have an underscore where the element has a hyphen.
    """
    return RpcError(
        tag=tag,
        message=f"{path}: {reason}" if path else reason,
        path=path or None,
        app_tag=app_tag,
        info={name.replace("_", "-"): value for name, value in info.items()},
    )


def child_elements(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the child elements, without comments and processing instructions."""
    return (child for child in element if isinstance(child.tag, str))


def data_schema(
    schema: Schema, element: etree._Element, parent: SchemaNode | None, path: DataPath
) -> SchemaNode:
    """Find what an element is; RFC 7950 §8.3.1: an error if the schema does not have it.

    ``path`` is that of the parent.
    """
    namespace, name = namespace_of(element), local_name(element)
    candidates = schema.nodes.top if parent is None else parent.children
    node = candidates.get((namespace, name))
    if node is not None:
        return node
    if namespace in schema.nodes.module_names:
        reason = f"unknown element <{name}> (namespace {namespace})"
        raise data_error(ErrorTag.UNKNOWN_ELEMENT, path, reason, bad_element=name)
    raise data_error(
        ErrorTag.UNKNOWN_NAMESPACE,
        path,
        f"element <{name}> is in the unknown namespace {namespace!r}",
        bad_element=name,
        bad_namespace=namespace,
    )


def config_schema(
    schema: Schema, element: etree._Element, parent: SchemaNode | None, path: DataPath
) -> SchemaNode:
    """Find what an element is, as ``data_schema`` does; what is not configuration is unknown."""
    node = data_schema(schema, element, parent, path)
    if not node.is_config:
        reason = f"<{node.name}> is not configuration (namespace {node.namespace})"
        raise data_error(ErrorTag.UNKNOWN_ELEMENT, path, reason, bad_element=node.name)
    return node


#: How the schema node of an element is found, by its parent's schema node and path.
FindSchema: TypeAlias = Callable[[Schema, etree._Element, SchemaNode | None, DataPath], SchemaNode]


def step_to(element: etree._Element, node: SchemaNode, parent: SchemaNode | None) -> DataPath:
    """Return the last step of an element's data path, keys included."""
    is_qualified = parent is None or parent.module != node.module
    name = f"/{node.module}:{node.name}" if is_qualified else f"/{node.name}"
    if node.kind is NodeKind.LEAF_LIST:
        return f"{name}[.={quote(_value(element, node))}]"
    return name + "".join(_key_predicates(element, node)) if node.kind is NodeKind.LIST else name


def selector_of(element: etree._Element, node: SchemaNode, path: DataPath) -> str | None:
    """Return what identifies an entry among its siblings: key predicates or a leaf-list's value.

    RFC 7950 §7.8.6: an entry without all its keys is a missing-element error.
    """
    if node.kind is NodeKind.LEAF_LIST:
        return _value(element, node)
    if node.kind is not NodeKind.LIST:
        return None
    predicates = list(_key_predicates(element, node))
    if len(predicates) < len(node.keys):
        key = next(key for key in node.keys if child_with(element, key.tag) is None)
        raise data_error(
            ErrorTag.MISSING_ELEMENT, path, f"key <{key.name}> is missing", bad_element=key.name
        )
    return "".join(predicates)


def selector_in_attribute(text: str, element: etree._Element, node: SchemaNode) -> str | None:
    """Read the ``yang:key`` or ``yang:value`` of an insertion; None if it is malformed.

    RFC 7950 §7.7.9, §7.8.6: a value, or the key predicates of the full instance-identifier.
    """
    if node.kind is NodeKind.LEAF_LIST:
        return node.lexical(text.strip(), element.nsmap)
    values = parse_key_predicates(text)
    keys = {key.name: key for key in node.keys}
    if values is None or values.keys() != keys.keys():
        return None
    return "".join(
        f"[{name}={quote(keys[name].lexical(value, element.nsmap))}]"
        for name, value in values.items()
    )


def parse_key_predicates(text: str) -> dict[str, str] | None:
    """Read ``[p:name='value']…`` into names and values; None if it is anything else."""
    values: dict[str, str] = {}
    position = 0
    while position < len(text):
        predicate = _PREDICATE.match(text, position)
        if predicate is None:
            return None
        values[predicate["name"]] = predicate["single"] or predicate["double"] or ""
        position = predicate.end()
    return values


def quote(value: str) -> str:
    """Write a value as XPath literal."""
    return f'"{value}"' if "'" in value else f"'{value}'"


def _key_predicates(element: etree._Element, node: SchemaNode) -> Iterator[str]:
    for key in node.keys:
        found = child_with(element, key.tag)
        if found is not None:
            yield f"[{key.name}={quote(_value(found, key))}]"


def _value(element: etree._Element, node: SchemaNode) -> str:
    text = element.text or ""
    return node.lexical(text, element.nsmap) if node.has_names_in_values else text


def explain(
    schema: Schema,
    element: etree._Element,
    node: SchemaNode,
    path: DataPath,
    fault: Fault,
    find: FindSchema = config_schema,
) -> RpcError:
    """Make the error for an element that libyang refused: it refuses as a whole, this finds where.

    RFC 7950 §8.3.1 has the rules and their tags. ``find`` decides what may be inside.
    """
    try:
        _check(schema, element, node, path, find)
    except RpcError as error:
        return error
    return data_error(ErrorTag.INVALID_VALUE, path, fault.message, fault.app_tag)


def _check(
    schema: Schema, element: etree._Element, node: SchemaNode, path: DataPath, find: FindSchema
) -> None:
    if node.kind is NodeKind.ANY:
        return
    if not node.is_inner:
        _check_value(element, node, path)
        return
    require_no_text(element, node, path)
    selector_of(element, node, path)
    for child in child_elements(element):
        child_node = find(schema, child, node, path)
        _check(schema, child, child_node, path + step_to(child, child_node, node), find)


def require_no_text(element: etree._Element, node: SchemaNode, path: DataPath) -> None:
    """Refuse text where there are elements only: it has no meaning, and must not be dropped."""
    for text in (element.text, *(child.tail for child in element)):
        if text and not text.isspace():
            reason = f"{node.kind.value} has text {text.strip()!r}"
            raise data_error(ErrorTag.BAD_ELEMENT, path, reason, bad_element=node.name)


def _check_value(element: etree._Element, node: SchemaNode, path: DataPath) -> None:
    for child in child_elements(element):
        name = local_name(child)
        reason = f"{node.kind.value} has a child element <{name}>"
        raise data_error(ErrorTag.UNKNOWN_ELEMENT, path, reason, bad_element=name)
    fault = node.canonical(_value(element, node))
    if isinstance(fault, Fault):
        raise data_error(ErrorTag.INVALID_VALUE, path, fault.message, fault.app_tag)
