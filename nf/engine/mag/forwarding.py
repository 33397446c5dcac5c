"""Which tunnel and routes an accepted binding needs (RFC 5213 §5.6.1, §6.10.5, RFC 7148 §5.1.4).

What should be there is worked out from the binding update list; what is there is remembered; the
difference is what the kernel is asked for. So no route can outlive its binding.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.effects import Effect
from nf.engine.kernel_effects import (
    InstallAccessRoute,
    InstallTunnel,
    InstallUplinkRoute,
    RemoveAccessRoute,
    RemoveTunnel,
    RemoveUplinkRoute,
    SetLocalRouting,
)
from nf.engine.mag.gateway import Forwarding, Gateway
from nf.engine.mag.records import BindingUpdateListEntry, RegistrationState
from nf.engine.values import Tunnel

#: A lost node's routes stay until its de-registration is answered (RFC 5213 §6.9.1.4).
FORWARDING_STATES = frozenset(
    {
        RegistrationState.REGISTERED,
        RegistrationState.REFRESHING,
        RegistrationState.DEREGISTERING,
    }
)


def align(gateway: Gateway, identifier: MobileNodeIdentifier) -> list[Effect]:
    """Bring tunnel and routes of one node into line with its binding.

    Tunnel before routes when they come, routes before tunnel when they go.
    """
    present = gateway.forwarding.pop(identifier, None)
    wanted = _wanted(gateway, identifier)
    if wanted is not None:
        gateway.forwarding[identifier] = wanted
    old = present.routes if present is not None else ()
    new = wanted.routes if wanted is not None else ()
    _note_prefixes(gateway, identifier, old, new)
    effects: list[Effect] = []
    if wanted is not None:
        effects += _use_tunnel(gateway, identifier, wanted.tunnel)
    effects += [_removal(route) for route in old if route not in new]
    effects += [route for route in new if route not in old]
    if present is not None and (wanted is None or wanted.tunnel != present.tunnel):
        effects += _leave_tunnel(gateway, identifier, present.tunnel)
    return effects


def align_local_routing(gateway: Gateway) -> list[Effect]:
    """Have packets between nodes here go by their LMAs, or not, as the configuration says.

    RFC 5213 §6.10.3: the gateway's policy decides, by EnableMAGLocalRouting (§9.2).
    """
    wanted = gateway.role is not None and gateway.role.local_routing
    if wanted == gateway.is_routing_locally:
        return []
    gateway.is_routing_locally = wanted
    return [SetLocalRouting(enabled=wanted)]


def _note_prefixes(
    gateway: Gateway,
    identifier: MobileNodeIdentifier,
    old: tuple[InstallUplinkRoute | InstallAccessRoute, ...],
    new: tuple[InstallUplinkRoute | InstallAccessRoute, ...],
) -> None:
    if old == new:
        return
    if identifier in gateway.leases:
        gateway.realigned[identifier] = None
    for route in old:
        gateway.forwarded_for.pop(route.prefix, None)
    for route in new:
        gateway.forwarded_for[route.prefix] = identifier


def _wanted(gateway: Gateway, identifier: MobileNodeIdentifier) -> Forwarding | None:
    entry = gateway.binding_update_list.get(identifier)
    if entry is None or entry.state not in FORWARDING_STATES or not entry.home_network_prefixes:
        return None
    mobile = _mobile_network_prefixes(gateway, entry)
    uplink = tuple(
        InstallUplinkRoute(prefix=prefix, link=entry.link, tunnel=entry.tunnel)
        for prefix in (*entry.home_network_prefixes, *mobile)
    )
    next_hop = _next_hop(gateway, identifier)
    access = _access_routes(entry, mobile if next_hop is not None else (), next_hop)
    return Forwarding(tunnel=entry.tunnel, routes=(*uplink, *access))


def _mobile_network_prefixes(
    gateway: Gateway, entry: BindingUpdateListEntry
) -> tuple[IPv6Network, ...]:
    """Return the mobile network prefixes to forward for: none if the router has no lease of them.

    RFC 8987 §4.2, R-1, as far as a MAG can know: a router that came with its lease asks nobody.
    """
    is_without = gateway.relay.is_without_lease(entry.mobile_node_identifier)
    return () if is_without else entry.mobile_network_prefixes


def _access_routes(
    entry: BindingUpdateListEntry,
    mobile: tuple[IPv6Network, ...],
    next_hop: IPv6Address | None,
) -> tuple[InstallAccessRoute, ...]:
    """Return the routes to the node: its home network is on-link, its mobile network behind it.

    The mobile network is reachable once the router's link-local address is known.
    """
    home = tuple(
        InstallAccessRoute(prefix=prefix, link=entry.link, next_hop=None)
        for prefix in entry.home_network_prefixes
    )
    return home + tuple(
        InstallAccessRoute(prefix=prefix, link=entry.link, next_hop=next_hop) for prefix in mobile
    )


def _next_hop(gateway: Gateway, identifier: MobileNodeIdentifier) -> IPv6Address | None:
    attached = gateway.attached_nodes.get(identifier)
    return attached.link_local_address if attached is not None else None


def _removal(route: InstallUplinkRoute | InstallAccessRoute) -> Effect:
    if isinstance(route, InstallUplinkRoute):
        return RemoveUplinkRoute(prefix=route.prefix, link=route.link, tunnel=route.tunnel)
    return RemoveAccessRoute(prefix=route.prefix, link=route.link)


def _use_tunnel(gateway: Gateway, identifier: MobileNodeIdentifier, tunnel: Tunnel) -> list[Effect]:
    users = gateway.tunnel_users.setdefault(tunnel, set())
    is_first = not users
    users.add(identifier)
    if not is_first:
        return []
    gateway.changed_lmas[tunnel.remote] = None
    return [InstallTunnel(tunnel=tunnel)]


def _leave_tunnel(
    gateway: Gateway, identifier: MobileNodeIdentifier, tunnel: Tunnel
) -> list[Effect]:
    """Remove the tunnel with its last user (RFC 5213 §6.9.1.4)."""
    users = gateway.tunnel_users[tunnel]
    users.discard(identifier)
    if users:
        return []
    del gateway.tunnel_users[tunnel]
    gateway.tunnel_mtus.pop(tunnel, None)
    gateway.changed_lmas[tunnel.remote] = None
    return [RemoveTunnel(tunnel=tunnel)]
