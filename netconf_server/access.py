"""What a session may do, asked at each place where RFC 8341 wants it asked.

Only the questions stand here; the rules that answer them are in ``nacm``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol, TypeAlias

from netconf_server.errors import RpcError
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import Change, DataPath
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.tree import DataTree

#: Shows a tree in which a path is as it was on one side of a change (``changes.Look``).
Side: TypeAlias = Callable[[DataPath], AbstractContextManager[DataTree]]


class WriteKind(Enum):
    """The access operations that change data (RFC 8341 §3.2.2)."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class WriteGate(Protocol):
    """What one session may write; each method raises RpcError ``access-denied`` with the path."""

    def require(self, kind: WriteKind, node: SchemaNode, path: DataPath) -> None:
        """Refuse to touch this one data node (not what is below it)."""

    def require_subtree(self, kind: WriteKind, node: DataNode) -> None:
        """Refuse to create or delete an existing node with all that is below it."""

    def require_changes(self, changes: Iterable[Change], before: Side, after: Side) -> None:
        """Refuse what a commit or a copy would do to running (RFC 8341 §3.2.8).

        A change names the topmost node only; what is in it is looked up where it matters.
        """


class Extent(Enum):
    """How much of a node, with all that is in it, is open to a kind of access."""

    NOTHING = "nothing"
    SOME = "some"
    EVERYTHING = "everything"


class ReadGate(Protocol):
    """What one session may read; what is not readable is left out without a word (§3.2.4)."""

    def is_whole_readable(self, node: SchemaNode) -> bool:
        """Tell whether every instance of the node can be read with all that can be below it."""

    def is_never_readable(self, node: SchemaNode) -> bool:
        """Tell whether no instance of the node, nor anything below it, can be read."""

    def may_read(self, node: DataNode) -> bool:
        """Decide about one data node where neither of the two is so; its parent can be read."""

    def may_read_whole(self, node: DataNode) -> bool:
        """Tell whether a data node can be read with all in it, given that its parent can."""

    def extent(self, node: DataNode) -> Extent:
        """Tell how much of a data node can be read: the two above in one, for large reads."""

    def common_extent(self, node: SchemaNode) -> Extent | None:
        """Tell what ``extent`` says of every instance of the node; None if that may differ."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one session may read and write; None: everything."""

    read: ReadGate | None = None
    write: WriteGate | None = None


#: The rights of the server itself, and of those whom no access control binds.
ALL_RIGHTS: Final = Rights()


class AccessControl(Protocol):
    """The rules for all sessions."""

    def require_operation(self, session: SessionRecord, node: SchemaNode | None, tag: str) -> None:
        """Refuse a protocol operation or an rpc (§3.4.4); ``tag`` is its qualified name."""

    def require_action(self, session: SessionRecord, node: DataNode) -> None:
        """Refuse an action on a data node (§3.4.6), of which the ancestors must be readable."""

    def write_gate(self, session: SessionRecord) -> WriteGate | None:
        """Return what the session may write; None: everything."""

    def read_gate(self, session: SessionRecord) -> ReadGate | None:
        """Return what the session may read; None: everything."""

    def may_receive(self, session: SessionRecord, node: SchemaNode, path: DataPath) -> bool:
        """Tell whether a session gets a notification of this type (§3.4.6); ``path`` if in data."""

    def redacted(self, session: SessionRecord, error: RpcError) -> RpcError:
        """Return an error without what the session may not read (§3.4.3)."""


class Unrestricted:
    """Permits everything: a server without access control."""

    def require_operation(self, session: SessionRecord, node: SchemaNode | None, tag: str) -> None:
        """Permit it."""

    def require_action(self, session: SessionRecord, node: DataNode) -> None:
        """Permit it."""

    def write_gate(self, session: SessionRecord) -> WriteGate | None:
        """Return no bounds."""
        return None

    def read_gate(self, session: SessionRecord) -> ReadGate | None:
        """Return no bounds."""
        return None

    def may_receive(self, session: SessionRecord, node: SchemaNode, path: DataPath) -> bool:
        """Permit it."""
        return True

    def redacted(self, session: SessionRecord, error: RpcError) -> RpcError:
        """Return the error as it is."""
        return error
