"""How packets out of a tunnel look to the packet filter, for each way into the tunnel."""

from __future__ import annotations

from socket import IPPROTO_IPV6
from typing import Final

from nf.drivers.kernel import nft_expressions as nft
from nf.drivers.kernel.ip6tnl import device_of
from nf.drivers.kernel.nftables import INTERFACE_NAME, INTERFACE_NAME_LENGTH
from nf.drivers.kernel.source_filter import IPV6_ADDRESS, TYPE_BITS, Inlet
from nf.engine.configuration import DriverName
from nf.engine.values import Tunnel

#: Where the addresses of an IPv6 header begin.
_ADDRESSES: Final = 8
_ADDRESS_LENGTH: Final = 16


class Srv6Inlet:
    """Packets come with their outer header still on, and are seen once.

    What stands between the headers is skipped here as it is where the outer one is taken off. Of a
    packet in fragments nothing is let in: nothing takes it apart either.
    """

    layout: Final = "srv6"
    tunnel_type: Final = (IPV6_ADDRESS << TYPE_BITS | IPV6_ADDRESS, 2 * _ADDRESS_LENGTH)
    peer_type: Final = IPV6_ADDRESS

    def load_tunnel(self) -> bytes:
        """Load the outer addresses of what has an IPv6 header inside."""
        is_tunnelled = nft.equals(bytes([IPPROTO_IPV6]), nft.FIRST)
        addresses = nft.payload(nft.Base.NETWORK, _ADDRESSES, 2 * _ADDRESS_LENGTH, nft.FIRST)
        return nft.meta(nft.Meta.NEXT_HEADER, nft.FIRST) + is_tunnelled + addresses

    def load_source(self) -> bytes:
        """Load the source behind the outer header."""
        return nft.payload(nft.Base.TRANSPORT, _ADDRESSES, _ADDRESS_LENGTH, nft.FIRST)

    def load_peer(self) -> bytes:
        """Load the outer source."""
        return nft.payload(nft.Base.NETWORK, _ADDRESSES, _ADDRESS_LENGTH, nft.SECOND)

    def tunnel_key(self, tunnel: Tunnel) -> bytes:
        """Return the outer addresses of what comes in."""
        return tunnel.remote.packed + tunnel.local.packed

    def peer_key(self, tunnel: Tunnel) -> bytes:
        """Return the outer source of what comes in."""
        return tunnel.remote.packed


class Ip6TnlInlet:
    """Packets come out of a device of their peer's own, without an outer header."""

    layout: Final = "ip6tnl"
    tunnel_type: Final = (INTERFACE_NAME, INTERFACE_NAME_LENGTH)
    peer_type: Final = INTERFACE_NAME

    def load_tunnel(self) -> bytes:
        """Load the name of the device."""
        return nft.meta(nft.Meta.INPUT_NAME, nft.FIRST)

    def load_source(self) -> bytes:
        """Load the source."""
        return nft.payload(nft.Base.NETWORK, _ADDRESSES, _ADDRESS_LENGTH, nft.FIRST)

    def load_peer(self) -> bytes:
        """Load the name of the device."""
        return nft.meta(nft.Meta.INPUT_NAME, nft.SECOND)

    def tunnel_key(self, tunnel: Tunnel) -> bytes:
        """Return the name of the device."""
        return device_of(tunnel).encode().ljust(INTERFACE_NAME_LENGTH, b"\0")

    def peer_key(self, tunnel: Tunnel) -> bytes:
        """Return the name of the device."""
        return self.tunnel_key(tunnel)


def inlet_of(driver: DriverName) -> Inlet:
    """Return how packets out of a driver's tunnels look."""
    return Ip6TnlInlet() if driver is DriverName.IP6TNL else Srv6Inlet()
