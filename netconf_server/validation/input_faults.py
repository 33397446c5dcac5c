"""From input that breaks a constraint to its rpc-error (RFC 7950 §7.14.2, §8.3.1, §15).

libyang says what kind of constraint it is by an error-app-tag, where RFC 7950 has one. All else is
found by looking at the input, which is small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netconf_server.editing.payload import data_error
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.provider import DataPath
from netconf_server.schema.constraints import is_mandatory
from netconf_server.schema.data import DataNode
from netconf_server.schema.native import Fault
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.operations import OperationData

_MISSING_CHOICE = "missing-choice"
_INSTANCE_REQUIRED = "instance-required"


def input_fault(request: OperationData, fault: Fault) -> RpcError:
    """Make the error for the input of an rpc or action that libyang found invalid."""
    path = fault.data_path or request.node.path
    if fault.app_tag is not None:
        return _with_app_tag(request, path, fault)
    node = request.find(path)
    if node is None:
        name = path.rpartition("/")[2].rpartition(":")[2]
        return data_error(ErrorTag.MISSING_ELEMENT, path, fault.message, bad_element=name)
    return _about(node, fault) or data_error(ErrorTag.OPERATION_FAILED, path, fault.message)


def _with_app_tag(request: OperationData, path: DataPath, fault: Fault) -> RpcError:
    """Make the errors of RFC 7950 §15.1 to §15.6; a module's own app-tag is that of a must."""
    if fault.app_tag == _INSTANCE_REQUIRED:
        return data_error(ErrorTag.DATA_MISSING, path, fault.message, fault.app_tag)
    if fault.app_tag != _MISSING_CHOICE:
        return data_error(ErrorTag.OPERATION_FAILED, path, fault.message, fault.app_tag)
    node = request.find(path) or request.node
    choices = (choice.name for choice in _choices(node.schema) if not _used_cases(node, choice))
    return data_error(
        ErrorTag.DATA_MISSING, path, fault.message, fault.app_tag, missing_choice=next(choices, "")
    )


def _about(node: DataNode, fault: Fault) -> RpcError | None:
    """Make the error about a node that is there: it, or something in it, is wrong."""
    name = node.schema.name
    if _is_repeated(node):
        return data_error(ErrorTag.BAD_ELEMENT, node.path, fault.message, bad_element=name)
    for choice in _choices(node.schema, only_mandatory=False):
        if len(_used_cases(node, choice)) > 1:
            return data_error(
                ErrorTag.BAD_ELEMENT, node.path, fault.message, bad_element=choice.name
            )
    for path, missing in _missing(node.schema, [node], node.path):
        return data_error(ErrorTag.MISSING_ELEMENT, path, fault.message, bad_element=missing.name)
    if node.schema.has_when:
        return data_error(ErrorTag.UNKNOWN_ELEMENT, node.path, fault.message, bad_element=name)
    return None


def _is_repeated(node: DataNode) -> bool:
    parent = node.parent
    return parent is not None and sum(child.path == node.path for child in parent.children) > 1


def _choices(node: SchemaNode, *, only_mandatory: bool = True) -> Iterator[SchemaNode]:
    """Yield the choices directly in a node."""
    for child in node.statement_children:
        if child.kind is NodeKind.CHOICE and (is_mandatory(child) or not only_mandatory):
            yield child


def _used_cases(node: DataNode, choice: SchemaNode) -> set[int]:
    found = (child.schema.cases.get(choice.identity) for child in node.children)
    return {case for case in found if case is not None}


def _missing(
    schema: SchemaNode, nodes: Sequence[DataNode], path: DataPath
) -> Iterator[tuple[DataPath, SchemaNode]]:
    """Yield the mandatory leafs that are missing in a node, or in what ought to be in it.

    ``nodes`` is the node, or nothing for a container that only comes into being with its content.
    """
    inside = [child for node in nodes for child in node.children]
    for child in schema.children.values():
        step = child.name if child.module == schema.module else f"{child.module}:{child.name}"
        found = [node for node in inside if node.schema is child]
        if found or _is_implied(child):
            for each in [[node] for node in found] or [[]]:
                yield from _missing(child, each, each[0].path if each else f"{path}/{step}")
        elif child.kind is not NodeKind.LIST and _is_expected(child, inside):
            yield f"{path}/{step}", child


def _is_implied(node: SchemaNode) -> bool:
    return node.kind is NodeKind.CONTAINER and not node.is_presence


def _is_expected(node: SchemaNode, siblings: Sequence[DataNode]) -> bool:
    """Tell whether a node must be there: in a case, only if something else of the case is."""
    return is_mandatory(node) and all(
        any(sibling.schema.cases.get(choice) == case for sibling in siblings)
        for choice, case in node.cases.items()
    )
