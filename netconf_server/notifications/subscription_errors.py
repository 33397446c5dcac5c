"""The errors of subscriptions: identities of YANG on their way into an rpc-error (RFC 8640 §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netconf_server.errors import ErrorDetails, ErrorTag, RpcError
from netconf_server.markup import SUBSCRIBED, YANG_PUSH

_SUBSCRIBED_MODULE: Final = "ietf-subscribed-notifications"
_PUSH_MODULE: Final = "ietf-yang-push"

#: The module that defines each identity, and the error-tag that goes with it.
_IDENTITIES: Final[Mapping[str, tuple[str, ErrorTag]]] = {
    "encoding-unsupported": (_SUBSCRIBED_MODULE, ErrorTag.INVALID_VALUE),
    "filter-unsupported": (_SUBSCRIBED_MODULE, ErrorTag.INVALID_VALUE),
    "insufficient-resources": (_SUBSCRIBED_MODULE, ErrorTag.RESOURCE_DENIED),
    "no-such-subscription": (_SUBSCRIBED_MODULE, ErrorTag.INVALID_VALUE),
    "datastore-not-subscribable": (_PUSH_MODULE, ErrorTag.INVALID_VALUE),
    "no-such-subscription-resync": (_PUSH_MODULE, ErrorTag.INVALID_VALUE),
    "on-change-unsupported": (_PUSH_MODULE, ErrorTag.OPERATION_NOT_SUPPORTED),
    "on-change-sync-unsupported": (_PUSH_MODULE, ErrorTag.OPERATION_NOT_SUPPORTED),
    "period-unsupported": (_PUSH_MODULE, ErrorTag.INVALID_VALUE),
}


def subscription_error(
    identity: str, message: str, details: ErrorDetails | None = None
) -> RpcError:
    """Make the error for an identity."""
    module, tag = _IDENTITIES[identity]
    return RpcError(tag=tag, message=message, app_tag=f"{module}:{identity}", details=details)


def hints(operation: str, *, is_push: bool, **leafs: str) -> ErrorDetails:
    """Give hints on parameters that would do (RFC 8640 §7), with underscores for hyphens.

    ``operation`` is establish-subscription or modify-subscription; what was asked for says which of
    its two structures is returned.
    """
    return ErrorDetails(
        name=f"{operation}-{'datastore' if is_push else 'stream'}-error-info",
        namespace=YANG_PUSH if is_push else SUBSCRIBED,
        leafs={name.replace("_", "-"): text for name, text in leafs.items()},
    )
