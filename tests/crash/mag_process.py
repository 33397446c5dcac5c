"""A MAG with its real runtime and store, and routers that never rest: made to be killed."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing
from dataclasses import dataclass, replace
from ipaddress import IPv6Network
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, TypeAlias

from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType
from nf.codec.messages import (
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
)
from nf.drivers.clock import Clock, Timers
from nf.drivers.store import Store
from nf.engine.configuration import ConfigurationItem, DomainConfiguration, MobileNode
from nf.engine.effects import (
    AccessEffect,
    MobilityEffect,
    SendDhcpMessage,
    SendMessage,
    TimerEffect,
)
from nf.engine.engine import Engine
from nf.engine.events import (
    AttachmentRestored,
    ConfigurationChanged,
    DhcpMessageReceived,
    MessageReceived,
    ReplayDetectionRestored,
    Started,
)
from nf.engine.kernel_effects import KernelEffect
from nf.engine.notifications import Notification
from nf.engine.values import LinkLayerAddress
from nf.runtime import Runtime
from tests.engine.mag.bench import (
    ADDRESS,
    HOST_PROFILE,
    LMA,
    MAG,
    PROFILE,
    ROLE,
    SERVER,
    Bench,
    ia_pd,
    message,
)

_TYPE = DhcpMessageType
#: Messages that are sent before the loop turns: so some share a commit, and some do not.
BURST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What each router has leased, as soon as the process is there."""

    leases: dict[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A router is about to send a DHCPv6 message."""

    router: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """The MAG has replied to one; ``replay_detection`` where it was authenticated."""

    router: int
    number: int
    prefixes: tuple[str, ...]
    replay_detection: int | None


Report: TypeAlias = Restored | Asked | Replied


def router(number: int) -> MobileNode:
    """Return one of the routers."""
    return MobileNode(
        identifier=MobileNodeIdentifier(f"router{number}@example.net"),
        policy_profile=PROFILE.name,
        link_layer_identifiers=(_address(number),),
        local_mobility_anchor=LMA,
    )


def items(routers: int) -> tuple[ConfigurationItem, ...]:
    """Return the configuration of the MAG."""
    domain = DomainConfiguration(reconfigure_secret_file="/none")
    return (domain, ROLE, PROFILE, HOST_PROFILE, *(router(number) for number in range(routers)))


class Drivers:
    """Timers that run, an LMA that grants everything, an access link that leads to the test."""

    def __init__(self, runtime: Runtime, reports: Connection) -> None:
        self._loop = asyncio.get_running_loop()
        self._runtime = runtime
        self._timers = Timers(runtime.post, self._loop)
        self._reports = reports

    def admit_packets(self, *, is_admitted: bool) -> None:
        """Take no notice: packets come from the test alone."""

    def start_or_stop_timer(self, effect: TimerEffect) -> None:
        self._timers.perform(effect)

    def program_kernel(self, effect: KernelEffect) -> None:
        """Have no kernel."""

    def signal(self, effect: MobilityEffect) -> None:
        match effect:
            case SendMessage(message=ProxyBindingUpdate() as update):
                answer = MessageReceived(source=LMA, destination=MAG, message=_granted(update))
                self._loop.call_soon(self._runtime.post, answer)

    def serve_access(self, effect: AccessEffect) -> None:
        match effect:
            case SendDhcpMessage(message=DhcpMessage(message_type=_TYPE.REPLY) as reply):
                self._reports.send(
                    Replied(
                        router=_number_of(reply),
                        number=reply.transaction_id,
                        prefixes=_prefixes_of(reply),
                        replay_detection=(
                            effect.authentication.replay_detection
                            if effect.authentication is not None
                            else None
                        ),
                    )
                )

    def notify(self, notification: Notification) -> None:
        """Have no operators."""


def live(path: Path, routers: int, seed: int, first: int, reports: Connection) -> None:
    """Restore the store, then serve routers until somebody kills the process."""
    asyncio.run(_live(path, routers, random.Random(seed), first, reports))


async def _live(
    path: Path, routers: int, chance: random.Random, first: int, reports: Connection
) -> None:
    with closing(Store(path)) as store:
        runtime = Runtime(engine=Engine(), clock=Clock(), store=store)
        runtime.attach(Drivers(runtime, reports))
        for attachment in store.attachments():
            runtime.post(AttachmentRestored(attachment=attachment))
        runtime.post(ReplayDetectionRestored(number=store.replay_detection() or 0))
        runtime.post(ConfigurationChanged(items=items(routers)))
        runtime.post(Started())
        reports.send(_restored(runtime.engine, routers))
        async with asyncio.TaskGroup() as group:
            group.create_task(runtime.run())
            group.create_task(_be_routers(runtime, routers, chance, first, reports))


async def _be_routers(
    runtime: Runtime, routers: int, chance: random.Random, first: int, reports: Connection
) -> None:
    """Ask for prefixes, renew them and give them back, without end."""
    number = first
    while True:
        for _ in range(chance.randint(1, BURST)):
            number += 1
            which = chance.randrange(routers)
            reports.send(Asked(router=which, number=number))
            runtime.post(_said(which, number, chance))
        await asyncio.sleep(chance.choice([0, 0.002, 0.02]))


def _said(which: int, number: int, chance: random.Random) -> DhcpMessageReceived:
    kind = chance.choice([_TYPE.SOLICIT, _TYPE.SOLICIT, _TYPE.RENEW, _TYPE.RELEASE])
    said = message(
        kind,
        ia_pd() if kind is _TYPE.SOLICIT else ia_pd(_mobile(which)),
        server=None if kind is _TYPE.SOLICIT else SERVER,
        client=_duid(which),
        rapid_commit=kind is _TYPE.SOLICIT,
        transaction_id=number,
    )
    return DhcpMessageReceived(
        link="access0",
        link_layer_address=_address(which),
        source=ADDRESS + which,
        message=replace(said, reconfigure_accept=True),
    )


def _granted(update: ProxyBindingUpdate) -> ProxyBindingAcknowledgement:
    """Return the answer of an LMA that has a prefix of each kind for each router."""
    which = int(str(update.mobile_node_identifier).removeprefix("router").split("@")[0])
    options = update.mobile_network_prefixes
    granted = tuple(
        MobileNetworkPrefix(prefix=_mobile(which) if each.is_request else each.prefix)
        for each in options
    )
    home = IPv6Network((int(_mobile(which).network_address) + (1 << 100), 64))
    answer = Bench(start=False).answer(to=update, hnps=(home,), mnps=())
    return replace(answer, mobile_network_prefixes=granted)


def _restored(engine: Engine, routers: int) -> Restored:
    gateway = engine.mag.gateway
    found = {}
    for number in range(routers):
        lease = gateway.leases.get(router(number).identifier)
        found[number] = () if lease is None else tuple(str(each) for each in lease.prefixes)
    return Restored(leases=found)


def _prefixes_of(reply: DhcpMessage) -> tuple[str, ...]:
    granted = (each for ia in reply.ia_pds for each in ia.prefixes if each.valid_lifetime_s)
    return tuple(str(each.prefix) for each in granted)


def _address(number: int) -> LinkLayerAddress:
    return LinkLayerAddress(bytes((2, 0, 0, 0, 1, number)))


def _duid(number: int) -> bytes:
    return bytes.fromhex("00030001") + _address(number)


def _number_of(reply: DhcpMessage) -> int:
    return (reply.client_duid or b"\0")[-1]


def _mobile(number: int) -> IPv6Network:
    return IPv6Network(f"2001:db8:a{number:x}00::/56")
