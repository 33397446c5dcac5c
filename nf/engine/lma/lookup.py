"""Which session a proxy binding update is about (RFC 5213 §5.4.1); changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.registry import HandoffIndicator, Status
from nf.codec.unguarded import unguarded
from nf.engine.lma.binding_cache import BindingCache
from nf.engine.lma.records import BindingCacheEntry, BindingState
from nf.engine.lma.request import Request


class Verdict(Enum):
    """What a request is to be taken for."""

    #: A request to update the session that was found.
    UPDATE = auto()
    #: A request for a new session.
    NEW = auto()
    #: The session that was found may be about to be de-registered.
    WAIT = auto()
    #: To be refused with the status that was found.
    REFUSE = auto()


@unguarded
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of the binding cache entry existence test."""

    verdict: Verdict
    entry: BindingCacheEntry | None = None
    status: Status = Status.BINDING_UPDATE_ACCEPTED


NEW_SESSION = Finding(verdict=Verdict.NEW)


def find_session(cache: BindingCache, node: MobileNodeIdentifier, request: Request) -> Finding:
    """Apply the considerations of RFC 5213 §5.4.1 that fit the request's options."""
    if request.named_prefixes:
        return _by_home_network_prefix(cache, node, request)
    if request.link_layer_identifier is not None:
        return _by_interface(cache, node, request)
    return _by_node(cache, node, request)


def _by_home_network_prefix(
    cache: BindingCache, node: MobileNodeIdentifier, request: Request
) -> Finding:
    """RFC 5213 §5.4.1.1: any of the named prefixes finds the session, which must have them all."""
    found = (cache.by_home_network_prefix(prefix) for prefix in request.named_prefixes)
    entry = next((each for each in found if each is not None), None)
    if entry is None:
        return NEW_SESSION
    if entry.mobile_node_identifier != node:
        return _refusal(Status.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX)
    prefixes = request.update.home_network_prefixes
    known = entry.home_network_prefixes
    if prefixes != known and sorted(prefixes) != sorted(known):
        return _refusal(Status.BCE_PBU_PREFIX_SET_DO_NOT_MATCH)
    return _update(entry) if _is_same_session(entry, request) else NEW_SESSION


def _is_same_session(entry: BindingCacheEntry, request: Request) -> bool:
    """RFC 5213 §5.4.1.1 item 5: any one of these makes it an update."""
    indicator = request.update.handoff_indicator
    if indicator == HandoffIndicator.HANDOFF_BETWEEN_INTERFACES:
        return True
    if request.update.access_technology_type != entry.access_technology_type:
        return False
    if request.proxy_care_of_address == entry.proxy_care_of_address:
        return True
    if request.link_layer_identifier is not None:
        return request.link_layer_identifier == entry.link_layer_identifier
    is_same_interface = indicator == HandoffIndicator.HANDOFF_BETWEEN_MAGS_SAME_INTERFACE
    return is_same_interface and entry.link_layer_identifier is None


def _by_interface(cache: BindingCache, node: MobileNodeIdentifier, request: Request) -> Finding:
    """RFC 5213 §5.4.1.2: the interface finds the session, or the node's only one is meant."""
    identifier = request.link_layer_identifier
    technology = request.update.access_technology_type
    if identifier is not None and technology is not None:
        entry = cache.by_interface((node, technology, identifier))
        if entry is not None:
            return _update(entry)
    only = _only_session(cache, node)
    if only is None:
        return NEW_SESSION
    indicator = request.update.handoff_indicator
    if indicator == HandoffIndicator.HANDOFF_BETWEEN_INTERFACES:
        return _update(only)
    return _unless_unknown(only, indicator)


def _by_node(cache: BindingCache, node: MobileNodeIdentifier, request: Request) -> Finding:
    """RFC 5213 §5.4.1.3: the node's only session is meant, if the MAG says it is a handoff."""
    only = _only_session(cache, node)
    if only is None:
        return NEW_SESSION
    indicator = request.update.handoff_indicator
    if indicator in (
        HandoffIndicator.HANDOFF_BETWEEN_INTERFACES,
        HandoffIndicator.HANDOFF_BETWEEN_MAGS_SAME_INTERFACE,
    ):
        return _update(only)
    return _unless_unknown(only, indicator)


def _unless_unknown(only: BindingCacheEntry, indicator: int | None) -> Finding:
    """Wait where the MAG does not know, unless the session is about to end already."""
    if indicator != HandoffIndicator.HANDOFF_STATE_UNKNOWN:
        return NEW_SESSION
    if only.state is not BindingState.ACTIVE:
        return _update(only)
    return Finding(verdict=Verdict.WAIT, entry=only)


def _only_session(cache: BindingCache, node: MobileNodeIdentifier) -> BindingCacheEntry | None:
    entries = cache.of_node(node)
    return entries[0] if len(entries) == 1 else None


def _update(entry: BindingCacheEntry) -> Finding:
    return Finding(verdict=Verdict.UPDATE, entry=entry)


def _refusal(status: Status) -> Finding:
    return Finding(verdict=Verdict.REFUSE, status=status)
