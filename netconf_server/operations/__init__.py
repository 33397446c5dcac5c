"""The operations: each a small function from a request to the content of its reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml import etree

from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.markup import (
    BASE,
    FACTORY_DEFAULT,
    MONITORING,
    NMDA,
    NOTIFICATION,
    PARTIAL_LOCK,
    SUBSCRIBED,
    YANG,
    YANG_PUSH,
    local_name,
    namespace_of,
)
from netconf_server.operations.committing import (
    cancel_commit,
    commit,
    discard_changes,
    validate,
)
from netconf_server.operations.copying import copy_config, delete_config
from netconf_server.operations.editing import edit_config
from netconf_server.operations.ending import close_session, kill_session
from netconf_server.operations.factory import factory_reset
from netconf_server.operations.invocation import action, module_rpc
from netconf_server.operations.locking import lock, unlock
from netconf_server.operations.nmda import edit_data, get_data
from netconf_server.operations.parameters import not_supported
from netconf_server.operations.partial_locking import partial_lock, partial_unlock
from netconf_server.operations.request import Handler, Output, Request
from netconf_server.operations.retrieval import get, get_config
from netconf_server.operations.schemas import get_schema
from netconf_server.operations.subscribing import (
    create_subscription,
    delete_subscription,
    establish_subscription,
    kill_subscription,
    modify_subscription,
    resync_subscription,
)
from netconf_server.schema.nodes import NodeKind

_HANDLERS: Final[Mapping[str, Handler]] = {
    f"{{{BASE}}}get": get,
    f"{{{BASE}}}get-config": get_config,
    f"{{{BASE}}}edit-config": edit_config,
    f"{{{BASE}}}copy-config": copy_config,
    f"{{{BASE}}}delete-config": delete_config,
    f"{{{BASE}}}lock": lock,
    f"{{{BASE}}}unlock": unlock,
    f"{{{BASE}}}validate": validate,
    f"{{{BASE}}}commit": commit,
    f"{{{BASE}}}cancel-commit": cancel_commit,
    f"{{{BASE}}}discard-changes": discard_changes,
    f"{{{BASE}}}close-session": close_session,
    f"{{{BASE}}}kill-session": kill_session,
    f"{{{FACTORY_DEFAULT}}}factory-reset": factory_reset,
    f"{{{PARTIAL_LOCK}}}partial-lock": partial_lock,
    f"{{{PARTIAL_LOCK}}}partial-unlock": partial_unlock,
    f"{{{MONITORING}}}get-schema": get_schema,
    f"{{{NOTIFICATION}}}create-subscription": create_subscription,
    f"{{{SUBSCRIBED}}}establish-subscription": establish_subscription,
    f"{{{SUBSCRIBED}}}modify-subscription": modify_subscription,
    f"{{{SUBSCRIBED}}}delete-subscription": delete_subscription,
    f"{{{SUBSCRIBED}}}kill-subscription": kill_subscription,
    f"{{{YANG_PUSH}}}resync-subscription": resync_subscription,
    f"{{{NMDA}}}get-data": get_data,
    f"{{{NMDA}}}edit-data": edit_data,
    f"{{{YANG}}}action": action,
}

#: The operations of these are functions above, or not supported; never the provider's.
_PROTOCOL_NAMESPACES: Final = frozenset(
    {
        *(BASE, FACTORY_DEFAULT, MONITORING, NMDA, NOTIFICATION, PARTIAL_LOCK),
        *(SUBSCRIBED, YANG, YANG_PUSH),
    }
)

#: What cannot change any data.
_READ_ONLY: Final = frozenset(
    {
        f"{{{BASE}}}get",
        f"{{{BASE}}}get-config",
        f"{{{NMDA}}}get-data",
        f"{{{MONITORING}}}get-schema",
    }
)


def is_read_only(operation: etree._Element) -> bool:
    """Tell whether an operation leaves all data as it is."""
    return operation.tag in _READ_ONLY


def carry_out(request: Request) -> Output:
    """Find the operation's function and call it; raises RpcError."""
    handler = _handler_of(request)
    _require_permission(request)
    return handler(request)


def _require_permission(request: Request) -> None:
    """Ask whether the session may use the operation (RFC 8341 §3.1.1)."""
    operation, management = request.operation, request.management
    node = management.schema.nodes.top.get((namespace_of(operation), local_name(operation)))
    management.access.require_operation(request.session, node, str(operation.tag))


def _handler_of(request: Request) -> Handler:
    operation = request.operation
    handler = _HANDLERS.get(str(operation.tag))
    if handler is not None:
        return handler
    namespace, name = namespace_of(operation), local_name(operation)
    node = request.management.schema.nodes.top.get((namespace, name))
    if node is not None and node.kind is NodeKind.RPC and namespace not in _PROTOCOL_NAMESPACES:
        return module_rpc
    if namespace in request.management.namespaces.values():
        raise not_supported(f"<{name}> of {namespace} is not an operation of this server")
    raise RpcError(
        tag=ErrorTag.UNKNOWN_NAMESPACE,
        type=ErrorType.PROTOCOL,
        message=f"no module here has the namespace {namespace!r} of <{name}>",
        info={"bad-element": name, "bad-namespace": namespace},
    )


__all__ = ["Request", "carry_out", "is_read_only"]
