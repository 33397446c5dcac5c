"""The one error of the NETCONF side: RFC 6241 §4.3 ``rpc-error``, made where the fault is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum


class ErrorType(Enum):
    """The conceptual layer in which the fault was found (RFC 6241 §4.3)."""

    TRANSPORT = "transport"
    RPC = "rpc"
    PROTOCOL = "protocol"
    APPLICATION = "application"


class ErrorTag(Enum):
    """The closed list of RFC 6241 Appendix A."""

    IN_USE = "in-use"
    INVALID_VALUE = "invalid-value"
    TOO_BIG = "too-big"
    MISSING_ATTRIBUTE = "missing-attribute"
    BAD_ATTRIBUTE = "bad-attribute"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    MISSING_ELEMENT = "missing-element"
    BAD_ELEMENT = "bad-element"
    UNKNOWN_ELEMENT = "unknown-element"
    UNKNOWN_NAMESPACE = "unknown-namespace"
    ACCESS_DENIED = "access-denied"
    LOCK_DENIED = "lock-denied"
    RESOURCE_DENIED = "resource-denied"
    ROLLBACK_FAILED = "rollback-failed"
    DATA_EXISTS = "data-exists"
    DATA_MISSING = "data-missing"
    OPERATION_NOT_SUPPORTED = "operation-not-supported"
    OPERATION_FAILED = "operation-failed"
    MALFORMED_MESSAGE = "malformed-message"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDetails:
    """One structured child of ``error-info``, as a ``yang-data`` statement defines it."""

    name: str
    namespace: str
    leafs: dict[str, str]


@dataclass(slots=True, kw_only=True)
class RpcError(Exception):
    """One ``rpc-error`` on its way to the client.

    ``path`` is an XPath instance-identifier with module names as prefixes (``/m:c/list[key='k']``);
    the session turns the prefixes into namespace declarations. The message repeats path and reason
    in words, since some clients show nothing but the message. ``info`` holds the children of
    ``error-info`` by their local name, such as ``session-id`` or ``bad-element``; ``details`` is a
    child of it that has children.
    """

    tag: ErrorTag
    message: str
    type: ErrorType = ErrorType.APPLICATION
    app_tag: str | None = None
    path: str | None = None
    info: dict[str, str] = field(default_factory=dict)
    details: ErrorDetails | None = None

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{self.tag.value}: {where}{self.message}"


@dataclass(slots=True, kw_only=True)
class MultipleRpcError(RpcError):
    """Several faults of one request: the first of them, and the others behind it.

    RFC 6241 §4.3: one reply may carry several ``rpc-error`` elements.
    """

    others: tuple[RpcError, ...] = ()


def all_of(errors: Iterable[RpcError]) -> RpcError:
    """Make one error, of one request, of one or more."""
    first, *others = errors
    if not others:
        return first
    return MultipleRpcError(
        tag=first.tag,
        message=first.message,
        type=first.type,
        app_tag=first.app_tag,
        path=first.path,
        info=first.info,
        details=first.details,
        others=tuple(others),
    )
