"""Mobility Header packets that could not be read (RFC 6275 §9.2)."""

from __future__ import annotations

from typing import Final

from nf.codec.errors import RejectReason
from nf.codec.messages import BindingError
from nf.engine.effects import Effect, SendMessage, SendParameterProblem
from nf.engine.events import MessageRejected
from nf.engine.mag.gateway import Gateway

#: Status of a Binding Error: unrecognised MH Type value (RFC 6275 §6.1.9).
UNRECOGNISED_TYPE: Final = 2


def on_rejected(gateway: Gateway, event: MessageRejected) -> list[Effect]:
    """Count a packet that the codec refused and tell its sender where the RFC wants it.

    RFC 6275 §9.2: Binding Error for an unknown type; ICMPv6 Parameter Problem for a wrong
    payload protocol or header length; silence for the rest.
    """
    gateway.statistics.rejected[event.reason.value] += 1
    if event.reason is RejectReason.UNKNOWN_MESSAGE_TYPE:
        fault = BindingError(status=UNRECOGNISED_TYPE)
        return [SendMessage(source=event.destination, destination=event.source, message=fault)]
    if event.reason in (RejectReason.BAD_PAYLOAD_PROTOCOL, RejectReason.BAD_HEADER_LENGTH):
        return [
            SendParameterProblem(
                source=event.destination, destination=event.source, offset=event.offset
            )
        ]
    return []
