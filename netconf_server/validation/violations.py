"""From a constraint that does not hold to the rpc-error of RFC 7950 §15, with its exact place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from netconf_server.editing.payload import data_error
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.provider import DataPath
from netconf_server.schema.data import DataNode
from netconf_server.schema.native import Fault
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree

#: The error-tags that go with the error-app-tags of RFC 7950 §15.1 to §15.6.
_TAGS: Final[Mapping[str, ErrorTag]] = {
    "data-not-unique": ErrorTag.OPERATION_FAILED,
    "too-many-elements": ErrorTag.OPERATION_FAILED,
    "too-few-elements": ErrorTag.OPERATION_FAILED,
    "must-violation": ErrorTag.OPERATION_FAILED,
    "instance-required": ErrorTag.DATA_MISSING,
    "missing-choice": ErrorTag.DATA_MISSING,
}


def violation(schema: Schema, tree: DataTree, fault: Fault) -> RpcError:
    """Make the error for a configuration that libyang found invalid.

    Where libyang knows the data node, so does the error; what is missing has no data node, so it is
    looked for in the tree.
    """
    if fault.data_path is not None:
        return _at_data(tree, fault.data_path, fault)
    node = None if fault.schema_path is None else schema.nodes.at(fault.schema_path)
    if node is None:
        return data_error(ErrorTag.OPERATION_FAILED, "", fault.message, fault.app_tag)
    if node.kind is NodeKind.CHOICE:
        return _at_choice(tree, node, fault)
    return _at_absent(tree, node, fault)


def _at_data(tree: DataTree, path: DataPath, fault: Fault) -> RpcError:
    """Make the error about a node that is there."""
    if fault.app_tag is not None:
        tag = _TAGS.get(fault.app_tag, ErrorTag.OPERATION_FAILED)
        return data_error(tag, path, fault.message, fault.app_tag)
    node = tree.find(path)
    if node is None:
        return data_error(ErrorTag.OPERATION_FAILED, path, fault.message)
    name = node.schema.name
    if sum(child.path == path for child in _children(node.parent, tree)) > 1:
        return data_error(ErrorTag.BAD_ELEMENT, path, fault.message, bad_element=name)
    if node.schema.has_when:
        return data_error(ErrorTag.UNKNOWN_ELEMENT, path, fault.message, bad_element=name)
    return data_error(ErrorTag.OPERATION_FAILED, path, fault.message)


def _at_choice(tree: DataTree, choice: SchemaNode, fault: Fault) -> RpcError:
    """Make the error about a choice: none of its cases is there (RFC 7950 §15.6), or several."""
    places = [(parent, _used_cases(parent, tree, choice)) for parent in _parents(tree, choice)]
    if fault.app_tag is None:
        parent, _ = max(places, key=lambda place: len(place[1]))
        path = _path_of(parent)
        return data_error(ErrorTag.BAD_ELEMENT, path, fault.message, bad_element=choice.name)
    parent, _ = min(places, key=lambda place: len(place[1]))
    tag = _TAGS[fault.app_tag]
    return data_error(
        tag, _path_of(parent), fault.message, fault.app_tag, missing_choice=choice.name
    )


def _at_absent(tree: DataTree, node: SchemaNode, fault: Fault) -> RpcError:
    """Make the error about a node that is not there, or not often enough."""
    places = [
        (parent, sum(child.schema is node for child in _children(parent, tree)))
        for parent in _parents(tree, node)
        if _is_expected(parent, tree, node)
    ]
    parent, _ = min(places, key=lambda place: place[1], default=(None, 0))
    is_qualified = parent is None or parent.schema.module != node.module
    step = f"{node.module}:{node.name}" if is_qualified else node.name
    path = f"{_path_of(parent)}/{step}"
    if fault.app_tag is not None:
        return data_error(
            _TAGS.get(fault.app_tag, ErrorTag.OPERATION_FAILED), path, fault.message, fault.app_tag
        )
    return data_error(ErrorTag.MISSING_ELEMENT, path, fault.message, bad_element=node.name)


def _parents(tree: DataTree, node: SchemaNode) -> list[DataNode | None]:
    """Return every instance of the node's parent; None stands for the top level."""
    parent = node.data_parent
    return [None] if parent is None else [*tree.select(parent.data_path)]


def _children(parent: DataNode | None, tree: DataTree) -> Iterator[DataNode]:
    return tree.children if parent is None else parent.children


def _path_of(parent: DataNode | None) -> DataPath:
    return "" if parent is None else parent.path


def _used_cases(parent: DataNode | None, tree: DataTree, choice: SchemaNode) -> set[int]:
    """Return the cases of a choice of which something is there."""
    found = (child.schema.cases.get(choice.identity) for child in _children(parent, tree))
    return {case for case in found if case is not None}


def _is_expected(parent: DataNode | None, tree: DataTree, node: SchemaNode) -> bool:
    """Tell whether the node could be missing here: not if another case of its choice is used."""
    return all(
        any(child.schema.cases.get(choice) == case for child in _children(parent, tree))
        for choice, case in node.cases.items()
    )
