"""A MAG that relays, with a mobile router that is registered and a server that the test plays."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from nf.codec.dhcpv6 import decode_dhcp_message, encode_dhcp_message
from nf.codec.dhcpv6_messages import (
    DhcpMessage,
    DhcpMessageType,
    IaNa,
    IaPd,
    IaPrefix,
)
from nf.codec.dhcpv6_relay_messages import RelayMessage, RelayMessageType
from nf.engine.access_configuration import Dhcpv6Relay
from nf.engine.configuration import ConfigurationItem
from nf.engine.effects import Effect, PassDhcpMessage, SendRelayMessage
from nf.engine.events import DhcpMessageReceived, RelayMessageReceived
from tests.engine.mag.bench import (
    ADDRESS,
    CLIENT,
    LINK,
    MAC,
    MNP,
    OTHER_LINK,
    PROFILE,
    ROLE,
    Bench,
    ia_pd,
    message,
    of,
)

TYPE = DhcpMessageType
KEA: Final = IPv6Address("2001:db8:f::53")
OTHER_KEA: Final = IPv6Address("2001:db8:f::54")
KEA_DUID: Final = bytes.fromhex("000100010000000002000000aa53")
RELAYED_LINK: Final = replace(LINK, dhcpv6_relay=True)
RELAY: Final = Dhcpv6Relay(servers=(KEA,))
RELAYING: Final = replace(ROLE, access_links=(RELAYED_LINK, OTHER_LINK), dhcpv6_relay=RELAY)
TWO_PREFIXES: Final = replace(PROFILE, mobile_network_prefix_count=2)


class RelayBench(Bench):
    """Drives a MAG that relays; what it tells its servers is on record."""

    def __init__(self, *items: ConfigurationItem) -> None:
        self.relayed: list[RelayMessage] = []
        super().__init__(RELAYING, *items)

    def client(self, told: DhcpMessage) -> list[Effect]:
        """Let the client say something, octet by octet."""
        return self.client_octets(told, encode_dhcp_message(told))

    def client_octets(self, told: DhcpMessage, octets: bytes) -> list[Effect]:
        return self._kept(
            self.handle(
                DhcpMessageReceived(
                    link="access0",
                    link_layer_address=MAC,
                    source=ADDRESS,
                    message=told,
                    octets=octets,
                )
            )
        )

    def server(self, told: DhcpMessage, *, source: IPv6Address = KEA) -> list[Effect]:
        """Let a server answer what was relayed last."""
        return self.server_octets(encode_dhcp_message(told), source=source)

    def server_octets(self, octets: bytes, *, source: IPv6Address = KEA) -> list[Effect]:
        return self.relay_message(self.relay_reply(octets), source=source)

    def relay_reply(self, octets: bytes) -> RelayMessage:
        """Return a server's answer to what was relayed last."""
        return replace(
            self.relayed[-1],
            message_type=RelayMessageType.RELAY_REPLY,
            relayed=octets,
            subscriber_id=None,
        )

    def relay_message(
        self, told: RelayMessage, *, source: IPv6Address = KEA, interface: str = "core0"
    ) -> list[Effect]:
        return self._kept(
            self.handle(RelayMessageReceived(source=source, interface=interface, message=told))
        )

    def fire(self, effects: list[Effect]) -> list[Effect]:
        """Take down what else was relayed."""
        return self._kept(effects)

    def _kept(self, effects: list[Effect]) -> list[Effect]:
        self.relayed += [each.message for each in of(SendRelayMessage, effects)]
        return effects


def relaying(*items: ConfigurationItem, mnps: tuple[IPv6Network, ...] = (MNP,)) -> RelayBench:
    """Return a MAG that relays, and has registered the mobile router."""
    bench = RelayBench(*items)
    bench.seen()
    bench.accepted(mnps=mnps)
    return bench


def delegated(*items: ConfigurationItem, lifetime_s: int = 600) -> RelayBench:
    """Return a MAG through which the mobile router has its lease."""
    bench = relaying(*items)
    bench.client(request(ia_pd(MNP)))
    bench.server(reply(ia_pd(MNP, lifetime_s=lifetime_s), transaction_id=2))
    return bench


def request(*ia_pds: IaPd, transaction_id: int = 2) -> DhcpMessage:
    return message(TYPE.REQUEST, *ia_pds, server=KEA_DUID, transaction_id=transaction_id)


def renew(*ia_pds: IaPd, transaction_id: int = 3) -> DhcpMessage:
    return message(TYPE.RENEW, *ia_pds, server=KEA_DUID, transaction_id=transaction_id)


def rebind(*ia_pds: IaPd, transaction_id: int = 4) -> DhcpMessage:
    return message(TYPE.REBIND, *ia_pds, transaction_id=transaction_id)


def advertise(*ia_pds: IaPd, transaction_id: int = 1) -> DhcpMessage:
    return message(TYPE.ADVERTISE, *ia_pds, server=KEA_DUID, transaction_id=transaction_id)


def reply(
    *ia_pds: IaPd, transaction_id: int, ia_nas: tuple[IaNa, ...] = (), client: bytes = CLIENT
) -> DhcpMessage:
    return message(
        TYPE.REPLY,
        *ia_pds,
        ia_nas=ia_nas,
        server=KEA_DUID,
        client=client,
        transaction_id=transaction_id,
    )


def hinted(*prefixes: IPv6Network, iaid: int = 7) -> IaPd:
    return ia_pd(*prefixes, iaid=iaid)


def lease(prefix: IPv6Network, lifetime_s: int) -> IaPrefix:
    return IaPrefix(prefix=prefix, preferred_lifetime_s=lifetime_s, valid_lifetime_s=lifetime_s)


def told_server(effects: list[Effect]) -> list[DhcpMessage]:
    """Return the DHCPv6 messages that the effects relay."""
    return [decode_dhcp_message(each.message.relayed) for each in of(SendRelayMessage, effects)]


def told_client(effects: list[Effect]) -> list[DhcpMessage]:
    """Return the DHCPv6 messages that the effects pass on to the client."""
    return [decode_dhcp_message(each.octets) for each in of(PassDhcpMessage, effects)]
