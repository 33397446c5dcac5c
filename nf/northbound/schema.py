"""What the YANG modules are called, and which of their features work."""

from __future__ import annotations

from typing import Final

#: The module with the tree, actions and notifications.
MODULE: Final = "pmip6"
#: The features of that module to announce; the others have no engine yet.
ANNOUNCED_FEATURES: Final[frozenset[str]] = frozenset(
    {"dhcpv6-relay", "event-notifications", "local-routing", "multihoming", "revocation"}
)
