"""Judging indications that bindings are revoked, and answering them (RFC 5846 §6.1.2, §6.2.1)."""

from __future__ import annotations

from collections.abc import Container
from ipaddress import IPv6Network
from typing import Final

from nf.codec.messages import BindingRevocationAcknowledgement, BindingRevocationIndication
from nf.codec.registry import RevocationStatus, RevocationTrigger
from nf.engine.effects import SendMessage
from nf.engine.events import MessageReceived

#: Triggers from here on are of many nodes (RFC 5846 §5.1).
FIRST_GLOBAL_TRIGGER: Final = 128
#: Status values from here on refuse (RFC 5846 §5.2).
FIRST_REFUSAL: Final = 128
#: The triggers that tell of a node's move (RFC 5846 §9.1).
HANDOVER_TRIGGERS: Final = frozenset(
    {
        RevocationTrigger.INTER_MAG_HANDOVER_SAME_ACCESS_TYPE,
        RevocationTrigger.INTER_MAG_HANDOVER_DIFFERENT_ACCESS_TYPE,
        RevocationTrigger.INTER_MAG_HANDOVER_UNKNOWN,
    }
)


def fault_of(
    message: BindingRevocationIndication, supported: Container[int]
) -> RevocationStatus | None:
    """Return why an indication is refused in either role, before its bindings are looked for.

    RFC 5846 §6.2.1: a trigger that is not supported, or that does not go with the G bit. Only
    proxy bindings of IPv6 are had here: what lacks the P bit, or is of an IPv4 home address only,
    speaks of bindings that do not exist (§8.2, §9.1).
    """
    if message.trigger not in supported:
        return RevocationStatus.REVOCATION_TRIGGER_NOT_SUPPORTED
    if message.is_global != (message.trigger >= FIRST_GLOBAL_TRIGGER):
        return RevocationStatus.REVOCATION_FUNCTION_NOT_SUPPORTED
    if not message.proxy_binding or message.ipv4_home_address_only:
        return RevocationStatus.BINDING_DOES_NOT_EXIST
    return None


def acknowledgement(
    event: MessageReceived,
    message: BindingRevocationIndication,
    status: RevocationStatus,
    failed: tuple[IPv6Network, ...] = (),
) -> SendMessage:
    """Return the answer: number and flags copied, addresses swapped (RFC 5846 §6.1.2).

    ``failed``: the home network prefixes without a binding, which a partial success tells with
    their node (RFC 5846 §5.2).
    """
    answer = BindingRevocationAcknowledgement(
        status=status,
        sequence_number=message.sequence_number,
        proxy_binding=message.proxy_binding,
        ipv4_home_address_only=message.ipv4_home_address_only,
        is_global=message.is_global,
        mobile_node_identifier=message.mobile_node_identifier if failed else None,
        home_network_prefixes=failed,
    )
    return SendMessage(source=event.destination, destination=event.source, message=answer)
