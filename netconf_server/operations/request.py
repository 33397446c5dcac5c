"""What an operation is given, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from netconf_server.access import Rights
from netconf_server.management import Management
from netconf_server.protocol.replies import Streamed
from netconf_server.protocol.sessions import SessionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One operation that one session asks for."""

    operation: etree._Element
    session: SessionRecord
    management: Management

    @property
    def session_id(self) -> int:
        """The id of the session that asks."""
        return self.session.session_id

    @property
    def rights(self) -> Rights:
        """What the session may read and write now."""
        access = self.management.access
        return Rights(access.read_gate(self.session), access.write_gate(self.session))


#: The children of the rpc-reply; none of them means ``ok``.
Output: TypeAlias = "list[etree._Element] | Streamed"

#: Carries a request out; raises RpcError.
Handler: TypeAlias = Callable[[Request], Output]
