"""Subscription state change notifications (RFC 8639 §2.7): of one subscription, to its receiver."""

from __future__ import annotations

from netconf_server.markup import SUBSCRIBED


def replay_completed(subscription_id: int) -> bytes:
    """Render ``replay-completed`` (§2.7.7)."""
    return _notice("replay-completed", subscription_id)


def resumed(subscription_id: int) -> bytes:
    """Render ``subscription-resumed`` (§2.7.5)."""
    return _notice("subscription-resumed", subscription_id)


def suspended(subscription_id: int, reason: str) -> bytes:
    """Render ``subscription-suspended`` (§2.7.4); the reason is one of the module's identities."""
    return _notice("subscription-suspended", subscription_id, _reason(reason))


def terminated(subscription_id: int, reason: str) -> bytes:
    """Render ``subscription-terminated`` (§2.7.3); the reason is one of the module's identities."""
    return _notice("subscription-terminated", subscription_id, _reason(reason))


def modified(subscription_id: int, terms: bytes) -> bytes:
    """Render ``subscription-modified`` (§2.7.2) with the terms as they are now."""
    return _notice("subscription-modified", subscription_id, terms.decode())


def started(subscription_id: int, terms: bytes) -> bytes:
    """Render ``subscription-started`` (§2.7.1), of configured subscriptions only."""
    return _notice("subscription-started", subscription_id, terms.decode())


def completed(subscription_id: int) -> bytes:
    """Render ``subscription-completed`` (§2.7.6)."""
    return _notice("subscription-completed", subscription_id)


def _notice(name: str, subscription_id: int, content: str = "") -> bytes:
    return f'<{name} xmlns="{SUBSCRIBED}"><id>{subscription_id}</id>{content}</{name}>'.encode()


def _reason(identity: str) -> str:
    return f'<reason xmlns:sn="{SUBSCRIBED}">sn:{identity}</reason>'
