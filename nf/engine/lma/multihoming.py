"""Mobile networks that several sessions of their router share: by which of them they are reached.

NEMO draft §3.2, §3.4.1: a router may be registered by several interfaces at once, and each of its
sessions has the mobile network. Which way packets to it take is the policy of its profile; packets
from it come in by each. A way whose MAG answers no heartbeats is none while there is another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, IPv6Network

from nf.engine.configuration import MultihomingPolicy, PolicyProfile
from nf.engine.effects import Effect
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.paths import PathState
from nf.engine.values import BindingId, Tunnel


def is_shared(anchor: Anchor, prefix: IPv6Network) -> bool:
    """Tell whether several sessions have a prefix, active or not."""
    return len(anchor.assignments.by_prefix[prefix].bindings) > 1


def align(
    anchor: Anchor,
    prefix: IPv6Network,
    *,
    newcomer: BindingCacheEntry | None = None,
    leaving: BindingCacheEntry | None = None,
) -> list[Effect]:
    """Bring the ways of a shared prefix into line with the sessions that have it.

    ``newcomer``: the session that was registered or handed over just now; ``leaving``: one that
    is not forwarded any more, whatever its state still says.
    """
    sessions = _active(anchor, prefix, leaving)
    effects = _route(anchor, prefix, _usable(anchor, sessions), newcomer)
    tunnels = _tunnels(sessions)
    return effects + anchor.routes.share(prefix, tunnels if len(tunnels) > 1 else ())


def align_all(anchor: Anchor) -> list[Effect]:
    """Bring all prefixes with several ways into line with what is known of policies and paths."""
    return [effect for prefix in tuple(anchor.routes.shared) for effect in align(anchor, prefix)]


def on_path_changed(anchor: Anchor, mag: IPv6Address) -> list[Effect]:
    """Move what goes by a MAG that has failed, or may go there again (RFC 5847 §3)."""
    effects: list[Effect] = []
    for prefix, tunnels in tuple(anchor.routes.shared.items()):
        if any(tunnel.remote == mag for tunnel in tunnels):
            effects += align(anchor, prefix)
    return effects


def align_session(anchor: Anchor, entry: BindingCacheEntry) -> list[Effect]:
    """Bring the prefixes of a session into line where it shares them."""
    effects: list[Effect] = []
    for prefix in entry.mobile_network_prefixes:
        if is_shared(anchor, prefix):
            effects += align(anchor, prefix)
    return effects


def _active(
    anchor: Anchor, prefix: IPv6Network, leaving: BindingCacheEntry | None
) -> list[BindingCacheEntry]:
    """Return the sessions by which a prefix may go, the one that has had it longest first."""
    users = anchor.assignments.by_prefix[prefix].bindings
    entries = [anchor.cache.entries[each] for each in users]
    return [e for e in entries if e.state is BindingState.ACTIVE and e is not leaving]


def _usable(anchor: Anchor, sessions: list[BindingCacheEntry]) -> list[BindingCacheEntry]:
    """Leave out those whose MAG is known to be down, unless that is all of them."""
    return [each for each in sessions if not _is_down(anchor, each)] or sessions


def _is_down(anchor: Anchor, entry: BindingCacheEntry) -> bool:
    path = anchor.watch.paths.get(entry.proxy_care_of_address)
    return path is not None and path.state is PathState.DOWN


def _route(
    anchor: Anchor,
    prefix: IPv6Network,
    usable: Sequence[BindingCacheEntry],
    newcomer: BindingCacheEntry | None,
) -> list[Effect]:
    """Route a prefix as the policy of its router says."""
    if not usable:
        return anchor.routes.abandon(prefix)
    served = anchor.node_and_profile(usable[0].mobile_node_identifier)
    profile = served[1] if served is not None else PolicyProfile(name="")
    match profile.multihoming_policy:
        case MultihomingPolicy.MOST_RECENT:
            chosen = _most_recent(anchor, prefix, usable, newcomer)
        case MultihomingPolicy.EQUAL_COST:
            tunnels = _tunnels(usable)
            if len(tunnels) > 1:
                return anchor.routes.spread_over(prefix, tunnels)
            chosen = usable[0]
        case MultihomingPolicy.PRIMARY_BACKUP:
            chosen = min(usable, key=lambda each: _rank(each, profile))
    return anchor.routes.converge(chosen, prefix)


def _most_recent(
    anchor: Anchor,
    prefix: IPv6Network,
    usable: Sequence[BindingCacheEntry],
    newcomer: BindingCacheEntry | None,
) -> BindingCacheEntry:
    """Return the newcomer, or else the session that has it now, or the one accepted last.

    A renewal moves nothing.
    """
    route = anchor.routes.by_prefix.get(prefix)
    for each in usable:
        is_there = route is not None and each.binding_id == route.binding_id
        if each is newcomer or (newcomer is None and is_there):
            return each
    return max(usable, key=_accepted)


def _rank(entry: BindingCacheEntry, profile: PolicyProfile) -> tuple[int, BindingId]:
    """Return a number that is lower for a better primary: by access technology, then by age."""
    preference = profile.access_technology_preference
    technology = entry.access_technology_type
    place = preference.index(technology) if technology in preference else len(preference)
    return place, entry.binding_id


def _accepted(entry: BindingCacheEntry) -> tuple[int, BindingId]:
    return entry.registered_ms, entry.binding_id


def _tunnels(sessions: Iterable[BindingCacheEntry]) -> tuple[Tunnel, ...]:
    return tuple(dict.fromkeys(each.tunnel for each in sessions))
