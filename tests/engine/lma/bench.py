"""One LMA on a bench: a clock that the test turns, MAGs that say what the test wants."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network
from typing import Any, Final, TypeVar

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.configuration import (
    AuthorisedMag,
    Configuration,
    ConfigurationItem,
    LmaConfiguration,
    MobileNode,
    PolicyProfile,
    PrefixPool,
)
from nf.engine.effects import Effect, SendMessage, StartTimer, StopTimer
from nf.engine.events import (
    ConfigurationChanged,
    Event,
    MessageReceived,
    Started,
    TimerExpired,
)
from nf.engine.lma.lma import Lma
from nf.engine.values import Instant, Timer, TimerKind

LMA: Final = IPv6Address("2001:db8:f::1")
MAG1: Final = IPv6Address("2001:db8:f::11")
MAG2: Final = IPv6Address("2001:db8:f::12")
NODE: Final = MobileNodeIdentifier("mn1@example.net")
OTHER: Final = MobileNodeIdentifier("mn2@example.net")
START_UTC_US: Final = 1_767_225_600_000_000
ASK: Final = MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True)
ROUTER: Final = PolicyProfile(name="router", network_mobility=True)

HOME_POOL: Final = PrefixPool(
    name="home", prefixes=(IPv6Network("2001:db8:1::/48"),), assigned_length=64, hold_time_s=100
)
MOBILE_POOL: Final = PrefixPool(
    name="mobile", prefixes=(IPv6Network("2001:db8:a::/48"),), assigned_length=56, hold_time_s=100
)
CONFIGURATION: Final = LmaConfiguration(
    address=LMA,
    mobile_access_gateways=(
        AuthorisedMag(proxy_care_of_address=MAG1),
        AuthorisedMag(proxy_care_of_address=MAG2),
    ),
    home_network_prefix_pools=(HOME_POOL,),
    mobile_network_prefix_pools=(MOBILE_POOL,),
)
Wanted = TypeVar("Wanted", bound=Effect)


def node(identifier: MobileNodeIdentifier = NODE, **fields: Any) -> MobileNode:  # noqa: ANN401
    """Return a mobile router's configuration."""
    return replace(MobileNode(identifier=identifier, policy_profile="router"), **fields)


def of(kind: type[Wanted], effects: list[Effect]) -> list[Wanted]:
    """Return the effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


class Bench:
    """An LMA with its timers; each message is newer than the one before."""

    def __init__(self, *items: ConfigurationItem, start: bool = True) -> None:
        self.lma = Lma(Configuration())
        self.now_ms = 0
        self.sequence_number = 0
        self.due_at_ms: dict[Timer, int] = {}
        self.configure(*(items or (CONFIGURATION, ROUTER, node(), node(OTHER))))
        if start:
            self.handle(Started())

    @property
    def now(self) -> Instant:
        return Instant(self.now_ms, START_UTC_US + self.now_ms * 1000)

    def handle(self, event: Event) -> list[Effect]:
        if isinstance(event, TimerExpired):
            self.due_at_ms.pop(event.timer, None)
        effects = self.lma.handle(event, self.now)
        for effect in effects:
            if isinstance(effect, StartTimer):
                self.due_at_ms[effect.timer] = self.now_ms + effect.after_ms
            elif isinstance(effect, StopTimer):
                self.due_at_ms.pop(effect.timer, None)
        return effects

    def configure(self, *items: ConfigurationItem) -> list[Effect]:
        """Commit, as the engine does it: first the configuration, then the event."""
        for item in items:
            self.lma.configuration.take(item)
        return self.handle(ConfigurationChanged(items=items))

    def pass_time(self, until_ms: int) -> list[Effect]:
        """Let the clock run; timers run out on their way, in order."""
        effects: list[Effect] = []
        while self.due_at_ms and min(self.due_at_ms.values()) <= until_ms:
            timer = min(self.due_at_ms, key=self.due_at_ms.__getitem__)
            self.now_ms = max(self.now_ms, self.due_at_ms[timer])
            effects += self.handle(TimerExpired(timer=timer))
        self.now_ms = max(self.now_ms, until_ms)
        return effects

    def send(self, mag: IPv6Address = MAG1, **fields: Any) -> list[Effect]:  # noqa: ANN401
        """Let a MAG send a PBU, by default the first registration of a mobile router."""
        self.now_ms += 1
        self.sequence_number += 1
        update = ProxyBindingUpdate(
            sequence_number=SequenceNumber(self.sequence_number),
            lifetime_s=3600,
            mobile_router=True,
            mobile_node_identifier=NODE,
            home_network_prefixes=(ALL_ZERO_PREFIX,),
            mobile_network_prefixes=(ASK,),
            handoff_indicator=4,
            access_technology_type=4,
            mobile_node_link_layer_identifier=b"\x02\0\0\0\0\1",
            timestamp=timestamp_from_utc_us(self.now.utc_us),
        )
        message = replace(update, **fields)
        return self.handle(MessageReceived(source=mag, destination=LMA, message=message))

    def status(self, mag: IPv6Address = MAG1, **fields: Any) -> int:  # noqa: ANN401
        """Let a MAG send a PBU and return the status of the one answer."""
        return answer_in(self.send(mag, **fields)).status

    def expire(self, kind: TimerKind, key: str) -> list[Effect]:
        return self.handle(TimerExpired(timer=Timer(kind=kind, key=key)))


def answer_in(effects: list[Effect]) -> ProxyBindingAcknowledgement:
    """Return the only message among effects: it is the last of them, and an answer."""
    (sent,) = of(SendMessage, effects)
    assert isinstance(sent.message, ProxyBindingAcknowledgement)
    assert effects[-1] == sent
    return sent.message
