"""Hosts, network and nodes in one virtual time."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable
from random import Random

from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.messages import BindingRevocationIndication, MobileNodeIdentifier
from nf.codec.ndisc import encode_router_advertisement
from nf.engine.configuration import ConfigurationItem, MobileNode
from nf.engine.effects import (
    AccessEffect,
    Effect,
    Notify,
    OpenAccessLink,
    ProbeNode,
    SendDhcpMessage,
    SendMessage,
    SendRouterAdvertisement,
)
from nf.engine.events import ConfigurationChanged, Event, MessageReceived, TimerExpired
from nf.engine.values import Timer
from tests.scenarios.host import Host
from tests.scenarios.network import Network, on_the_wire
from tests.scenarios.plan import ANCHOR_HOSTS, GATEWAY_HOSTS, HOSTS, Plan
from tests.scenarios.promises import (
    check_acknowledgement,
    check_advertisement,
    check_delegation,
    check_revocation,
)
from tests.scenarios.radio import Interface, Radio, sign_of

#: What of a story is remembered for whoever asks how it came to its end.
REMEMBERED = 400
#: Effects wait so long for a commit of their store at most.
LONGEST_COMMIT_MS = 20


class World:
    """One story: whatever happens, happens through here, in an order that the seed decides."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self.plan = plan
        self.random = random
        self.now_ms = 0
        #: Events that engines have handled.
        self.steps = 0
        self.network = Network(random)
        self.radio = Radio()
        self.hosts = {name: Host(name, self, *plan.items_of(name)) for name in HOSTS}
        self.memory: deque[tuple[int, str, Event, list[Effect]]] = deque(maxlen=REMEMBERED)
        #: How often each kind of event, effect, message and notification was seen.
        self.seen: Counter[str] = Counter()
        #: Hosts of which something has changed since it was last looked at.
        self.touched: dict[str, None] = {}
        #: What each host was told last, if it was that bindings are revoked.
        self._indications: dict[str, BindingRevocationIndication | None] = {}
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._last_number = 0
        for item in plan.items_of(HOSTS[0]):
            if isinstance(item, MobileNode):
                self.radio.add(item)
        for host in self.hosts.values():
            host.boot()

    @property
    def anchors(self) -> list[Host]:
        """The hosts with an LMA."""
        return [self.hosts[name] for name in ANCHOR_HOSTS]

    @property
    def gateways(self) -> list[Host]:
        """The hosts with a MAG."""
        return [self.hosts[name] for name in GATEWAY_HOSTS]

    def nodes(self) -> dict[MobileNodeIdentifier, None]:
        """Return the nodes that there are."""
        return {each.node: None for each in self.radio.interfaces.values()}

    def places_of(self, node: MobileNodeIdentifier) -> set[str]:
        """Return the hosts within whose reach a node really is."""
        mine = (each for each in self.radio.interfaces.values() if each.node == node)
        return {each.place[0] for each in mine if each.place is not None}

    @property
    def gap_ms(self) -> int:
        """How long nothing happens by itself."""
        return max(0, self._agenda[0][0] - self.now_ms) if self._agenda else 1_000

    def later(self, after_ms: int, action: Callable[[], None]) -> int:
        """Put something on the agenda; returns its number there."""
        self._last_number += 1
        heapq.heappush(self._agenda, (self.now_ms + after_ms, self._last_number, action))
        return self._last_number

    def go_on(self) -> None:
        """Let the next thing of the agenda happen."""
        if not self._agenda:
            self.now_ms += 1_000
            return
        at_ms, _, action = heapq.heappop(self._agenda)
        self.now_ms = max(self.now_ms, at_ms)
        action()

    def tell(self, host: Host, event: Event) -> None:
        """Let a host handle an event; now and then its store takes time."""
        is_lazy = self.random.randrange(10) == 0
        host.handle(event, is_lazy=is_lazy)
        if host.outbox:
            self.later(self.random.randint(1, LONGEST_COMMIT_MS), host.settle)

    def commit(self, host: Host, *items: ConfigurationItem) -> None:
        """Change the configuration of a host, also of one that is down."""
        host.keep(items)
        self.tell(host, ConfigurationChanged(items=items))

    def show(self, interface: Interface, event: Event | None = None) -> None:
        """Let an interface give a sign of life where it is, if anybody watches."""
        if interface.place is None:
            return
        name, link = interface.place
        if link in self.hosts[name].links:
            self.tell(self.hosts[name], event or sign_of(self.random, interface, link))

    def start_timer(self, host: Host, timer: Timer, after_ms: int) -> None:
        """Let a timer of a host be due later; one that was stopped or replaced is passed over."""

        def run_out() -> None:
            if host.timers.get(timer) == number:
                self.tell(host, TimerExpired(timer=timer))

        number = host.timers[timer] = self.later(after_ms, run_out)

    def send(self, host: Host, effect: SendMessage) -> None:
        """Carry a message to whoever listens at its destination when it arrives."""
        check_acknowledgement(host, effect)
        check_revocation(host, effect, self._indications.get(host.name))
        message = on_the_wire(effect.message)
        event = MessageReceived(
            source=effect.source, destination=effect.destination, message=message
        )
        for delay_ms in self.network.delays(effect.source, effect.destination):
            self.later(delay_ms, lambda: self._deliver(event))

    def serve(self, host: Host, effect: AccessEffect) -> None:
        """Carry a packet to a node; an opened link is answered by the nodes that are there."""
        match effect:
            case SendRouterAdvertisement():
                encode_router_advertisement(effect.advertisement)
                check_advertisement(host, effect)
            case SendDhcpMessage():
                encode_dhcp_message(effect.message)
                client = self.radio.by_link_local_address(effect.destination)
                check_delegation(host, effect, client.address)
                client.learn(effect.message)
            case OpenAccessLink():
                for each in self.radio.at(host.name, effect.link.interface):
                    self.later(self.random.randrange(1_000), self.showing(each))
            case ProbeNode():
                for each in self.radio.at(host.name, effect.link):
                    if each.address == effect.link_layer_address:
                        self.later(self.random.randrange(10), self.showing(each))

    def note(self, host: Host, event: Event, effects: list[Effect]) -> None:
        """Take note of what has happened."""
        self.steps += 1
        self._indications[host.name] = _indication_in(event)
        self.touched[host.name] = None
        self.memory.append((self.now_ms, host.name, event, effects))
        self.seen[type(event).__name__] += 1
        self.seen.update(_what(effect) for effect in effects)

    def _deliver(self, event: MessageReceived) -> None:
        for host in self.hosts.values():
            if host.is_up and event.destination in host.sockets:
                self.tell(host, event)

    def showing(self, interface: Interface) -> Callable[[], None]:
        """Return what lets an interface show itself where it is by then."""
        return lambda: self.show(interface)


def _indication_in(event: Event) -> BindingRevocationIndication | None:
    match event:
        case MessageReceived(message=BindingRevocationIndication() as message):
            return message
    return None


def _what(effect: Effect) -> str:
    if isinstance(effect, SendMessage):
        status = getattr(effect.message, "status", "")
        return f"{type(effect.message).__name__} {status}".rstrip()
    return type(effect.notification if isinstance(effect, Notify) else effect).__name__
