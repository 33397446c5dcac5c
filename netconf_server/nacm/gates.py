"""What one session may read and write: the compiled rules in the form in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from netconf_server.access import Extent, Side, WriteKind
from netconf_server.editing.payload import data_error
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.nacm.compiled import CompiledRules
from netconf_server.nacm.instances import ExistingInstance, NamedInstance
from netconf_server.nacm.policy import Access
from netconf_server.provider import Change, ChangeKind, DataPath
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.tree import DataTree

_ACCESSES: Final[Mapping[WriteKind, Access]] = {
    WriteKind.CREATE: Access.CREATE,
    WriteKind.UPDATE: Access.UPDATE,
    WriteKind.DELETE: Access.DELETE,
}


def access_denied(path: DataPath) -> RpcError:
    """Make the error for data that must not be written or for an action (RFC 8341 §3.4.3)."""
    return data_error(ErrorTag.ACCESS_DENIED, path, "access denied")


class RuledReadGate:
    """Answers what can be read (see access.ReadGate); §3.2.4."""

    def __init__(self, rules: CompiledRules) -> None:
        self._rules = rules
        self._common: dict[SchemaNode, Extent | None] = {}
        #: The entries of a list that rules name, and the extent of all others.
        self._singled_out: dict[SchemaNode, tuple[frozenset[tuple[str, ...]], Extent] | None] = {}

    def is_whole_readable(self, node: SchemaNode) -> bool:
        """Tell whether every instance of the node can be read with all that can be below it."""
        return self._rules.extent(Access.READ, node) is Extent.EVERYTHING

    def is_never_readable(self, node: SchemaNode) -> bool:
        """Tell whether no instance of the node, nor anything below it, can be read."""
        return self._rules.extent(Access.READ, node) is Extent.NOTHING

    def may_read(self, node: DataNode) -> bool:
        """Decide about one data node by itself."""
        return self._rules.is_permitted(Access.READ, node.schema, ExistingInstance(node))

    def may_read_whole(self, node: DataNode) -> bool:
        """Tell whether a data node can be read with all that is in it."""
        return self.extent(node) is Extent.EVERYTHING

    def extent(self, node: DataNode) -> Extent:
        """Tell how much of a data node can be read."""
        schema = node.schema
        return self.common_extent(schema) or self._extent_of_instance(node, schema)

    def common_extent(self, node: SchemaNode) -> Extent | None:
        """Tell how much of every instance can be read; None if rules tell them apart."""
        if node not in self._common:
            self._common[node] = self._rules.same_extent(Access.READ, node)
        return self._common[node]

    def _extent_of_instance(self, node: DataNode, schema: SchemaNode) -> Extent:
        if schema not in self._singled_out:
            self._singled_out[schema] = self._rules.singled_out(Access.READ, schema)
        known = self._singled_out[schema]
        if known is not None and node.key_values not in known[0]:
            return known[1]
        return self._rules.extent(Access.READ, schema, ExistingInstance(node))


class RuledWriteGate:
    """Answers what can be written (see access.WriteGate), and counts what it refuses; §3.2.5."""

    def __init__(self, rules: CompiledRules, count_refusal: Callable[[], None]) -> None:
        self._rules = rules
        self._count_refusal = count_refusal

    def require(self, kind: WriteKind, node: SchemaNode, path: DataPath) -> None:
        """Refuse to touch one data node."""
        if not self._rules.is_permitted(_ACCESSES[kind], node, NamedInstance(node, path)):
            self._refuse(path)

    def require_subtree(self, kind: WriteKind, node: DataNode) -> None:
        """Refuse to create or delete a node with all that is below it.

        What is refused is told by the path of the node itself: the session need not be able to
        read what is in it.
        """
        if not self._is_permitted_below(_ACCESSES[kind], node):
            self._refuse(node.path)

    def require_changes(self, changes: Iterable[Change], before: Side, after: Side) -> None:
        """Refuse what would become of running, by what really is different (§3.2.8)."""
        for change in changes:
            match change.kind:
                case ChangeKind.CREATED:
                    self._require_at(WriteKind.CREATE, change.path, after)
                case ChangeKind.DELETED:
                    self._require_at(WriteKind.DELETE, change.path, before)
                case ChangeKind.MODIFIED:
                    self._require_update(change.path, after)

    def _require_at(self, kind: WriteKind, path: DataPath, side: Side) -> None:
        with side(path) as tree:
            self.require_subtree(kind, _found(tree, path))

    def _require_update(self, path: DataPath, side: Side) -> None:
        with side(path) as tree:
            node = _found(tree, path)
            if not self._rules.is_permitted(Access.UPDATE, node.schema, ExistingInstance(node)):
                self._refuse(path)

    def _is_permitted_below(self, access: Access, node: DataNode) -> bool:
        """Look at a node and all that is in it but for defaults, which nobody set (§3.2.5)."""
        schema = node.schema
        instance = ExistingInstance(node)
        if self._rules.extent(access, schema, instance) is Extent.EVERYTHING:
            return True
        return self._rules.is_permitted(access, schema, instance) and all(
            self._is_permitted_below(access, child)
            for child in node.children
            if not child.is_default
        )

    def _refuse(self, path: DataPath) -> None:
        self._count_refusal()
        raise access_denied(path)


def _found(tree: DataTree, path: DataPath) -> DataNode:
    node = tree.find(path)
    assert node is not None, "a change names what is there on its side"
    return node
