"""Prefixes that an LMA has given to one node while another one is still served with them here.

Whose a prefix is, the LMA decides: a binding whose prefix it has assigned anew is void, though its
lifetime has not run out. That is rare: the node's LMA lost or removed the binding, no message
could tell of it, and the prefix was not held (NEMO draft §3.4.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Network

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect
from nf.engine.mag import advertisement, deregistration, refresh, retransmission
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import RegistrationState


def displace(
    gateway: Gateway, identifier: MobileNodeIdentifier, prefixes: Iterable[IPv6Network]
) -> list[Effect]:
    """End the bindings of other nodes with prefixes that have become a node's.

    A node that is still there is registered anew, as slowly as after a refusal: two LMAs that
    hand out the same prefix must not make two nodes drive each other out at once.
    """
    users = (gateway.forwarded_for.get(prefix, identifier) for prefix in prefixes)
    effects: list[Effect] = []
    for other in dict.fromkeys(each for each in users if each != identifier):
        entry = gateway.binding_update_list[other]
        if entry.state is RegistrationState.DEREGISTERING:
            effects += deregistration.forget(gateway, other)
            continue
        effects += advertisement.withdraw(gateway, other)
        effects += refresh.end_service(gateway, entry)
        entry.retransmit_delay_ms = retransmission.slowest_ms(gateway, entry)
        effects.append(retransmission.wait(gateway, entry))
    return effects
