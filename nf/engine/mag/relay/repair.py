"""Setting right what a server gave a router that its binding does not give it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType, IaPd, IaPrefix
from nf.engine.effects import Effect, Notify
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.mag.relay import forward
from nf.engine.mag.relay.records import RelayedNode
from nf.engine.notifications import PrefixNotDelegated

_TRANSACTION_IDS: Final = 1 << 24


def living_prefixes(message: DhcpMessage) -> tuple[IPv6Network, ...]:
    """Return the prefixes that a server's message gives a router to use."""
    return tuple(
        each.prefix for ia in message.ia_pds for each in ia.prefixes if each.valid_lifetime_s
    )


def release(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    node: RelayedNode,
    server: IPv6Address,
    given: DhcpMessage,
    foreign: Collection[IPv6Network],
) -> Effect:
    """Release prefixes on behalf of a client that is never to hear of them (RFC 8415 §18.2.7).

    A server that had merely offered them has nothing to release, and no harm is done.
    """
    kept_apart = tuple(
        replace(ia, t1_s=0, t2_s=0, status=None, prefixes=prefixes)
        for ia in given.ia_pds
        if (prefixes := tuple(each for each in ia.prefixes if each.prefix in foreign))
    )
    message = DhcpMessage(
        message_type=DhcpMessageType.RELEASE,
        transaction_id=_free_transaction_id(node, given.transaction_id),
        client_duid=given.client_duid,
        server_duid=given.server_duid,
        elapsed_time_cs=0,
        ia_pds=kept_apart,
    )
    return forward.send_for_client(gateway, entry, node, message, server)


def release_former(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    node: RelayedNode,
    server: IPv6Address,
    offer: DhcpMessage,
) -> list[Effect]:
    """Release leases of the binding's prefixes that a former client of the same node has.

    A client whose memory was wiped names itself anew, and no server gives it what another has. The
    prefix belongs to the node, whatever it calls itself.
    """
    released: list[Effect] = []
    for prefix in tuple(node.leased):
        lease = gateway.relay.leases[prefix]
        if lease.client_duid == offer.client_duid:
            continue
        gateway.relay.drop_lease(entry.mobile_node_identifier, prefix)
        named = IaPrefix(prefix=prefix, preferred_lifetime_s=0, valid_lifetime_s=0)
        former = replace(
            offer,
            client_duid=lease.client_duid,
            server_duid=lease.server_duid,
            ia_pds=(IaPd(iaid=lease.iaid, prefixes=(named,)),),
        )
        released.append(release(gateway, entry, node, server, former, (prefix,)))
    return released


def tell(
    entry: BindingUpdateListEntry,
    node: RelayedNode,
    server: IPv6Address,
    prefixes: Collection[IPv6Network],
) -> list[Effect]:
    """Tell operators that a router does not get its prefix, once until it does."""
    if node.is_told:
        return []
    node.is_told = True
    failure = PrefixNotDelegated(
        mobile_node_identifier=entry.mobile_node_identifier,
        server=server,
        prefixes=tuple(prefixes),
    )
    return [Notify(notification=failure)]


def _free_transaction_id(node: RelayedNode, taken: int) -> int:
    """Return a transaction id under which no exchange of the node is known."""
    wanted = taken
    while wanted in node.exchanges:
        wanted = (wanted + 1) % _TRANSACTION_IDS
    return wanted
