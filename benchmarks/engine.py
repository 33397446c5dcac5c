"""How many proxy binding updates a second the LMA's rules take, decoding and encoding included.

Run from the repository: ``python -m benchmarks.engine [nodes]``. No network, no store: what is
measured is the Python between two sockets. The reference of the same run is decoding alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv6Address, IPv6Network

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.codec.mobility import decode_mobility_message, encode_mobility_message
from nf.codec.registry import HandoffIndicator, Status
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.configuration import (
    AuthorisedMag,
    LmaConfiguration,
    MobileNode,
    PolicyProfile,
    PrefixPool,
)
from nf.engine.effects import SendMessage
from nf.engine.engine import Engine
from nf.engine.events import ConfigurationChanged, MessageReceived, Started
from nf.engine.values import Instant

LMA = IPv6Address("2001:db8:ffff::1")
MAGS = (IPv6Address("2001:db8:ffff::11"), IPv6Address("2001:db8:ffff::12"))
UTC_US = 1_767_225_600_000_000
PROFILE = PolicyProfile(name="buses", network_mobility=True)
ASK = MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True)


class Load:
    """An LMA with its nodes, and time that moves on by a millisecond for each message."""

    def __init__(self, nodes: int) -> None:
        self.engine = Engine()
        self.identifiers = [MobileNodeIdentifier(f"bus-{n}@operator.example") for n in range(nodes)]
        self._at_ms = 0
        self._configure()

    def updates(self, indicator: HandoffIndicator, lifetime_s: int) -> list[bytes]:
        """Return one PBU of every node, each stamped with the moment at which it will arrive."""
        return [
            self._update(identifier, indicator, lifetime_s, self._at_ms + 1 + number)
            for number, identifier in enumerate(self.identifiers)
        ]

    def answer_all(self, packets: Sequence[bytes], mag: IPv6Address) -> None:
        """Decode, handle, encode; raises where the LMA does not accept."""
        for packet in packets:
            self._at_ms += 1
            now = Instant(self._at_ms, UTC_US + self._at_ms * 1000)
            message = decode_mobility_message(packet)
            event = MessageReceived(source=mag, destination=LMA, message=message)
            for effect in self.engine.handle(event, now):
                if isinstance(effect, SendMessage):
                    encode_mobility_message(effect.message)
                    assert isinstance(effect.message, ProxyBindingAcknowledgement)
                    if effect.message.status != Status.BINDING_UPDATE_ACCEPTED:
                        raise RuntimeError(f"refused: {effect.message}")

    def _configure(self) -> None:
        lma = LmaConfiguration(
            address=LMA,
            mobile_access_gateways=tuple(AuthorisedMag(proxy_care_of_address=m) for m in MAGS),
            home_network_prefix_pools=(_pool("homes", "2001:db8:1000::/36", 64),),
            mobile_network_prefix_pools=(_pool("buses", "2001:db8:2000::/36", 56),),
        )
        nodes = (MobileNode(identifier=each, policy_profile="buses") for each in self.identifiers)
        now = Instant(0, UTC_US)
        self.engine.handle(ConfigurationChanged(items=(PROFILE, *nodes, lma)), now)
        self.engine.handle(Started(), now)

    def _update(
        self,
        identifier: MobileNodeIdentifier,
        indicator: HandoffIndicator,
        lifetime_s: int,
        at_ms: int,
    ) -> bytes:
        bindings = self.engine.lma.bindings_of(identifier)
        home: tuple[IPv6Network, ...] = (ALL_ZERO_PREFIX,)
        mobile: tuple[MobileNetworkPrefix, ...] = (ASK,)
        if bindings:
            home = bindings[0].home_network_prefixes
            mobile = tuple(
                MobileNetworkPrefix(prefix=each) for each in bindings[0].mobile_network_prefixes
            )
        return encode_mobility_message(
            ProxyBindingUpdate(
                sequence_number=SequenceNumber(at_ms & 0xFFFF),
                lifetime_s=lifetime_s,
                home_registration=True,
                mobile_router=True,
                mobile_node_identifier=identifier,
                home_network_prefixes=home,
                mobile_network_prefixes=mobile,
                handoff_indicator=indicator,
                access_technology_type=4,
                mobile_node_link_layer_identifier=identifier.encode()[-6:],
                timestamp=timestamp_from_utc_us(UTC_US + at_ms * 1000),
            )
        )


def _pool(name: str, prefix: str, length: int) -> PrefixPool:
    return PrefixPool(name=name, prefixes=(IPv6Network(prefix),), assigned_length=length)


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many of ``count`` things a second of processor time ``work`` does."""
    begin = time.process_time()
    work()
    return count / (time.process_time() - begin)


def main(nodes: int) -> None:
    """Print the rates of one LMA's life."""
    load = Load(nodes)
    reference = load.updates(HandoffIndicator.HANDOFF_STATE_UNKNOWN, 600)
    decoding = rate(nodes, lambda: [decode_mobility_message(p) for p in reference])
    print(f"{nodes} mobile routers, PBUs a second of processor time, and relative to decoding")
    print(f"{'decoding alone':<18}{decoding:>9,.0f}")
    stages = (
        ("registration", HandoffIndicator.HANDOFF_STATE_UNKNOWN, 600, MAGS[0]),
        ("refresh", HandoffIndicator.HANDOFF_STATE_NOT_CHANGED, 600, MAGS[0]),
        ("handover", HandoffIndicator.HANDOFF_BETWEEN_MAGS_SAME_INTERFACE, 600, MAGS[1]),
        ("de-registration", HandoffIndicator.HANDOFF_STATE_UNKNOWN, 0, MAGS[1]),
    )
    for name, indicator, lifetime_s, mag in stages:
        packets = load.updates(indicator, lifetime_s)
        found = rate(nodes, lambda packets=packets, mag=mag: load.answer_all(packets, mag))  # type: ignore[misc]
        print(f"{name:<18}{found:>9,.0f}{found / decoding:>8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
