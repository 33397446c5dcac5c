"""A MAG on the bench: one link or two, one mobile router, an LMA that the test plays."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import TypeVar

from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType, IaNa, IaPd, IaPrefix
from nf.codec.messages import (
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    MobilityMessage,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
)
from nf.codec.registry import AccessTechnologyType, Status
from nf.engine.access_configuration import AccessLink
from nf.engine.configuration import (
    Configuration,
    ConfigurationItem,
    DomainConfiguration,
    MagConfiguration,
    MobileNode,
    PolicyProfile,
)
from nf.engine.effects import Effect, SendDhcpMessage, SendMessage, SendRouterAdvertisement
from nf.engine.events import (
    ConfigurationChanged,
    DhcpMessageReceived,
    Event,
    MessageReceived,
    NodeLost,
    NodeSeen,
    RouterSolicited,
    Started,
    TimerExpired,
)
from nf.engine.mag.attachment import SHORTEST_VISIT_MS
from nf.engine.mag.mag import Mag
from nf.engine.mag.records import BindingUpdateListEntry, RegistrationState
from nf.engine.store_effects import ForgetAttachment, PersistAttachment
from nf.engine.values import (
    AttachSource,
    Instant,
    LinkLayerAddress,
    Timer,
    TimerKind,
    Tunnel,
)

MAG = IPv6Address("2001:db8:f::11")
LMA = IPv6Address("2001:db8:f::1")
OTHER_LMA = IPv6Address("2001:db8:f::2")
TUNNEL = Tunnel(local=MAG, remote=LMA)
NODE = MobileNodeIdentifier("mr1@example.net")
OTHER_NODE = MobileNodeIdentifier("mr2@example.net")
MAC = LinkLayerAddress(bytes.fromhex("020000000101"))
OTHER_MAC = LinkLayerAddress(bytes.fromhex("020000000202"))
STRANGE_MAC = LinkLayerAddress(bytes.fromhex("0200000000ff"))
ADDRESS = IPv6Address("fe80::101")
HNP = IPv6Network("2001:db8:1::/64")
OTHER_HNP = IPv6Network("2001:db8:2::/64")
MNP = IPv6Network("2001:db8:a100::/56")
OTHER_MNP = IPv6Network("2001:db8:a200::/56")
FOREIGN = IPv6Network("2001:db8:bad::/56")
CLIENT = bytes.fromhex("0003000102000000aa01")
SERVER = DomainConfiguration().server_duid
START_UTC_US = 1_800_000_000_000_000

LINK = AccessLink(interface="access0", access_technology_type=AccessTechnologyType.IEEE_802_11)
OTHER_LINK = AccessLink(interface="access1", access_technology_type=AccessTechnologyType.IEEE_802_3)
ROLE = MagConfiguration(proxy_care_of_address=MAG, access_links=(LINK, OTHER_LINK))
PROFILE = PolicyProfile(name="router", network_mobility=True, registration_lifetime_s=400)
HOST_PROFILE = PolicyProfile(name="host", registration_lifetime_s=400)
ROUTER = MobileNode(
    identifier=NODE,
    policy_profile="router",
    link_layer_identifiers=(MAC,),
    local_mobility_anchor=LMA,
)
OTHER_ROUTER = replace(ROUTER, identifier=OTHER_NODE, link_layer_identifiers=(OTHER_MAC,))

Wanted = TypeVar("Wanted")


def of(kind: type[Wanted], effects: list[Effect]) -> list[Wanted]:
    """Return the effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


class Bench:
    """Drives a MAG; every call returns the effects of one event."""

    def __init__(self, *items: ConfigurationItem, start: bool = True) -> None:
        self.configuration = Configuration()
        self.mag = Mag(self.configuration)
        self.at_ms = 1_000
        self.clock_error_us = 0
        self.sent: list[ProxyBindingUpdate] = []
        #: What the store is told of attachments, apart from what events return.
        self.kept: list[Effect] = []
        self.configure(ROLE, PROFILE, HOST_PROFILE, ROUTER, OTHER_ROUTER, *items)
        if start:
            self.handle(Started())

    @property
    def entry(self) -> BindingUpdateListEntry:
        return self.mag.binding_update_list[NODE]

    def state(self) -> RegistrationState:
        return self.entry.state

    @property
    def pbu(self) -> ProxyBindingUpdate:
        """The PBU that was sent last."""
        return self.sent[-1]

    def instant(self) -> Instant:
        utc_us = START_UTC_US + self.at_ms * 1000 + self.clock_error_us
        return Instant(at_ms=self.at_ms, utc_us=utc_us)

    def handle(self, event: Event) -> list[Effect]:
        effects: list[Effect] = []
        for effect in self.mag.handle(event, self.instant()):
            is_kept = isinstance(effect, PersistAttachment | ForgetAttachment)
            (self.kept if is_kept else effects).append(effect)
        for effect in of(SendMessage, effects):
            if isinstance(effect.message, ProxyBindingUpdate):
                self.sent.append(effect.message)
        return effects

    def configure(self, *items: ConfigurationItem) -> list[Effect]:
        for item in items:
            self.configuration.take(item)
        return self.handle(ConfigurationChanged(items=items))

    def seen(
        self,
        mac: LinkLayerAddress = MAC,
        *,
        link: str = "access0",
        address: IPv6Address | None = ADDRESS,
        source: AttachSource = AttachSource.MULTICAST_LISTENER_REPORT,
    ) -> list[Effect]:
        return self.handle(
            NodeSeen(link=link, link_layer_address=mac, source=source, link_local_address=address)
        )

    def lost(self, mac: LinkLayerAddress = MAC, *, link: str = "access0") -> list[Effect]:
        """Lose a node that has been there for a while."""
        self.at_ms += SHORTEST_VISIT_MS
        source = AttachSource.NEIGHBOUR_UNREACHABLE
        return self.handle(NodeLost(link=link, link_layer_address=mac, source=source))

    def answer(
        self,
        status: int = Status.BINDING_UPDATE_ACCEPTED,
        *,
        to: ProxyBindingUpdate | None = None,
        hnps: tuple[IPv6Network, ...] = (HNP,),
        mnps: tuple[IPv6Network, ...] = (MNP,),
        lifetime_s: int = 400,
    ) -> ProxyBindingAcknowledgement:
        """Return the answer of a correct LMA to the latest PBU, or to the one given."""
        request = to if to is not None else self.pbu
        return ProxyBindingAcknowledgement(
            status=status,
            sequence_number=request.sequence_number,
            lifetime_s=lifetime_s if request.lifetime_s else 0,
            mobile_router=request.mobile_router,
            mobile_node_identifier=request.mobile_node_identifier,
            home_network_prefixes=hnps,
            mobile_network_prefixes=tuple(MobileNetworkPrefix(prefix=each) for each in mnps),
            handoff_indicator=request.handoff_indicator,
            access_technology_type=request.access_technology_type,
            mobile_node_link_layer_identifier=request.mobile_node_link_layer_identifier,
            timestamp=request.timestamp,
        )

    def receive(
        self,
        message: MobilityMessage,
        *,
        source: IPv6Address = LMA,
        destination: IPv6Address = MAG,
    ) -> list[Effect]:
        return self.handle(MessageReceived(source=source, destination=destination, message=message))

    def accepted(
        self,
        *,
        hnps: tuple[IPv6Network, ...] = (HNP,),
        mnps: tuple[IPv6Network, ...] = (MNP,),
        lifetime_s: int = 400,
    ) -> list[Effect]:
        return self.receive(self.answer(hnps=hnps, mnps=mnps, lifetime_s=lifetime_s))

    def refused(self, status: int) -> list[Effect]:
        return self.receive(self.answer(status, hnps=(), mnps=()))

    def expire(
        self, kind: TimerKind, *, after_ms: int = 0, node: MobileNodeIdentifier = NODE
    ) -> list[Effect]:
        self.at_ms += after_ms
        return self.handle(TimerExpired(timer=Timer(kind=kind, key=node)))

    def renew(self, *, after_ms: int) -> list[Effect]:
        """Let a renewal be due after a silence, and the node answer that it is there."""
        self.expire(TimerKind.REFRESH, after_ms=after_ms)
        return self.seen()

    def is_running(self, kind: TimerKind, node: MobileNodeIdentifier = NODE) -> bool:
        return self.mag.gateway.timers.is_running(kind, node)

    def solicit_router(
        self, *, mac: LinkLayerAddress = MAC, source: IPv6Address = ADDRESS
    ) -> list[Effect]:
        return self.handle(RouterSolicited(link="access0", link_layer_address=mac, source=source))

    def dhcp(
        self,
        message: DhcpMessage,
        *,
        mac: LinkLayerAddress = MAC,
        source: IPv6Address = ADDRESS,
    ) -> list[Effect]:
        return self.handle(
            DhcpMessageReceived(
                link="access0", link_layer_address=mac, source=source, message=message
            )
        )

    def dropped(self) -> dict[str, int]:
        return dict(self.mag.statistics.dropped)


def waiting(*items: ConfigurationItem) -> Bench:
    """Return a MAG whose PBU has no answer yet."""
    bench = Bench(*items)
    bench.seen()
    return bench


def registered(*items: ConfigurationItem) -> Bench:
    """Return a MAG that has registered the mobile router."""
    bench = Bench(*items)
    bench.seen()
    bench.accepted()
    return bench


def message(
    message_type: DhcpMessageType,
    *ia_pds: IaPd,
    ia_nas: tuple[IaNa, ...] = (),
    server: bytes | None = None,
    client: bytes | None = CLIENT,
    rapid_commit: bool = False,
    transaction_id: int = 0x123456,
) -> DhcpMessage:
    return DhcpMessage(
        message_type=message_type,
        transaction_id=transaction_id,
        client_duid=client,
        server_duid=server,
        ia_pds=ia_pds,
        ia_nas=ia_nas,
        rapid_commit=rapid_commit,
    )


def solicit(*ia_pds: IaPd, rapid_commit: bool = False, transaction_id: int = 1) -> DhcpMessage:
    return message(
        DhcpMessageType.SOLICIT,
        *(ia_pds or (IaPd(iaid=7),)),
        rapid_commit=rapid_commit,
        transaction_id=transaction_id,
    )


def ia_pd(*prefixes: IPv6Network, iaid: int = 7, lifetime_s: int = 0) -> IaPd:
    return IaPd(
        iaid=iaid,
        prefixes=tuple(
            IaPrefix(prefix=each, preferred_lifetime_s=lifetime_s, valid_lifetime_s=lifetime_s)
            for each in prefixes
        ),
    )


def reply_in(effects: list[Effect]) -> DhcpMessage:
    """Return the one DHCPv6 message that the effects send."""
    (sent,) = of(SendDhcpMessage, effects)
    return sent.message


def advertisement_in(effects: list[Effect]) -> SendRouterAdvertisement:
    """Return the one router advertisement that the effects send."""
    (sent,) = of(SendRouterAdvertisement, effects)
    return sent


def codes(reply: DhcpMessage) -> list[int | None]:
    """Return the status code of each association, IA_PDs first."""
    statuses = [*(ia.status for ia in reply.ia_pds), *(ia.status for ia in reply.ia_nas)]
    return [status.code if status is not None else None for status in statuses]
