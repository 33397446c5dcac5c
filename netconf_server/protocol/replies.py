"""Replies: the ``rpc-reply`` and ``rpc-error`` elements (RFC 6241 §4.2, §4.3), and their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from lxml import etree

from netconf_server.errors import RpcError
from netconf_server.markup import BASE, XML_LANG, YANG, add_child, new_element

#: A whole message in slices, each made when it is asked for; an empty one is only a pause.
Reply: TypeAlias = Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """One element of a reply, by its tags, whose content is made in slices while it is sent.

    ``content`` raises RpcError before its first slice that is not empty, or never.
    """

    start: bytes
    content: Iterator[bytes]
    end: bytes


class BrokenReplyError(Exception):
    """A reply cannot be brought to its end; the session must be, for the client cannot know."""


_PATH_TOKEN = re.compile(
    r"""(?P<quoted>'[^']*'|"[^"]*")|(?:(?P<module>[A-Za-z_][\w.-]*):)?(?P<name>[A-Za-z_][\w.-]*)|."""
)

#: The error-info children that RFC 7950 §15 defines; all others are RFC 6241's.
_YANG_INFO: Final = frozenset({"non-unique", "missing-choice"})


def new_reply(rpc: etree._Element | None = None) -> etree._Element:
    """Begin the reply to a request, with all attributes of its ``rpc`` element.

    RFC 6241 §4.2: every attribute comes back unmodified; so do the namespace declarations, since
    an attribute's value may use a prefix. Without a request there is nothing to echo.
    """
    if rpc is None:
        return new_element("rpc-reply")
    prefixes = {prefix: uri for prefix, uri in rpc.nsmap.items() if prefix and uri != BASE}
    reply = new_element("rpc-reply", prefixes=prefixes)
    for name, value in rpc.attrib.items():
        reply.set(name, value)
    return reply


def tags_of(reply: etree._Element) -> tuple[bytes, bytes]:
    """Render the start tag and the end tag of a reply without content."""
    return etree.tostring(reply).removesuffix(b"/>") + b">", b"</rpc-reply>"


def fill_reply(reply: etree._Element, content: Iterable[etree._Element]) -> None:
    """Put an operation's output into its reply; RFC 6241 §4.4: ``ok`` where there is none."""
    reply.extend(content)
    if len(reply) == 0:
        add_child(reply, "ok")


def error_element(error: RpcError, namespaces: Mapping[str, str]) -> etree._Element:
    """Render one error; ``namespaces`` maps the module names of its path to their namespaces."""
    element = new_element("rpc-error")
    add_child(element, "error-type", error.type.value)
    add_child(element, "error-tag", error.tag.value)
    add_child(element, "error-severity", "error")
    if error.app_tag is not None:
        add_child(element, "error-app-tag", error.app_tag)
    if error.path is not None:
        element.append(path_element("error-path", BASE, error.path, namespaces))
    message = add_child(element, "error-message", error.message)
    message.set(XML_LANG, "en")
    if error.info or error.details:
        element.append(_info_element(error))
    return element


def _info_element(error: RpcError) -> etree._Element:
    element = new_element("error-info")
    if error.details is not None:
        details, namespace = error.details, error.details.namespace
        structure = add_child(element, details.name, namespace=namespace)
        for name, text in details.leafs.items():
            add_child(structure, name, text, namespace)
    for name, text in error.info.items():
        namespace = YANG if name in _YANG_INFO else BASE
        add_child(element, name, text, namespace)
    return element


def path_element(
    name: str, namespace: str, path: str, namespaces: Mapping[str, str]
) -> etree._Element:
    """Render an instance-identifier with every name prefixed and every prefix declared.

    RFC 6241 §4.3: the path is XPath in the scope of its element, where a name without a prefix
    would be in no namespace at all.
    """
    used = {module for module in _modules_in(path) if module in namespaces}
    prefixes = {module: namespaces[module] for module in sorted(used)}
    element = new_element(name, namespace, prefixes)
    element.text = "".join(_qualified(path))
    return element


def _modules_in(path: str) -> Iterator[str]:
    return (token["module"] for token in _PATH_TOKEN.finditer(path) if token["module"])


def _qualified(path: str) -> Iterator[str]:
    """Yield the path's tokens; a name without a module belongs to that of the name before it."""
    module = ""
    for token in _PATH_TOKEN.finditer(path):
        if token["name"] is None:
            yield token.group()
            continue
        module = token["module"] or module
        yield f"{module}:{token['name']}" if module else token["name"]
