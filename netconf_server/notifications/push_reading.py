"""Reading a datastore for one subscription: what its session may see of what it has selected."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netconf_server.access import AccessControl
from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.filters.filter import Filter
from netconf_server.notifications.policies import PushedDatastore
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import DataPath
from netconf_server.reading.request import Reading
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.schema import Schema


class PushReader:
    """Makes what is pushed the same as what a get would return (RFC 8641 §3.7, §3.9)."""

    def __init__(
        self, schema: Schema, datastores: Datastores, access: Callable[[], AccessControl]
    ) -> None:
        self.schema = schema
        self._datastores = datastores
        self._access = access

    def read(
        self, session: SessionRecord, datastore: PushedDatastore, selection: Filter | None
    ) -> Iterator[bytes]:
        """Yield the top-level elements that are selected, in slices; raises RpcError."""
        reading = Reading(
            selection=selection,
            with_state=datastore is PushedDatastore.OPERATIONAL,
            gate=self._access().read_gate(session),
        )
        return self._datastores.read(DatastoreName.RUNNING, reading)

    def may_see(self, session: SessionRecord, node: SchemaNode, path: DataPath) -> bool:
        """Tell whether a session may know of a node that is not there any more."""
        gate = self._access().read_gate(session)
        if gate is None or gate.is_whole_readable(node):
            return True
        if gate.is_never_readable(node):
            return False
        with self.schema.new_tree() as tree:
            tree.create_path(path)
            found = tree.find(path)
            while found is not None and gate.may_read(found):
                found = found.parent
            return found is None

    def may_receive(self, session: SessionRecord, notification: SchemaNode) -> bool:
        """Tell whether a session gets notifications of a kind (RFC 8341 §3.4.6)."""
        return self._access().may_receive(session, notification, notification.data_path)
