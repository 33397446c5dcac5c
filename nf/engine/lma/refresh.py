"""Extensions by which nothing changes but time: most of what an LMA hears (RFC 5213 §5.3.3).

Everything here could be left out: ``lookup`` and ``extension`` come to the same, by a longer way.
"""

from __future__ import annotations

from nf.codec.messages import MobileNetworkPrefix
from nf.engine.configuration import PolicyProfile
from nf.engine.effects import Effect
from nf.engine.lma import waiting
from nf.engine.lma.acknowledgement import acceptance
from nf.engine.lma.anchor import Anchor
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.request import Request
from nf.engine.lma.sessions import accept_order, start_lifetime
from nf.engine.values import Instant


def refreshed_session(anchor: Anchor, request: Request) -> BindingCacheEntry | None:
    """Return the active session that a request wants to stay exactly as it is; None: there is none.

    Whatever the request names the session has, so that it needs no other permission than it had.
    """
    update = request.update
    named = request.named_prefixes
    entry = anchor.cache.by_home_network_prefix(named[0]) if named else None
    if (
        entry is None
        or entry.state is not BindingState.ACTIVE
        or update.home_network_prefixes != entry.home_network_prefixes
        or update.mobile_node_identifier != entry.mobile_node_identifier
        or update.access_technology_type != entry.access_technology_type
        or request.link_layer_identifier != entry.link_layer_identifier
        or update.link_local_address is not None
        or request.proxy_care_of_address != entry.tunnel.remote
        or request.destination != entry.tunnel.local
    ):
        return None
    _, profile = anchor.served(entry.mobile_node_identifier)
    is_same_lifetime = min(update.lifetime_s, profile.registration_lifetime_s) == entry.lifetime_s
    is_same = is_same_lifetime and _has_its_mobile_networks(entry, request, profile)
    return entry if is_same and update.lifetime_s else None


def extend(
    anchor: Anchor, entry: BindingCacheEntry, request: Request, now: Instant
) -> list[Effect]:
    """Let the lifetime of a session begin anew, and answer."""
    anchor.statistics.reregistrations += 1
    entry.handoff_indicator = request.update.handoff_indicator or 0
    accept_order(anchor, entry, request, now)
    effects = waiting.forget_superseded(anchor, entry.mobile_node_identifier, request)
    effects.append(start_lifetime(entry, now))
    effects.append(acceptance(anchor, request, entry, lifetime_s=entry.lifetime_s))
    return effects


def _has_its_mobile_networks(
    entry: BindingCacheEntry, request: Request, profile: PolicyProfile
) -> bool:
    """Tell whether a request names a session's mobile networks, by the draft's option only.

    NEMO draft §3.4.3: who names none is a host; RFC 3963 §6.2: unless the R flag asks for them.
    """
    update = request.update
    options = update.mobile_network_prefixes
    if not options:
        is_asking = update.mobile_router or update.delegated_mobile_network_prefixes
        return not is_asking and not entry.mobile_network_prefixes
    if update.delegated_mobile_network_prefixes or not profile.network_mobility:
        return False
    return _prefixes(options) == entry.mobile_network_prefixes


def _prefixes(options: tuple[MobileNetworkPrefix, ...]) -> tuple[object, ...]:
    """Return the prefixes that options name: with the R bit an option names none."""
    return tuple([None if option.is_request else option.prefix for option in options])
