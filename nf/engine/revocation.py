"""Binding revocation (RFC 5846), which neither role carries out yet: peers are told so."""

from __future__ import annotations

from nf.codec.messages import BindingRevocationAcknowledgement, BindingRevocationIndication
from nf.codec.registry import RevocationStatus
from nf.engine.effects import Effect, SendMessage
from nf.engine.events import MessageReceived


def refuse(event: MessageReceived, indication: BindingRevocationIndication) -> list[Effect]:
    """Answer a peer's indication: revocation is no function of this node.

    RFC 5846 §6.1.2: sequence number and flags are those of the indication.
    """
    answer = BindingRevocationAcknowledgement(
        status=RevocationStatus.REVOCATION_FUNCTION_NOT_SUPPORTED,
        sequence_number=indication.sequence_number,
        proxy_binding=indication.proxy_binding,
        ipv4_home_address_only=indication.ipv4_home_address_only,
        is_global=indication.is_global,
    )
    return [SendMessage(source=event.destination, destination=event.source, message=answer)]
