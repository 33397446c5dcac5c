"""What befalls hosts and network: crashes, restarts, bad lines, wrong clocks, forged messages."""

from __future__ import annotations

from dataclasses import replace

from nf.codec.errors import RejectReason
from nf.codec.messages import (
    MobilityMessage,
    ProxyBindingAcknowledgement,
    ProxyBindingUpdate,
    SequenceNumber,
)
from nf.engine.events import KernelFailed, MessageReceived, MessageRejected
from tests.scenarios.host import Host
from tests.scenarios.network import GOOD, Quality
from tests.scenarios.plan import ANCHORS, GATEWAYS, STRANGER
from tests.scenarios.world import World

LONGEST_ABSENCE_MS = 30_000
LONGEST_TROUBLE_MS = 20_000
#: Steps of a batch after which a daemon may be killed; the commit is the first.
MOST_PERFORMED = 12
BAD = (
    Quality(loss=30, longest_ms=300),
    Quality(loss=5, duplication=30, longest_ms=2_000),
    Quality(loss=60, duplication=10, straying=10, longest_ms=800),
    Quality(duplication=100, straying=30),
)
#: Milliseconds; the last ones make a MAG's timestamps useless.
CLOCK_FAULTS_MS = (-100, -20, 50, 100, 5_000, -5_000, 100_000, -100_000)


def kill(world: World) -> None:
    """Kill a daemon, at once or in the midst of what its next event makes it do."""
    host = world.random.choice(list(world.hosts.values()))
    if not host.is_up:
        return
    performed = world.random.randrange(MOST_PERFORMED)
    if world.random.randrange(3):
        host.dies_after = performed
    else:
        host.die(performed)
    world.later(world.random.randrange(1_000, LONGEST_ABSENCE_MS), lambda: _boot(world, host))


def _boot(world: World, host: Host) -> None:
    if host.is_up:
        host.die(0)
    host.boot()


def trouble_network(world: World) -> None:
    """Make all lines bad for a while."""
    world.network.quality = world.random.choice(BAD)
    world.later(world.random.randrange(LONGEST_TROUBLE_MS), lambda: _mend_network(world))


def _mend_network(world: World) -> None:
    world.network.quality = GOOD


def cut_line(world: World) -> None:
    """Let an LMA and a MAG not reach each other for a while."""
    pair = frozenset((world.random.choice(ANCHORS), world.random.choice(GATEWAYS)))
    world.network.cut[pair] = None
    world.later(
        world.random.randrange(3 * LONGEST_TROUBLE_MS), lambda: world.network.cut.pop(pair, None)
    )


def set_clock(world: World) -> None:
    """Set a host's clock: off by a little, or by more than timestamps may be."""
    host = world.random.choice(list(world.hosts.values()))
    faults = CLOCK_FAULTS_MS if world.plan.has_bad_clocks else CLOCK_FAULTS_MS[:4]
    host.clock_offset_us = world.random.choice(faults) * 1_000
    world.later(world.random.randrange(LONGEST_TROUBLE_MS), lambda: _right_clock(host))


def _right_clock(host: Host) -> None:
    host.clock_offset_us = 0


def refuse_in_kernel(world: World) -> None:
    """Let the kernel refuse something, which changes nothing."""
    host = world.random.choice(list(world.hosts.values()))
    world.tell(host, KernelFailed(effect="install-route", errno=12, detail="no memory"))


def send_garbage(world: World) -> None:
    """Send what cannot be read."""
    destination = world.random.choice((*ANCHORS, *GATEWAYS))
    for host in world.hosts.values():
        if destination in host.sockets:
            event = MessageRejected(
                source=STRANGER,
                destination=destination,
                reason=world.random.choice(list(RejectReason)),
                offset=0,
                message_type=world.random.choice((5, 6, 77)),
            )
            world.tell(host, event)


def forge(world: World) -> None:
    """Send a message of before again, from elsewhere or with another number."""
    messages = [event for _, _, event, _ in world.memory if isinstance(event, MessageReceived)]
    if not messages:
        return
    event = world.random.choice(messages)
    forged = replace(event, message=_forged(world, event.message))
    if world.random.randrange(2):
        forged = replace(forged, source=world.random.choice((STRANGER, *GATEWAYS, *ANCHORS)))
    for host in world.hosts.values():
        if host.is_up and event.destination in host.sockets:
            world.tell(host, forged)


def _forged(world: World, message: MobilityMessage) -> MobilityMessage:
    number = SequenceNumber(world.random.randrange(1 << 16))
    if number % 2 and isinstance(message, ProxyBindingUpdate | ProxyBindingAcknowledgement):
        return replace(message, sequence_number=number)
    return message
