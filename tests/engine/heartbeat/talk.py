"""What peers say to each other by heartbeats, and what is found of it among effects."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address

from nf.codec.messages import Heartbeat
from nf.engine.configuration import HeartbeatConfiguration
from nf.engine.effects import Effect, Notify, SendMessage
from nf.engine.events import MessageReceived
from nf.engine.notifications import Notification

HEARTBEAT = HeartbeatConfiguration(interval_s=60, missing_heartbeats_allowed=3)
INTERVAL_MS = 60_000


def request(source: IPv6Address, destination: IPv6Address, number: int = 77) -> MessageReceived:
    """Return a request of a peer."""
    return _from(source, destination, Heartbeat(sequence_number=number))


def response(
    source: IPv6Address, destination: IPv6Address, number: int, counter: int | None = 1
) -> MessageReceived:
    """Return a peer's answer."""
    message = Heartbeat(sequence_number=number, is_response=True, restart_counter=counter)
    return _from(source, destination, message)


def unsolicited(source: IPv6Address, destination: IPv6Address, counter: int) -> MessageReceived:
    """Return what a peer tells of its own accord after a restart."""
    message = Heartbeat(
        sequence_number=0, is_response=True, is_unsolicited=True, restart_counter=counter
    )
    return _from(source, destination, message)


def heartbeats_in(effects: Iterable[Effect]) -> list[Heartbeat]:
    """Return the heartbeats that are sent, requests and responses."""
    sent = (effect.message for effect in effects if isinstance(effect, SendMessage))
    return [message for message in sent if isinstance(message, Heartbeat)]


def requests_in(effects: Iterable[Effect]) -> list[int]:
    """Return the sequence numbers of the requests that are sent."""
    return [each.sequence_number for each in heartbeats_in(effects) if not each.is_response]


def news_in(effects: Iterable[Effect]) -> list[Notification]:
    """Return what operators are told."""
    return [effect.notification for effect in effects if isinstance(effect, Notify)]


def _from(source: IPv6Address, destination: IPv6Address, message: Heartbeat) -> MessageReceived:
    return MessageReceived(source=source, destination=destination, message=message)
