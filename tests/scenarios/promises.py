"""What a host may say, judged at the moment when it says it."""

from __future__ import annotations

from nf.codec.messages import (
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    ProxyBindingAcknowledgement,
)
from nf.engine.effects import SendDhcpMessage, SendMessage, SendRouterAdvertisement
from nf.engine.mag.binding_update_list import SERVED
from nf.engine.mag.records import BindingUpdateListEntry
from nf.engine.values import LinkLayerAddress, StoredBinding
from tests.scenarios.faults import require
from tests.scenarios.host import Host
from tests.scenarios.plan import ANCHORS

#: Values from here on refuse (RFC 6275 §6.1.8).
FIRST_REFUSAL = 128


def check_acknowledgement(host: Host, effect: SendMessage) -> None:
    """Check that an LMA acknowledges only what its store holds, or holds no more at an end.

    A session that ended may go on at once at another MAG or interface, whose request waited for
    that. A redirected one is stored elsewhere. Where one commit serves several events, a later one
    may have changed the session: its own answer, which follows, is the one that counts.
    """
    message = effect.message
    if not isinstance(message, ProxyBindingAcknowledgement) or message.status >= FIRST_REFUSAL:
        return
    if host.events_in_batch > 1 or message.redirect is not None:
        return
    found = [
        each
        for each in host.store.bindings.values()
        if set(message.home_network_prefixes) & set(each.home_network_prefixes)
        and each.mobile_node_identifier == message.mobile_node_identifier
    ]
    if message.lifetime_s == 0:
        here = [
            each
            for each in found
            if each.proxy_care_of_address == effect.destination
            and each.link_layer_identifier == message.mobile_node_link_layer_identifier
        ]
        require(not here, "ended but stored:", here)
    else:
        require(len(found) == 1, "acknowledged but not stored:", message)
        _check_promise(found[0], message)


def check_revocation(
    host: Host, effect: SendMessage, indication: BindingRevocationIndication | None
) -> None:
    """Check that who acknowledges a revocation has nothing left of what it named.

    No route at a MAG leads into a binding that is revoked, and no restart of an LMA brings one
    back. Where one commit serves several events, a later one may have made it anew.
    """
    message = effect.message
    if not isinstance(message, BindingRevocationAcknowledgement) or message.status >= FIRST_REFUSAL:
        return
    if host.events_in_batch > 1 or indication is None:
        return
    if effect.source in ANCHORS:
        mag = indication.alternate_care_of_address or effect.destination
        found = [e for e in host.store.bindings.values() if e.proxy_care_of_address == mag]
        node = indication.mobile_node_identifier
        named = [e for e in found if indication.is_global or e.mobile_node_identifier == node]
        require(not named, "revoked but stored:", named)
        return
    uplinks = host.kernel.tables.uplinks
    for (prefix, link), tunnel in uplinks.items():
        is_meant = indication.is_global or prefix in indication.home_network_prefixes
        is_there = tunnel.remote == effect.destination and tunnel.local == effect.source
        require(not (is_meant and is_there), "revoked but routed:", prefix, link)


def check_advertisement(host: Host, effect: SendRouterAdvertisement) -> None:
    """Check that a prefix is advertised only to the node that has it (RFC 5213 §6.9.2)."""
    advertisement = effect.advertisement
    given = {each.prefix for each in advertisement.prefixes if each.valid_lifetime_s}
    if host.events_in_batch > 1 or not (given or advertisement.router_lifetime_s):
        return
    entry = _served_entry(host, effect.link_layer_destination)
    require(entry is not None, "advertised to a node that is not served:", effect)
    known = entry.home_network_prefixes if entry is not None else ()
    require(given <= set(known), "advertised but not the node's:", given, known)


def check_delegation(host: Host, effect: SendDhcpMessage, client: LinkLayerAddress) -> None:
    """Check that only what the binding of a router has is delegated (RFC 7148 §5.1.3.1)."""
    given = {
        each.prefix for ia in effect.message.ia_pds for each in ia.prefixes if each.valid_lifetime_s
    }
    if host.events_in_batch > 1 or not given:
        return
    entry = _served_entry(host, client)
    known = entry.mobile_network_prefixes if entry is not None else ()
    require(given <= set(known), "delegated but not the router's:", given, known)


def _check_promise(stored: StoredBinding, message: ProxyBindingAcknowledgement) -> None:
    is_same = stored.home_network_prefixes == message.home_network_prefixes
    require(is_same, "stored other prefixes than acknowledged:", stored, message)
    options = (each.prefix for each in message.mobile_network_prefixes)
    mobile = {*options, *message.delegated_mobile_network_prefixes}
    require(mobile <= set(stored.mobile_network_prefixes), "not stored:", mobile, stored)


def _served_entry(host: Host, address: LinkLayerAddress) -> BindingUpdateListEntry | None:
    entries = host.engine.mag.binding_update_list.values()
    served = (each for each in entries if each.state in SERVED)
    return next((each for each in served if each.link_layer_address == address), None)
