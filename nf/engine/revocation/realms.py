"""The realms of mobile nodes, by which many bindings can be revoked at once (RFC 5846 §8.1)."""

from __future__ import annotations

from nf.codec.messages import MobileNodeIdentifier

_SIGN = "@"


def realm_of(identifier: MobileNodeIdentifier) -> str:
    """Return the realm of a node in the form in which realms are compared; empty: it has none.

    It is what stands behind the last "@". RFC 7542 §3: in ASCII, as all domain names were once, the
    case of letters makes no difference; other letters have no case that everybody agrees on.
    """
    _, sign, realm = identifier.rpartition(_SIGN)
    if not sign:
        return ""
    return realm.lower() if realm.isascii() else realm


def realm_name(realm: str) -> MobileNodeIdentifier:
    """Return what stands for all nodes of a realm in the Mobile Node Identifier option."""
    return MobileNodeIdentifier(_SIGN + realm)


def named_realm(identifier: MobileNodeIdentifier | None) -> str:
    """Return the realm that such an option names; empty: it names none, or one node."""
    if identifier is None or not identifier.startswith(_SIGN):
        return ""
    return realm_of(identifier)
