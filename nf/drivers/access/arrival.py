"""What a frame on an access link means to the engine, as events."""

from __future__ import annotations

from nf.codec.dhcpv6 import decode_dhcp_message
from nf.codec.errors import DecodeError, RejectReason
from nf.codec.ndisc import decode_router_solicitation
from nf.drivers.access.frames import Frame
from nf.engine.access_configuration import AccessLink
from nf.engine.events import DhcpMessageReceived, Event, NodeSeen, RouterSolicited
from nf.engine.values import AttachSource


def events_of(link: AccessLink, frame: Frame, *, is_answer: bool = False) -> list[Event]:
    """Return that a node was seen, where this sign is asked for, and what it said.

    The link asks for some; a node that was asked to show itself may do so by any.
    Raises DecodeError for a message that cannot be read: no sign of life either.
    """
    message = _message(link, frame)
    events: list[Event] = [] if message is None else [message]
    if is_answer or frame.kind in link.attach_sources:
        events.insert(0, _sighting(link, frame))
    return events


def _sighting(link: AccessLink, frame: Frame) -> NodeSeen:
    return NodeSeen(
        link=link.interface,
        link_layer_address=frame.link_layer_address,
        source=frame.kind,
        link_local_address=frame.link_local_address,
    )


def _message(link: AccessLink, frame: Frame) -> Event | None:
    """Return what a solicitation or a DHCPv6 message says; the other signs say nothing more."""
    match frame.kind:
        case AttachSource.ROUTER_SOLICITATION:
            return _solicitation(link, frame)
        case AttachSource.DHCPV6:
            return DhcpMessageReceived(
                link=link.interface,
                link_layer_address=frame.link_layer_address,
                source=frame.source,
                message=decode_dhcp_message(frame.payload),
                octets=frame.payload if link.dhcpv6_relay else b"",
            )
        case _:
            return None


def _solicitation(link: AccessLink, frame: Frame) -> RouterSolicited:
    """Return a valid solicitation.

    RFC 4861 §6.1.1: one from the unspecified address tells no link-layer address.
    """
    solicitation = decode_router_solicitation(frame.payload)
    if frame.source.is_unspecified and solicitation.source_link_layer_address is not None:
        reason, field = RejectReason.BAD_VALUE, "Source Link-Layer Address"
        raise DecodeError(reason, offset=8, field=field, section="RFC 4861 §6.1.1")
    return RouterSolicited(
        link=link.interface, link_layer_address=frame.link_layer_address, source=frame.source
    )
