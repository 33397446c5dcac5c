"""Where the interfaces of mobile nodes really are, whatever the MAGs believe."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network
from random import Random
from typing import Final

from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType, IaPd, IaPrefix
from nf.codec.messages import MobileNodeIdentifier
from nf.engine.configuration import DomainConfiguration, MobileNode
from nf.engine.events import DhcpMessageReceived, Event, NodeLost, NodeSeen, RouterSolicited
from nf.engine.values import AttachSource, LinkLayerAddress

SERVER_DUID: Final = DomainConfiguration().server_duid
#: By what a node shows itself, other than by a packet that wants an answer.
SIGNS: Final = (
    AttachSource.LINK_STATE,
    AttachSource.NEIGHBOUR_SOLICITATION,
    AttachSource.MULTICAST_LISTENER_REPORT,
)
_TYPE = DhcpMessageType
#: What routers send; what no client sends, now and then.
DHCP_TYPES: Final = (
    *(_TYPE.SOLICIT, _TYPE.REQUEST, _TYPE.RENEW) * 3,
    *(_TYPE.REBIND, _TYPE.RELEASE, _TYPE.CONFIRM, _TYPE.DECLINE, _TYPE.INFORMATION_REQUEST),
    _TYPE.REPLY,
)
TO_ANY_SERVER: Final = (_TYPE.SOLICIT, _TYPE.REBIND, _TYPE.CONFIRM)


@dataclass(slots=True, kw_only=True)
class Interface:
    """One interface of a mobile node."""

    node: MobileNodeIdentifier
    address: LinkLayerAddress
    link_local_address: IPv6Address
    #: The host and the link where it is; None: out of reach.
    place: tuple[str, str] | None = None
    #: What DHCPv6 replies have delegated lately.
    prefixes: tuple[IPv6Network, ...] = ()

    def learn(self, reply: DhcpMessage) -> None:
        """Remember some of the prefixes that were delegated, those of old too."""
        prefixes = (each.prefix for ia in reply.ia_pds for each in ia.prefixes)
        self.prefixes = tuple(dict.fromkeys((*prefixes, *self.prefixes)))[:3]


@dataclass(slots=True)
class Radio:
    """All interfaces, by link-layer address."""

    interfaces: dict[LinkLayerAddress, Interface] = field(default_factory=dict)

    def add(self, node: MobileNode) -> None:
        """Take up a node with all its interfaces."""
        for address in node.link_layer_identifiers:
            self.interfaces[address] = Interface(
                node=node.identifier,
                address=address,
                link_local_address=IPv6Address((0xFE80 << 112) + int.from_bytes(address)),
            )

    def by_link_local_address(self, address: IPv6Address) -> Interface:
        """Return the interface with an address."""
        return self.interfaces[LinkLayerAddress(address.packed[-6:])]

    def at(self, host: str, link: str) -> list[Interface]:
        """Return the interfaces on a link."""
        return [each for each in self.interfaces.values() if each.place == (host, link)]


def sign_of(random: Random, interface: Interface, link: str) -> Event:
    """Return one of the ways in which an interface shows itself."""
    kind = random.randrange(10)
    if kind < 3:
        source = interface.link_local_address if kind else IPv6Address("::")
        return RouterSolicited(link=link, link_layer_address=interface.address, source=source)
    if kind < 6:
        return dhcp_message_of(random, interface, link)
    return NodeSeen(
        link=link,
        link_layer_address=interface.address,
        source=random.choice(SIGNS),
        link_local_address=interface.link_local_address if kind < 9 else None,
    )


def loss_of(random: Random, interface: Interface, link: str) -> Event:
    """Return how a link notices that an interface has gone."""
    source = random.choice((AttachSource.LINK_STATE, AttachSource.NEIGHBOUR_UNREACHABLE))
    return NodeLost(link=link, link_layer_address=interface.address, source=source)


def dhcp_message_of(random: Random, interface: Interface, link: str) -> Event:
    """Return what a DHCPv6 client says, right or wrong."""
    kind = random.choice(DHCP_TYPES)
    known = tuple(
        IaPrefix(prefix=each, preferred_lifetime_s=0, valid_lifetime_s=0)
        for each in interface.prefixes[: random.randrange(3)]
    )
    is_to_any = kind in TO_ANY_SERVER
    message = DhcpMessage(
        message_type=kind,
        transaction_id=random.randrange(1 << 24),
        client_duid=b"\x00\x03\x00\x01" + interface.address,
        server_duid=None if is_to_any else SERVER_DUID,
        ia_pds=(IaPd(iaid=1, prefixes=known),) if random.randrange(8) else (),
        rapid_commit=random.randrange(3) == 0,
    )
    return DhcpMessageReceived(
        link=link,
        link_layer_address=interface.address,
        source=interface.link_local_address,
        message=message,
    )
