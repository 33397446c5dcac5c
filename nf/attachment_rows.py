"""Attached nodes of a MAG as rows of a table, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv6Address, IPv6Network
from struct import Struct
from typing import Any, Final, TypeAlias

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.packed_prefix import PREFIX_OCTETS, masked, octets_of
from nf.engine.values import (
    AttachSource,
    LinkLayerAddress,
    StoredAttachment,
    StoredLease,
    StoredRegistration,
    StoredRelayedLease,
    Tunnel,
)

#: Addresses are 16 octets; prefixes 17, their length first. A node without a registration, or
#: without a lease, has nothing in the columns of it.
TABLE: Final = """
CREATE TABLE attachment (
    mobile_node_identifier TEXT PRIMARY KEY,
    link TEXT NOT NULL,
    link_layer_address BLOB NOT NULL,
    link_local_address BLOB,
    attached_utc_us INTEGER NOT NULL,
    last_seen_utc_us INTEGER NOT NULL,
    last_source TEXT NOT NULL,
    held_until_utc_us INTEGER,
    proxy_care_of_address BLOB,
    local_mobility_anchor BLOB,
    redirected_by BLOB,
    access_technology_type INTEGER,
    is_mobile_router INTEGER,
    home_network_prefixes BLOB,
    mobile_network_prefixes BLOB,
    lifetime_s INTEGER,
    has_released INTEGER,
    client_duid BLOB,
    client_address BLOB,
    leased_prefixes BLOB,
    is_reconfigurable INTEGER,
    lease_ends_utc_us INTEGER,
    relayed_leases BLOB NOT NULL
) WITHOUT ROWID;
"""
PUT: Final = f"INSERT OR REPLACE INTO attachment VALUES ({','.join(23 * '?')})"
DELETE: Final = "DELETE FROM attachment WHERE mobile_node_identifier = ?"
ALL: Final = "SELECT * FROM attachment ORDER BY mobile_node_identifier"

#: Where the columns of the registration, of the lease and of relayed leases begin.
_REGISTRATION, _LEASE, _RELAYED_LEASES = 8, 17, 22
#: A relayed lease: prefix, IAID, end or a negative number, lengths of the two DUIDs that follow.
_RELAYED: Final = Struct(f"!{PREFIX_OCTETS}sIqBB")

_Row: TypeAlias = "tuple[Any, ...]"


def row_of(attachment: StoredAttachment) -> _Row:
    """Return an attachment as a row."""
    return (
        attachment.mobile_node_identifier,
        attachment.link,
        attachment.link_layer_address,
        _packed(attachment.link_local_address),
        attachment.attached_utc_us,
        attachment.last_seen_utc_us,
        attachment.last_source.value,
        attachment.held_until_utc_us,
        *_registration_columns(attachment.registration),
        *_lease_columns(attachment.lease),
        b"".join(_relayed_lease_octets(each) for each in attachment.relayed_leases),
    )


def attachment_of(row: _Row) -> StoredAttachment:
    """Return the attachment of a row; raises ValueError or TypeError for one that is none."""
    node, link, link_layer, link_local, attached, seen, source, held_until = row[:_REGISTRATION]
    return StoredAttachment(
        mobile_node_identifier=MobileNodeIdentifier(node),
        link=link,
        link_layer_address=LinkLayerAddress(link_layer),
        link_local_address=_address(link_local),
        attached_utc_us=attached,
        last_seen_utc_us=seen,
        last_source=AttachSource(source),
        held_until_utc_us=held_until,
        registration=_registration(row[_REGISTRATION:_LEASE]),
        lease=_lease(row[_LEASE:_RELAYED_LEASES]),
        relayed_leases=tuple(_relayed_leases(row[_RELAYED_LEASES])),
    )


def _registration_columns(registration: StoredRegistration | None) -> _Row:
    if registration is None:
        return (None,) * (_LEASE - _REGISTRATION)
    return (
        registration.tunnel.local.packed,
        registration.tunnel.remote.packed,
        _packed(registration.redirected_by),
        registration.access_technology_type,
        registration.is_mobile_router,
        _octets(registration.home_network_prefixes),
        _octets(registration.mobile_network_prefixes),
        registration.lifetime_s,
        registration.has_released,
    )


def _registration(columns: _Row) -> StoredRegistration | None:
    local, remote, redirected_by, technology, is_router, home, mobile, lifetime, released = columns
    if local is None:
        return None
    return StoredRegistration(
        tunnel=Tunnel(local=IPv6Address(local), remote=IPv6Address(remote)),
        redirected_by=_address(redirected_by),
        access_technology_type=technology,
        is_mobile_router=bool(is_router),
        home_network_prefixes=_networks(home),
        mobile_network_prefixes=_networks(mobile),
        lifetime_s=lifetime,
        has_released=bool(released),
    )


def _lease_columns(lease: StoredLease | None) -> _Row:
    if lease is None:
        return (None,) * 5
    return (
        lease.client_duid,
        lease.client_address.packed,
        _octets(lease.prefixes),
        lease.is_reconfigurable,
        lease.ends_utc_us,
    )


def _lease(columns: _Row) -> StoredLease | None:
    duid, address, prefixes, is_reconfigurable, ends = columns
    if duid is None:
        return None
    return StoredLease(
        client_duid=duid,
        client_address=IPv6Address(address),
        prefixes=_networks(prefixes),
        is_reconfigurable=bool(is_reconfigurable),
        ends_utc_us=ends,
    )


def _relayed_lease_octets(lease: StoredRelayedLease) -> bytes:
    """Return a lease in octets; a DUID that is not known has none."""
    client, server = lease.client_duid or b"", lease.server_duid or b""
    ends = -1 if lease.ends_utc_us is None else lease.ends_utc_us
    head = _RELAYED.pack(octets_of(lease.prefix), lease.iaid, ends, len(client), len(server))
    return head + client + server


def _relayed_leases(octets: bytes) -> Iterator[StoredRelayedLease]:
    at = 0
    while at < len(octets):
        prefix, iaid, ends, client, server = _RELAYED.unpack_from(octets, at)
        client_at = at + _RELAYED.size
        server_at = client_at + client
        at = server_at + server
        yield StoredRelayedLease(
            prefix=masked(prefix),
            iaid=iaid,
            client_duid=octets[client_at:server_at] or None,
            server_duid=octets[server_at:at] or None,
            ends_utc_us=None if ends < 0 else ends,
        )


def _packed(address: IPv6Address | None) -> bytes | None:
    return None if address is None else address.packed


def _address(octets: bytes | None) -> IPv6Address | None:
    return None if octets is None else IPv6Address(octets)


def _octets(prefixes: Sequence[IPv6Network]) -> bytes:
    return b"".join([octets_of(prefix) for prefix in prefixes])


def _networks(octets: bytes) -> tuple[IPv6Network, ...]:
    starts = range(0, len(octets), PREFIX_OCTETS)
    return tuple([masked(octets[at : at + PREFIX_OCTETS]) for at in starts])
