"""What the delegating router answers, as values out of values (RFC 8415 §18.3).

The binding's mobile network prefixes are the leases, so any MAG of the domain gives the same
answer; of a lease no more is remembered than when the last one that was given here ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Network

from nf.codec.dhcpv6_messages import (
    DhcpMessage,
    DhcpMessageType,
    DhcpStatus,
    DhcpStatusCode,
    IaNa,
    IaPd,
    IaPrefix,
)

_TYPE = DhcpMessageType
_NO_PREFIX = DhcpStatus(
    code=DhcpStatusCode.NO_PREFIX_AVAIL, message="no mobile network prefix for this node"
)
_NO_ADDRESS = DhcpStatus(
    code=DhcpStatusCode.NO_ADDRS_AVAIL, message="addresses are not assigned here"
)
_NOT_ON_LINK = DhcpStatus(code=DhcpStatusCode.NOT_ON_LINK)
_NO_BINDING = DhcpStatus(code=DhcpStatusCode.NO_BINDING)
_SUCCESS = DhcpStatus(code=DhcpStatusCode.SUCCESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """What a node may have now: the prefixes of its binding and how long they last."""

    mobile_network_prefixes: tuple[IPv6Network, ...] = ()
    #: On-link prefixes of the node, to judge addresses by.
    home_network_prefixes: tuple[IPv6Network, ...] = ()
    lifetime_s: int = 0
    #: Whether the node is told of changes, if its client accepts that.
    is_reconfigurable: bool = False


def assignment(message: DhcpMessage, server_duid: bytes, delegation: Delegation) -> DhcpMessage:
    """Return Advertise or Reply to a Solicit, Request, Renew or Rebind.

    RFC 8415 §18.3.1, §18.3.2, §18.3.4, §18.3.5: a Solicit with Rapid Commit gets a Reply with
    Rapid Commit; new associations are made whatever the message, since the prefix belongs to
    the node and not to the exchange.
    """
    is_solicit = message.message_type is _TYPE.SOLICIT
    is_committed = not is_solicit or message.rapid_commit
    shares = share_out(message.ia_pds, delegation.mobile_network_prefixes)
    return DhcpMessage(
        message_type=_TYPE.REPLY if is_committed else _TYPE.ADVERTISE,
        transaction_id=message.transaction_id,
        client_duid=message.client_duid,
        server_duid=server_duid,
        rapid_commit=is_solicit and message.rapid_commit,
        reconfigure_accept=message.reconfigure_accept and delegation.is_reconfigurable,
        ia_pds=tuple(
            _answered(message, ia, shares[ia.iaid], delegation.lifetime_s) for ia in message.ia_pds
        ),
        ia_nas=tuple(_without_address(message, ia, delegation) for ia in message.ia_nas),
    )


def delegates(reply: DhcpMessage) -> bool:
    """Tell whether a reply gives any prefix to use."""
    return any(each.valid_lifetime_s for ia in reply.ia_pds for each in ia.prefixes)


def share_out(
    ia_pds: Sequence[IaPd], prefixes: Sequence[IPv6Network]
) -> Mapping[int, tuple[IPv6Network, ...]]:
    """Divide prefixes among identity associations, by IAID, the same way every time.

    Each keeps the prefixes that it names; the others go round those that name none of ours, in
    the order of their IAIDs. What has no prefix then gets none.
    """
    named = {ia.iaid: {each.prefix for each in ia.prefixes} for ia in ia_pds}
    shares: dict[int, list[IPv6Network]] = {iaid: [] for iaid in sorted(named)}
    rest: list[IPv6Network] = []
    for prefix in prefixes:
        keeper = next((iaid for iaid in shares if prefix in named[iaid]), None)
        (rest if keeper is None else shares[keeper]).append(prefix)
    takers = [share for share in shares.values() if not share]
    for index, prefix in enumerate(rest if takers else ()):
        takers[index % len(takers)].append(prefix)
    return {iaid: tuple(share) for iaid, share in shares.items()}


def released(
    message: DhcpMessage, server_duid: bytes, prefixes: Sequence[IPv6Network]
) -> tuple[DhcpMessage, tuple[IPv6Network, ...]]:
    """Return the Reply to a Release and which of the node's prefixes it gives back.

    RFC 8415 §18.3.7: Success for the message; an association that holds none of our prefixes
    has no binding; leases that are not the client's are ignored.
    """
    given_back = tuple(
        prefix
        for prefix in prefixes
        if any(prefix == each.prefix for ia in message.ia_pds for each in ia.prefixes)
    )
    strangers = [
        ia for ia in message.ia_pds if not any(each.prefix in prefixes for each in ia.prefixes)
    ]
    return _without_binding(message, server_duid, strangers), given_back


def declined(message: DhcpMessage, server_duid: bytes) -> DhcpMessage:
    """Return the Reply to a Decline, which can only be about addresses (RFC 8415 §18.3.8)."""
    return _without_binding(message, server_duid, message.ia_pds)


def confirmed(
    message: DhcpMessage, server_duid: bytes, delegation: Delegation
) -> DhcpMessage | None:
    """Return the Reply to a Confirm, which asks whether addresses are of this link.

    RFC 8415 §18.3.3: None, that is no Reply, where there is no address or no prefix to judge by.
    """
    addresses = [each.address for ia in message.ia_nas for each in ia.addresses]
    on_link = delegation.home_network_prefixes
    if not addresses or not on_link:
        return None
    is_on_link = all(any(address in prefix for prefix in on_link) for address in addresses)
    return _reply(message, server_duid, status=_SUCCESS if is_on_link else _NOT_ON_LINK)


def informed(message: DhcpMessage, server_duid: bytes) -> DhcpMessage:
    """Return the Reply to an Information-request; there is nothing to tell (RFC 8415 §18.3.6)."""
    return _reply(message, server_duid, status=None)


def _answered(
    message: DhcpMessage, ia: IaPd, share: tuple[IPv6Network, ...], lifetime_s: int
) -> IaPd:
    """Return an IA_PD with its share, T1 and T2 at 0.5 and 0.8 of the lifetime (§21.21).

    In answer to Renew and Rebind, a prefix that is not the node's comes back with lifetime 0.
    """
    granted = tuple(_prefix(prefix, lifetime_s) for prefix in share)
    renews = message.message_type in (_TYPE.RENEW, _TYPE.REBIND)
    wrong = tuple(
        _prefix(each.prefix, 0)
        for each in ia.prefixes
        if renews and each.prefix not in share and not each.prefix.network_address.is_unspecified
    )
    if not share:
        return IaPd(iaid=ia.iaid, prefixes=wrong, status=_NO_PREFIX)
    return IaPd(
        iaid=ia.iaid,
        t1_s=lifetime_s // 2,
        t2_s=lifetime_s * 4 // 5,
        prefixes=(*granted, *wrong),
    )


def _prefix(prefix: IPv6Network, lifetime_s: int) -> IaPrefix:
    return IaPrefix(prefix=prefix, preferred_lifetime_s=lifetime_s, valid_lifetime_s=lifetime_s)


def _without_address(message: DhcpMessage, ia: IaNa, delegation: Delegation) -> IaNa:
    """Return an IA_NA that gets no address: nodes number themselves from the advertised HNP.

    RFC 8415 §18.3.2: NotOnLink where a Request names an address that is not of this link.
    """
    is_foreign = message.message_type is _TYPE.REQUEST and any(
        not any(each.address in prefix for prefix in delegation.home_network_prefixes)
        for each in ia.addresses
    )
    return IaNa(iaid=ia.iaid, status=_NOT_ON_LINK if is_foreign else _NO_ADDRESS)


def _without_binding(
    message: DhcpMessage, server_duid: bytes, ia_pds: Sequence[IaPd]
) -> DhcpMessage:
    return DhcpMessage(
        message_type=_TYPE.REPLY,
        transaction_id=message.transaction_id,
        client_duid=message.client_duid,
        server_duid=server_duid,
        status=_SUCCESS,
        ia_pds=tuple(IaPd(iaid=ia.iaid, status=_NO_BINDING) for ia in ia_pds),
        ia_nas=tuple(IaNa(iaid=ia.iaid, status=_NO_BINDING) for ia in message.ia_nas),
    )


def _reply(message: DhcpMessage, server_duid: bytes, *, status: DhcpStatus | None) -> DhcpMessage:
    return DhcpMessage(
        message_type=_TYPE.REPLY,
        transaction_id=message.transaction_id,
        client_duid=message.client_duid,
        server_duid=server_duid,
        status=status,
    )
