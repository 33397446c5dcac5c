"""Passwords that clients send in clear, on their way into a datastore."""

from __future__ import annotations

from typing import Final

from lxml import etree

from netconf_server.errors import ErrorTag, RpcError
from netconf_server.users.sha_crypt import hash_password
from netconf_server.users.users import PASSWORD_MAX_BYTES

#: What stands in front of a password in clear (RFC 7317 §5, typedef crypt-hash).
CLEAR_TEXT: Final = "$0$"

_SYSTEM: Final = "urn:ietf:params:xml:ns:yang:ietf-system"

#: Hashing takes a few milliseconds, in which nothing else happens.
_MOST_AT_ONCE: Final = 50


def hash_clear_passwords(config: etree._Element) -> None:
    """Put hashes in the place of the passwords of ietf-system's users; raises RpcError.

    RFC 7317 §5: of a value ``$0$password`` that is received, the hash is what is stored.
    """
    clear = [
        element
        for element in config.iter(f"{{{_SYSTEM}}}password")
        if (element.text or "").startswith(CLEAR_TEXT)
    ]
    if len(clear) > _MOST_AT_ONCE:
        reason = f"more than {_MOST_AT_ONCE} passwords in clear in one request: send their hashes"
        raise RpcError(tag=ErrorTag.RESOURCE_DENIED, message=reason)
    for element in clear:
        element.text = hash_password(_usable_password(element))


def _usable_password(element: etree._Element) -> str:
    password = (element.text or "").removeprefix(CLEAR_TEXT)
    if not password:
        raise _invalid(element, "a password must not be empty")
    if len(password.encode()) > PASSWORD_MAX_BYTES:
        raise _invalid(element, f"a password has at most {PASSWORD_MAX_BYTES} bytes")
    return password


def _invalid(element: etree._Element, reason: str) -> RpcError:
    """Refuse a password with its place, if the user has a name that can be written in a path."""
    name = element.findtext(f"../{{{_SYSTEM}}}name") or ""
    path = f"/ietf-system:system/authentication/user[name='{name}']/password"
    return RpcError(tag=ErrorTag.INVALID_VALUE, message=reason, path=None if "'" in name else path)
