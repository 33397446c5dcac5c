"""What the MAG does after each status that refuses (RFC 5213 §6.9.1.2, RFC 7148 §5.1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

from nf.codec.messages import ALL_ZERO_PREFIX, ProxyBindingAcknowledgement, ProxyBindingUpdate
from nf.codec.registry import Status
from nf.engine.effects import Effect
from nf.engine.mag import registration, retransmission
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.values import Instant


class Reaction(Enum):
    """The ways to go on after a refusal."""

    #: Register again at once, and with back-off when that is refused too.
    TRY_AGAIN = auto()
    #: Register again without naming prefixes: the LMA is to choose.
    ASK_FOR_ANY_PREFIX = auto()
    #: Register again without network mobility.
    REGISTER_AS_HOST = auto()
    #: Do nothing until an operator acts.
    STOP = auto()
    #: Ask again at the slowest rate of retransmission.
    ASK_SLOWLY = auto()


#: All other refusals: ASK_SLOWLY, since they pass when somebody corrects LMA or MAG. Among them
#: TIMESTAMP_MISMATCH: RFC 5213 §6.9.1.2 wants the clock synchronised first, and never to the
#: LMA's; that is the system's affair, and asking slowly is how we learn that it has happened.
REACTIONS: Final[Mapping[int, Reaction]] = {
    Status.ADMINISTRATIVELY_PROHIBITED: Reaction.STOP,
    Status.SEQUENCE_NUMBER_OUT_OF_WINDOW: Reaction.TRY_AGAIN,
    Status.MOBILE_ROUTER_OPERATION_NOT_PERMITTED: Reaction.REGISTER_AS_HOST,
    Status.INVALID_PREFIX: Reaction.ASK_FOR_ANY_PREFIX,
    Status.NOT_AUTHORIZED_FOR_PREFIX: Reaction.ASK_FOR_ANY_PREFIX,
    Status.PROXY_REG_NOT_ENABLED: Reaction.STOP,
    Status.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX: Reaction.ASK_FOR_ANY_PREFIX,
    Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED: Reaction.TRY_AGAIN,
    Status.BCE_PBU_PREFIX_SET_DO_NOT_MATCH: Reaction.ASK_FOR_ANY_PREFIX,
    Status.NOT_AUTHORIZED_FOR_DELEGATED_MNP: Reaction.REGISTER_AS_HOST,
    Status.REQUESTED_DMNP_IN_USE: Reaction.ASK_FOR_ANY_PREFIX,
}


def react(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    message: ProxyBindingAcknowledgement,
    request: ProxyBindingUpdate | None,
    now: Instant,
) -> list[Effect]:
    """Do what the status prescribes; ``request`` is what was refused.

    A reaction that has been tried already is not repeated at once, so that no LMA, whatever it
    answers, can make this a loop.
    """
    identifier = entry.mobile_node_identifier
    reaction = REACTIONS.get(message.status, Reaction.ASK_SLOWLY)
    is_present = gateway.is_present(identifier)
    if message.status == Status.SEQUENCE_NUMBER_OUT_OF_WINDOW:
        gateway.order.take_up(message.sequence_number)
    if message.status == Status.TIMESTAMP_MISMATCH:
        gateway.order.follow_clock()
    if reaction is Reaction.STOP:
        gateway.denied.add(identifier)
        return []
    if reaction is Reaction.TRY_AGAIN:
        return _try_again(gateway, entry, now)
    names_prefixes = _names_prefixes(request)
    is_router = entry.is_mobile_router
    if not is_present:
        return _ask_slowly(gateway, entry)
    if reaction is Reaction.ASK_FOR_ANY_PREFIX and names_prefixes:
        return _register_with_less(gateway, entry, now, as_host=not is_router, any_prefix=True)
    if reaction is Reaction.REGISTER_AS_HOST and is_router:
        return _register_with_less(gateway, entry, now, as_host=True, any_prefix=not names_prefixes)
    return _ask_slowly(gateway, entry)


def _register_with_less(
    gateway: Gateway,
    entry: BindingUpdateListEntry,
    now: Instant,
    *,
    as_host: bool,
    any_prefix: bool,
) -> list[Effect]:
    """Register without what was refused; what was given up earlier stays given up."""
    return registration.register(
        gateway,
        entry.mobile_node_identifier,
        now,
        as_host=as_host,
        any_prefix=any_prefix,
        attempt=entry.retransmissions,
    )


def _try_again(gateway: Gateway, entry: BindingUpdateListEntry, now: Instant) -> list[Effect]:
    identifier = entry.mobile_node_identifier
    entry.retransmissions += 1
    if entry.retransmissions == 1 and gateway.is_present(identifier):
        return registration.register(gateway, identifier, now, attempt=1)
    entry.retransmit_delay_ms = retransmission.delay_ms(gateway, entry, entry.retransmissions)
    return [retransmission.wait(gateway, entry)]


def _ask_slowly(gateway: Gateway, entry: BindingUpdateListEntry) -> list[Effect]:
    entry.retransmissions = 0
    entry.retransmit_delay_ms = retransmission.slowest_ms(gateway, entry)
    return [retransmission.wait(gateway, entry)]


def _names_prefixes(request: ProxyBindingUpdate | None) -> bool:
    """Tell whether a request asked for prefixes in particular."""
    return request is not None and (
        request.home_network_prefixes != (ALL_ZERO_PREFIX,)
        or any(not option.is_request for option in request.mobile_network_prefixes)
        or any(prefix != ALL_ZERO_PREFIX for prefix in request.delegated_mobile_network_prefixes)
    )
