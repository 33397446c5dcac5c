"""What the LMA remembers of its exchanges with peers; the rules stand where these are had."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from ipaddress import IPv6Address

from nf.codec.messages import (
    ProxyBindingAcknowledgement,
    SequenceNumber,
    UpdateNotification,
)
from nf.engine.lma.request import Request
from nf.engine.values import BindingId


@dataclass(slots=True, kw_only=True)
class SentNotification:
    """An update notification without an answer yet (RFC 7077 §5.2)."""

    message: UpdateNotification
    mag: IPv6Address
    binding_id: BindingId
    retransmissions: int = 0


@dataclass(slots=True)
class Notifications:
    """The update notifications of one LMA; those that wait are bounded by the bindings."""

    sent: dict[SequenceNumber, SentNotification] = field(default_factory=dict)
    #: Sessions whose MAG is to be asked when there is room among those sent.
    waiting: dict[BindingId, None] = field(default_factory=dict)
    #: Of the notification sent last; None before the first.
    last_number: SequenceNumber | None = None
    #: MAGs that do not know the message (RFC 7077 §5.2).
    unsupported: set[IPv6Address] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Redirection:
    """A registration that other anchors are asked to take: the proxy state of RFC 6463 §5.3.2."""

    #: The latest copy that the MAG has sent; its answer is what the MAG waits for.
    request: Request
    #: The anchor that is asked now, and those to be asked after it.
    anchor: IPv6Address
    others: deque[IPv6Address]
    #: Sequence numbers of the copies that this anchor was sent.
    numbers: tuple[SequenceNumber, ...] = ()
    #: The refusal of the anchor that answered last.
    refusal: ProxyBindingAcknowledgement | None = None
