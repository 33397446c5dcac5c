"""Rpcs, actions and notifications as instance data (RFC 7950 §7.14, §7.15, §7.16)."""

from __future__ import annotations

from enum import Enum
from types import TracebackType

from netconf_server.provider import DataPath
from netconf_server.schema.data import DataFormat, DataNode, LibraryError
from netconf_server.schema.native import NULL, ffi, lib, memory_input, take_fault
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree


class MessageKind(Enum):
    """The parts of an operation that have data of their own."""

    INPUT = lib.LYD_TYPE_RPC_YANG
    OUTPUT = lib.LYD_TYPE_REPLY_YANG
    NOTIFICATION = lib.LYD_TYPE_NOTIF_YANG


class OperationData:
    """The data of one rpc, action or notification, with the nodes around it."""

    def __init__(self, kind: MessageKind, tree: DataTree, node: DataNode) -> None:
        self._kind = kind
        self._tree = tree
        #: The node of the rpc, action or notification itself.
        self.node = node

    def __enter__(self) -> OperationData:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tree.free()

    def validate(self, dependencies: DataTree) -> None:
        """Validate against the schema, references resolved in ``dependencies``; adds defaults.

        Raises LibraryError.
        """
        self._tree.validate_operation(dependencies, self._kind.value)

    def find(self, path: DataPath) -> DataNode | None:
        """Return a node of the operation's data."""
        return self._tree.find(path)

    def print(self, encoding: DataFormat) -> bytes:
        """Print from the root down."""
        return self._tree.print(encoding)


def parse_operation(
    schema: Schema, data: bytes, encoding: DataFormat, kind: MessageKind
) -> OperationData:
    """Parse the data of an operation, from the root down; raises LibraryError."""
    tree = ffi.new("struct lyd_node **")
    operation = ffi.new("struct lyd_node **")
    with memory_input(data) as source:
        status = lib.lyd_parse_op(
            schema.context, NULL, source, encoding.value, kind.value, tree, operation
        )
    if status != lib.LY_SUCCESS:
        lib.lyd_free_all(tree[0])
        raise LibraryError(take_fault(schema.context))
    root = DataTree(schema.context, schema.nodes, tree[0])
    return OperationData(kind, root, DataNode(operation[0], schema.nodes))
