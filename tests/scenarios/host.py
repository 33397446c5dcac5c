"""One host: an engine that can be killed, with what outlives it and what does not."""

from __future__ import annotations

from collections.abc import Hashable
from ipaddress import IPv6Address
from typing import Final, Protocol, cast, get_args

from nf.engine.configuration import (
    ConfigurationItem,
    LmaRemoved,
    MagRemoved,
    MobileNode,
    MobileNodeRemoved,
    PolicyProfile,
    PolicyProfileRemoved,
)
from nf.engine.effects import (
    AccessEffect,
    CloseAccessLink,
    CloseMobilitySocket,
    Effect,
    MobilityEffect,
    OpenAccessLink,
    OpenMobilitySocket,
    ProbeNode,
    SendDhcpMessage,
    SendMessage,
    SendRouterAdvertisement,
    StartTimer,
    StopTimer,
)
from nf.engine.engine import Engine
from nf.engine.events import ConfigurationChanged, Event, Started, TimerExpired
from nf.engine.kernel_effects import KernelEffect
from nf.engine.store_effects import StoreEffect
from nf.engine.values import Instant, Timer
from tests.scenarios.faults import require
from tests.scenarios.kernel import VirtualKernel
from tests.scenarios.plan import HOSTS
from tests.scenarios.store import VirtualStore

STORE_EFFECTS: Final = frozenset(get_args(StoreEffect))
KERNEL_EFFECTS: Final = frozenset(get_args(KernelEffect))
MOBILITY_EFFECTS: Final = frozenset(get_args(MobilityEffect))
#: The moment at which every story begins.
START_UTC_US: Final = 1_800_000_000_000_000


#: By how much the clocks of two hosts differ.
SKEW_US: Final = 100


class Surroundings(Protocol):
    """Where a host's timers, messages and access links are."""

    now_ms: int

    def start_timer(self, host: Host, timer: Timer, after_ms: int) -> None:
        """Tell the host when a timer is due."""

    def send(self, host: Host, effect: SendMessage) -> None:
        """Carry a message to a peer."""

    def serve(self, host: Host, effect: AccessEffect) -> None:
        """Let the nodes on an access link know."""

    def note(self, host: Host, event: Event, effects: list[Effect]) -> None:
        """Take note of what has happened."""


class Host:
    """An engine in its surroundings; what it wants waits until ``settle``, as in the runtime."""

    def __init__(self, name: str, surroundings: Surroundings, *items: ConfigurationItem) -> None:
        self.name = name
        self.surroundings = surroundings
        #: The configuration of the startup datastore, by what each object is known by.
        self.configuration: dict[Hashable, ConfigurationItem] = {}
        self.keep(items)
        self.engine = Engine()
        self.is_up = False
        self.kernel = VirtualKernel()
        self.store = VirtualStore()
        self.clock_offset_us = 0
        #: However well clocks are set, no two hosts stamp what they send alike.
        self._skew_us = SKEW_US * HOSTS.index(name)
        #: Where each running timer is in the world's agenda.
        self.timers: dict[Timer, int] = {}
        self.sockets: dict[IPv6Address, None] = {}
        self.links: dict[str, None] = {}
        self.outbox: list[Effect] = []
        #: How many events have led to what is performed now, or waits.
        self.events_in_batch = 0
        #: How many of the effects of the next event are performed before the daemon is killed.
        self.dies_after: int | None = None
        self.boots = 0

    @property
    def now(self) -> Instant:
        """Return this moment on the host's clocks."""
        now_ms = self.surroundings.now_ms
        utc_us = START_UTC_US + now_ms * 1_000 + self._skew_us + self.clock_offset_us
        return Instant(now_ms + 5_000, utc_us)

    def keep(self, items: tuple[ConfigurationItem, ...]) -> None:
        """Make a commit part of the startup datastore."""
        for item in items:
            match item:
                case MobileNode() | MobileNodeRemoved():
                    self._keep(("node", item.identifier), item)
                case PolicyProfile() | PolicyProfileRemoved():
                    self._keep(("profile", item.name), item)
                case LmaRemoved():
                    self.configuration.pop("LmaConfiguration", None)
                case MagRemoved():
                    self.configuration.pop("MagConfiguration", None)
                case _:
                    self.configuration[type(item).__name__] = item

    def boot(self) -> None:
        """Start the daemon in the order of the composition root."""
        self.is_up = True
        self.boots += 1
        self.engine = Engine()
        for event in self.store.restore():
            self._handle(event)
        self._handle(ConfigurationChanged(items=tuple(self.configuration.values())))
        self._handle(Started())
        self.settle()

    def handle(self, event: Event, *, is_lazy: bool = False) -> None:
        """Let the engine handle an event; ``is_lazy``: its effects wait for the next commit."""
        if not self.is_up:
            return
        if isinstance(event, TimerExpired):
            del self.timers[event.timer]
        self._handle(event)
        if self.dies_after is not None:
            self.die(self.dies_after)
        elif not is_lazy:
            self.settle()

    def settle(self) -> None:
        """Perform everything that waits."""
        batch, self.outbox = self.outbox, []
        self._perform(batch)
        self.events_in_batch = 0

    def die(self, performed: int) -> None:
        """Kill the daemon after the store's commit, as effect 1, and some of the other effects."""
        batch, self.outbox = self.outbox, []
        self._perform(batch, performed)
        self.events_in_batch = 0
        self.is_up = False
        self.dies_after = None
        self.timers.clear()
        self.sockets.clear()
        self.links.clear()
        self.kernel.outlive_daemon()

    def _keep(self, key: Hashable, item: ConfigurationItem) -> None:
        if isinstance(item, MobileNodeRemoved | PolicyProfileRemoved):
            self.configuration.pop(key, None)
        else:
            self.configuration[key] = item

    def _handle(self, event: Event) -> None:
        effects = self.engine.handle(event, self.now)
        self.events_in_batch += 1
        self.surroundings.note(self, event, effects)
        for effect in effects:
            if isinstance(effect, StartTimer):
                self.surroundings.start_timer(self, effect.timer, effect.after_ms)
            elif isinstance(effect, StopTimer):
                self.timers.pop(effect.timer, None)
            else:
                self.outbox.append(effect)

    def _perform(self, batch: list[Effect], performed: int | None = None) -> None:
        """Commit first, then do the rest in order; messages go out last, as the runtime does it.

        ``performed``: how many of these steps, the commit being the first; all where None.
        """
        if performed == 0:
            return
        self.store.commit(
            cast(StoreEffect, effect) for effect in batch if type(effect) in STORE_EFFECTS
        )
        steps = _in_order([effect for effect in batch if type(effect) not in STORE_EFFECTS])
        for effect in steps if performed is None else steps[: performed - 1]:
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        match effect:
            case SendMessage():
                require(effect.source in self.sockets, "no socket to send from:", effect)
                self.surroundings.send(self, effect)
            case OpenMobilitySocket():
                require(effect.address not in self.sockets, "open already:", effect)
                self.sockets[effect.address] = None
            case CloseMobilitySocket():
                require(effect.address in self.sockets, "not open:", effect)
                del self.sockets[effect.address]
            case OpenAccessLink():
                self.links[effect.link.interface] = None
                self.surroundings.serve(self, effect)
            case CloseAccessLink():
                require(effect.interface in self.links, "not open:", effect)
                del self.links[effect.interface]
            case SendRouterAdvertisement() | SendDhcpMessage() | ProbeNode():
                require(effect.link in self.links, "link is not open:", effect)
                self.surroundings.serve(self, effect)
            case _ if type(effect) in KERNEL_EFFECTS:
                self.kernel.perform(effect)


def _in_order(effects: list[Effect]) -> list[Effect]:
    ordered: list[Effect] = []
    messages: list[Effect] = []
    for effect in effects:
        if isinstance(effect, SendMessage):
            messages.append(effect)
            continue
        if type(effect) in MOBILITY_EFFECTS:
            ordered += messages
            messages = []
        ordered.append(effect)
    return ordered + messages
