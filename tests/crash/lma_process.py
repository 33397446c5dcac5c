"""An LMA with its real runtime and store, and MAGs that never rest: a process made to be killed."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing
from dataclasses import dataclass, field
from ipaddress import IPv6Network
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, TypeAlias

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.timestamp import timestamp_from_utc_us
from nf.drivers.clock import Clock, Timers
from nf.drivers.store import Store
from nf.engine.configuration import ConfigurationItem
from nf.engine.effects import AccessEffect, MobilityEffect, SendMessage, TimerEffect
from nf.engine.engine import Engine
from nf.engine.events import (
    AssignmentRestored,
    BindingRestored,
    ConfigurationChanged,
    MessageReceived,
    Started,
)
from nf.engine.kernel_effects import InstallRoute, KernelEffect, RemoveRoute
from nf.engine.lma.sessions import prefixes_of
from nf.engine.notifications import Notification
from nf.runtime import Runtime
from tests.engine.lma.bench import ASK, LMA, MAG1, MAG2

#: Requests that are made before the loop turns: so some share a commit, and some do not.
BURST: Final = 3

Session: TypeAlias = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What there is as soon as the process is there."""

    #: Each router's session: its MAG and its prefixes.
    sessions: dict[str, Session]
    #: Each prefix with the MAG to which it is routed.
    routes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A MAG is about to send a PBU."""

    node: str
    number: int
    mag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The LMA has answered one."""

    node: str
    number: int
    status: int
    lifetime_s: int
    prefixes: tuple[str, ...]


Report: TypeAlias = Restored | Asked | Answered


@dataclass(slots=True, kw_only=True)
class ReportingDrivers:
    """Timers that run, a kernel that only remembers its routes, a socket that leads to the test."""

    timers: Timers
    reports: Connection
    routes: dict[IPv6Network, str] = field(default_factory=dict)

    def admit_packets(self, *, is_admitted: bool) -> None:
        """Take no notice: packets come from the test alone."""

    def start_or_stop_timer(self, effect: TimerEffect) -> None:
        self.timers.perform(effect)

    def program_kernel(self, effect: KernelEffect) -> None:
        match effect:
            case InstallRoute():
                self.routes[effect.prefix] = str(effect.tunnel.remote)
            case RemoveRoute():
                del self.routes[effect.prefix]

    def signal(self, effect: MobilityEffect) -> None:
        match effect:
            case SendMessage(message=ProxyBindingAcknowledgement() as answer):
                self.reports.send(_report_of(answer))

    def serve_access(self, effect: AccessEffect) -> None:
        """Have no access links."""

    def notify(self, notification: Notification) -> None:
        """Have no operators."""


def live(
    path: Path, items: tuple[ConfigurationItem, ...], nodes: int, seed: int, reports: Connection
) -> None:
    """Restore the store, then serve MAGs until somebody kills the process."""
    asyncio.run(_live(path, items, nodes, random.Random(seed), reports))


async def _live(
    path: Path,
    items: tuple[ConfigurationItem, ...],
    nodes: int,
    chance: random.Random,
    reports: Connection,
) -> None:
    with closing(Store(path)) as store:
        runtime = Runtime(engine=Engine(), clock=Clock(), store=store)
        timers = Timers(runtime.post, asyncio.get_running_loop())
        drivers = ReportingDrivers(timers=timers, reports=reports)
        runtime.attach(drivers)
        bindings, assignments = store.load()
        for assignment in assignments:
            runtime.post(AssignmentRestored(assignment=assignment))
        for binding in bindings:
            runtime.post(BindingRestored(binding=binding))
        runtime.post(ConfigurationChanged(items=items))
        runtime.post(Started())
        await runtime.settle()
        reports.send(_restored(runtime.engine, drivers))
        async with asyncio.TaskGroup() as group:
            group.create_task(runtime.run())
            group.create_task(_be_mags(runtime, nodes, chance, reports))


async def _be_mags(
    runtime: Runtime, nodes: int, chance: random.Random, reports: Connection
) -> None:
    """Register, renew, hand over and de-register routers, without end."""
    number = 0
    while True:
        for _ in range(chance.randint(1, BURST)):
            number += 1
            node = MobileNodeIdentifier(f"router{chance.randrange(nodes)}@example.net")
            _send(runtime, node, number, chance, reports)
        await asyncio.sleep(chance.choice([0, 0, 0.001]))


def _send(
    runtime: Runtime,
    node: MobileNodeIdentifier,
    number: int,
    chance: random.Random,
    reports: Connection,
) -> None:
    """Send one PBU that will be answered: a session is ended only by the MAG that has it."""
    mag, lifetime_s = chance.choice([MAG1, MAG2]), 3600
    entries = runtime.engine.lma.bindings_of(node)
    if entries and chance.random() < 0.3:
        mag, lifetime_s = entries[0].proxy_care_of_address, 0
    prefixes = (each for one in entries for each in one.mobile_network_prefixes)
    known = [MobileNetworkPrefix(prefix=each) for each in prefixes]
    update = ProxyBindingUpdate(
        sequence_number=SequenceNumber(number % 65536),
        lifetime_s=lifetime_s,
        mobile_router=True,
        mobile_node_identifier=node,
        home_network_prefixes=(ALL_ZERO_PREFIX,),
        mobile_network_prefixes=tuple(chance.choice([known, [ASK]])),
        handoff_indicator=4,
        access_technology_type=4,
        mobile_node_link_layer_identifier=node.encode(),
        timestamp=timestamp_from_utc_us(runtime.now().utc_us),
    )
    reports.send(Asked(node=node, number=number % 65536, mag=str(mag)))
    runtime.post(MessageReceived(source=mag, destination=LMA, message=update))


def _restored(engine: Engine, drivers: ReportingDrivers) -> Restored:
    return Restored(
        sessions={
            entry.mobile_node_identifier: (
                str(entry.proxy_care_of_address),
                tuple(str(each) for each in prefixes_of(entry)),
            )
            for entry in engine.lma.bindings.values()
        },
        routes={str(prefix): mag for prefix, mag in drivers.routes.items()},
    )


def _report_of(answer: ProxyBindingAcknowledgement) -> Answered:
    mobile = (each.prefix for each in answer.mobile_network_prefixes)
    return Answered(
        node=str(answer.mobile_node_identifier),
        number=answer.sequence_number,
        status=answer.status,
        lifetime_s=answer.lifetime_s,
        prefixes=tuple(str(each) for each in (*answer.home_network_prefixes, *mobile)),
    )
