"""Which DHCPv6 messages a server must discard (RFC 8415 §16)."""

from __future__ import annotations

from typing import Final

from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.engine.mag.drops import DropReason

_TYPE = DhcpMessageType
#: Messages that go to whatever server there is (RFC 8415 §16.2, §16.5, §16.7).
TO_ANY_SERVER: Final = frozenset({_TYPE.SOLICIT, _TYPE.CONFIRM, _TYPE.REBIND})
#: Messages that name their server (RFC 8415 §16.4, §16.6, §16.8, §16.9).
TO_ONE_SERVER: Final = frozenset({_TYPE.REQUEST, _TYPE.RENEW, _TYPE.DECLINE, _TYPE.RELEASE})


def fault_of(message: DhcpMessage, server_duid: bytes | None) -> DropReason | None:
    """Return why a client's message must be discarded, None where it must not.

    A relay agent has no DUID: it leaves it to the servers whom a message is for.
    """
    if message.message_type in TO_ANY_SERVER:
        is_valid = message.client_duid is not None and message.server_duid is None
        return None if is_valid else DropReason.DHCPV6_INVALID
    if message.message_type in TO_ONE_SERVER:
        if message.client_duid is None or message.server_duid is None:
            return DropReason.DHCPV6_INVALID
        return _other_server(message, server_duid)
    if message.message_type is _TYPE.INFORMATION_REQUEST:
        return _fault_of_information_request(message, server_duid)
    return DropReason.DHCPV6_INVALID


def _fault_of_information_request(
    message: DhcpMessage, server_duid: bytes | None
) -> DropReason | None:
    """RFC 8415 §16.12: no identity association, and our DUID if any."""
    if message.ia_pds or message.ia_nas:
        return DropReason.DHCPV6_INVALID
    return _other_server(message, server_duid) if message.server_duid is not None else None


def _other_server(message: DhcpMessage, server_duid: bytes | None) -> DropReason | None:
    is_ours = server_duid is None or message.server_duid == server_duid
    return None if is_ours else DropReason.DHCPV6_OTHER_SERVER
