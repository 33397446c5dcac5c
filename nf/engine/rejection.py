"""Mobility Header packets that could not be read, at either role (RFC 6275 §9.2)."""

from __future__ import annotations

from collections import Counter
from typing import Final

from nf.codec.errors import RejectReason
from nf.codec.messages import BindingError
from nf.engine.effects import Effect, SendMessage, SendParameterProblem
from nf.engine.events import MessageRejected

#: Status of a Binding Error: unrecognised MH Type value (RFC 6275 §6.1.9).
UNRECOGNISED_TYPE: Final = 2
#: Faults of the header itself, which the sender is told of by ICMPv6.
HEADER_FAULTS: Final = frozenset(
    {RejectReason.BAD_PAYLOAD_PROTOCOL, RejectReason.BAD_HEADER_LENGTH}
)


def on_rejected(rejected: Counter[str], event: MessageRejected) -> list[Effect]:
    """Count a packet that the codec refused by its reason, and answer it where the RFC says so.

    RFC 6275 §9.2: a Binding Error for an unknown type, a Parameter Problem that points at a wrong
    payload protocol or header length, and silence about everything else.
    """
    rejected[event.reason.value] += 1
    source, destination = event.destination, event.source
    if event.reason is RejectReason.UNKNOWN_MESSAGE_TYPE:
        message = BindingError(status=UNRECOGNISED_TYPE)
        return [SendMessage(source=source, destination=destination, message=message)]
    if event.reason in HEADER_FAULTS:
        return [SendParameterProblem(source=source, destination=destination, offset=event.offset)]
    return []
