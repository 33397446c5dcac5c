"""What must hold of a MAG after every step."""

from __future__ import annotations

from typing import Final

from nf.engine.mag.forwarding import FORWARDING_STATES
from nf.engine.mag.gateway import Gateway
from nf.engine.mag.records import BindingUpdateListEntry, Matter, RegistrationState
from nf.engine.values import Instant, Timer, TimerKind
from tests.scenarios.faults import require, require_same
from tests.scenarios.host import Host
from tests.scenarios.plan import ANCHORS

_KIND = TimerKind
_STATE = RegistrationState
KINDS: Final = frozenset(
    {
        _KIND.RETRANSMIT,
        _KIND.REFRESH,
        _KIND.REGISTRATION_LIFETIME,
        _KIND.ROUTER_ADVERTISEMENT,
        _KIND.DETACH_HOLD,
        _KIND.DELEGATION_LIFETIME,
        _KIND.PRESENCE_PROBE,
    }
)
#: The timers of an attachment; the others are those of a registration.
ATTACHMENT_KINDS: Final = frozenset({_KIND.DETACH_HOLD, _KIND.PRESENCE_PROBE})
#: What each state needs so that something happens by itself.
NEEDED: Final = {
    _STATE.REGISTERING: {_KIND.RETRANSMIT},
    _STATE.REGISTERED: {
        _KIND.REFRESH,
        _KIND.REGISTRATION_LIFETIME,
        _KIND.ROUTER_ADVERTISEMENT,
    },
    _STATE.REFRESHING: {
        _KIND.RETRANSMIT,
        _KIND.REGISTRATION_LIFETIME,
        _KIND.ROUTER_ADVERTISEMENT,
    },
    _STATE.REFUSED: {_KIND.RETRANSMIT},
    _STATE.DEREGISTERING: {_KIND.RETRANSMIT},
    _STATE.REVOKED: set(),
}


def check_gateway(host: Host) -> None:
    """Check one MAG by itself, and what it has asked of the kernel if nothing waits."""
    gateway = host.engine.mag.gateway
    for entry in gateway.binding_update_list.values():
        _check_entry(host, gateway, entry, host.now)
    _check_timers(host, gateway)
    _check_attachments(gateway)
    _check_indexes(gateway)
    if not host.outbox:
        _check_kernel(host, gateway)


def _check_entry(host: Host, gateway: Gateway, entry: BindingUpdateListEntry, now: Instant) -> None:
    """Check that an entry has what carries it on, and prefixes only while it is accepted."""
    node = entry.mobile_node_identifier
    needed = NEEDED[entry.state]
    configured = gateway.configuration.mobile_nodes.get(node)
    has_anchor = configured is not None and configured.local_mobility_anchor is not None
    may_be_asked_for = has_anchor and gateway.is_present(node) and node not in gateway.denied
    if entry.pending is None and not may_be_asked_for:
        needed = needed - {_KIND.RETRANSMIT}
    presence = gateway.presence.get(node)
    if presence is not None and Matter.RENEWAL in presence.pending_matters:
        needed = needed - {_KIND.REFRESH}
    for kind in needed:
        require(Timer(kind=kind, key=node) in host.timers, "no timer", kind.value, "of", entry)
    if entry.state in (_STATE.REGISTERED, _STATE.REFRESHING):
        left_ms = entry.expires_at_ms - now.at_ms
        require(0 <= left_ms <= entry.granted_lifetime_s * 1000, left_ms, "ms left of", entry)
        require(bool(entry.home_network_prefixes), "served without a prefix:", entry)
        require(node in gateway.attached_nodes, "served but not attached:", entry)
    elif entry.state is not _STATE.DEREGISTERING:
        prefixes = (*entry.home_network_prefixes, *entry.mobile_network_prefixes)
        require(not prefixes, "has prefixes and no binding:", entry)
    if entry.state is _STATE.REVOKED:
        require(node in gateway.attached_nodes, "revoked and gone, but kept:", entry)
        require(node not in gateway.forwarding, "revoked but forwarded:", entry)
    is_router = bool(entry.mobile_network_prefixes)
    require(not is_router or entry.is_mobile_router, "a host with a mobile network:", entry)


def _check_timers(host: Host, gateway: Gateway) -> None:
    """Check that no timer belongs to nothing."""
    running = {timer for timer in host.timers if timer.kind in KINDS}
    known = {timer for timer in gateway.timers.running() if timer.kind in KINDS}
    require_same("timers", running, known)
    for timer in running:
        is_attachments = timer.kind in ATTACHMENT_KINDS
        owners = gateway.attached_nodes if is_attachments else gateway.binding_update_list
        require(timer.key in owners, "a timer of nothing:", timer)


def _check_attachments(gateway: Gateway) -> None:
    """Check that every node that is there and may be served is registered, if it has an LMA."""
    for identifier, attached in gateway.attached_nodes.items():
        require(gateway.node_and_profile(identifier) is not None, "may not be served:", attached)
        require(attached.link in gateway.open_links, "on a closed link:", attached)
        require(identifier in gateway.nodes_on_link[attached.link], "not indexed:", attached)
        is_asked = gateway.timers.is_running(_KIND.PRESENCE_PROBE, identifier)
        matters = gateway.presence[identifier].pending_matters
        require(bool(matters) == is_asked, "asked for nothing:", attached)
        is_registered = identifier in gateway.binding_update_list
        has_anchor = gateway.configuration.mobile_nodes[identifier].local_mobility_anchor
        is_absent = not gateway.is_present(identifier) or is_asked or not gateway.is_started
        may_wait = identifier in gateway.denied or not has_anchor or is_absent
        require(is_registered or may_wait, "attached but not registered:", attached)


def _check_indexes(gateway: Gateway) -> None:
    """Check that what is remembered of nodes and links goes with them."""
    for what, known, owners in (
        ("copies", gateway.copies, gateway.binding_update_list),
        ("waiting messages", gateway.waiting_messages, gateway.attached_nodes),
        ("presence", gateway.presence, gateway.attached_nodes),
        ("moves", gateway.moved_at_ms, gateway.attached_nodes),
        ("forwarding", gateway.forwarding, gateway.binding_update_list),
        ("links", gateway.nodes_on_link, gateway.open_links),
    ):
        require(set(known) <= set(owners), what, "of nothing:", set(known) - set(owners))
    forwarded = {
        route.prefix: node for node, each in gateway.forwarding.items() for route in each.routes
    }
    require(gateway.forwarded_for == forwarded, "forwarded for others:", gateway.forwarded_for)
    nodes = gateway.configuration.mobile_nodes.keys()
    require(gateway.released <= gateway.binding_update_list.keys(), "released by nobody")
    require(gateway.denied <= nodes, "denied but not configured")


def _check_kernel(host: Host, gateway: Gateway) -> None:
    """Check that tunnels and routes are those of the accepted bindings, with their prefixes."""
    tables = host.kernel.tables
    uplinks, access, tunnels, lingering = set(), set(), set(), set()
    for entry in gateway.binding_update_list.values():
        if entry.state not in FORWARDING_STATES or not entry.home_network_prefixes:
            continue
        tunnels.add(entry.tunnel)
        attached = gateway.attached_nodes.get(entry.mobile_node_identifier)
        is_reachable = attached is not None and attached.link_local_address is not None
        access |= {(each, entry.link) for each in entry.home_network_prefixes}
        mobile = {(each, entry.link) for each in entry.mobile_network_prefixes}
        if entry.state is _STATE.DEREGISTERING:
            lingering |= mobile
        elif is_reachable:
            access |= mobile
        for prefix in (*entry.home_network_prefixes, *entry.mobile_network_prefixes):
            uplinks.add((prefix, entry.link, entry.tunnel))
    found = {(prefix, link, tunnel) for (prefix, link), tunnel in tables.uplinks.items()}
    require_same("uplink routes", found, uplinks)
    require_same("access routes", tables.access.keys() - lingering, access - lingering)
    own = {each for each in tables.tunnels if each.local not in ANCHORS}
    require_same("tunnels", own, tunnels)
