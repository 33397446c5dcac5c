"""Carrying out rpcs and actions that modules define (RFC 7950 §7.14, §7.15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from lxml import etree

from netconf_server.datastores.operational import add_state, to_json
from netconf_server.editing.payload import child_elements, data_error, data_schema, explain, step_to
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.markup import YANG, elements_in
from netconf_server.provider import (
    InvocationError,
    Json,
    Provider,
    StateSelection,
)
from netconf_server.schema.data import DataFormat, DataNode, LibraryError
from netconf_server.schema.nodes import NodeKind
from netconf_server.schema.operations import MessageKind, OperationData, parse_operation
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree
from netconf_server.validation.input_faults import input_fault


class Invocation:
    """Hands rpcs and actions to a provider, both ways checked against the schema."""

    def __init__(self, schema: Schema, provider: Provider) -> None:
        self._schema = schema
        self._provider = provider

    def invoke_rpc(self, element: etree._Element, running: DataTree) -> list[etree._Element]:
        """Carry out the rpc that the element names; return the output's elements."""
        with self._parse_input(element) as request:
            return self._carry_out(request, running)

    def invoke_action(
        self, element: etree._Element, running: DataTree, authorize: Callable[[DataNode], None]
    ) -> list[etree._Element]:
        """Carry out the action inside the element; return the output's elements.

        RFC 8341 §3.1.3: whether the session may is asked before anything tells what there is.
        """
        with self._parse_input(element) as request:
            _require_action(request.node)
            authorize(request.node)
            self._require_instance(request.node, running)
            return self._carry_out(request, running)

    def _carry_out(self, request: OperationData, running: DataTree) -> list[etree._Element]:
        try:
            request.validate(running)
        except LibraryError as error:
            raise input_fault(request, error.fault) from error
        output = self._ask_provider(request.node)
        return self._render_output(request.node, output, running)

    def _parse_input(self, element: etree._Element) -> OperationData:
        node = data_schema(self._schema, element, None, "")
        xml = etree.tostring(element, with_tail=False)
        try:
            return parse_operation(self._schema, xml, DataFormat.XML, MessageKind.INPUT)
        except LibraryError as error:
            path = step_to(element, node, None)
            raise explain(self._schema, element, node, path, error.fault, data_schema) from error

    def _require_instance(self, operation: DataNode, running: DataTree) -> None:
        """Make sure that the node around an action exists, as configuration or as state."""
        parent = operation.parent
        if parent is None or running.find(parent.path) is not None:
            return
        with self._schema.new_tree() as state:
            add_state(self._schema, state, self._provider, StateSelection(paths=(parent.path,)))
            if state.find(parent.path) is None:
                raise data_error(ErrorTag.DATA_MISSING, parent.path, "does not exist")

    def _ask_provider(self, operation: DataNode) -> dict[str, Json]:
        data = cast("dict[str, Json]", operation.json_value())
        try:
            return self._provider.invoke(operation.path, data)
        except InvocationError as fault:
            refusal = fault.error
            raise data_error(
                ErrorTag.OPERATION_FAILED, refusal.path, refusal.message, refusal.app_tag
            ) from fault

    def _render_output(
        self, operation: DataNode, output: dict[str, Json], running: DataTree
    ) -> list[etree._Element]:
        document = to_json(_around(operation, output))
        try:
            with parse_operation(
                self._schema, document, DataFormat.JSON, MessageKind.OUTPUT
            ) as reply:
                reply.validate(running)
                xml = b"".join(child.print(DataFormat.XML) for child in reply.node.children)
                return elements_in(xml)
        except LibraryError as error:
            reason = f"output that does not fit the schema: {error.fault.message}"
            raise data_error(ErrorTag.OPERATION_FAILED, operation.path, reason) from error


def _require_action(node: DataNode) -> None:
    """Refuse an rpc inside an ``action`` element: it is an operation by itself."""
    if node.schema.kind is not NodeKind.ACTION:
        raise RpcError(
            tag=ErrorTag.BAD_ELEMENT,
            type=ErrorType.PROTOCOL,
            message=f"<{node.schema.name}> is an rpc, not an action",
            info={"bad-element": node.schema.name},
        )


def child_of_action(element: etree._Element) -> etree._Element:
    """Return what an ``action`` element contains (RFC 7950 §7.15.2); other elements as they are."""
    if element.tag != f"{{{YANG}}}action":
        return element
    children = list(child_elements(element))
    if len(children) != 1:
        raise RpcError(
            tag=ErrorTag.BAD_ELEMENT if children else ErrorTag.MISSING_ELEMENT,
            type=ErrorType.PROTOCOL,
            message=f"<action> must contain one top-level node, not {len(children)}",
            info={"bad-element": "action"},
        )
    return children[0]


def _around(node: DataNode, value: Json) -> dict[str, Json]:
    """Wrap a node's value in everything that is around the node, with the keys of its lists."""
    parent = node.parent
    schema = node.schema
    is_qualified = parent is None or parent.schema.module != schema.module
    name = f"{schema.module}:{schema.name}" if is_qualified else schema.name
    if parent is None:
        return {name: value}
    content: dict[str, Json] = {
        child.schema.name: child.json_value() for child in parent.children if child.schema.is_key
    }
    content[name] = value
    is_entry = parent.schema.kind is NodeKind.LIST
    return _around(parent, [content] if is_entry else content)
