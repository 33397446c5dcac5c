"""XML that is written without a library: text, attributes, and the tags of data nodes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from netconf_server.schema.nodes import SchemaNode

#: What cannot stand in text as it is: markup, line ends that a reader would change, and characters
#: that XML 1.0 §2.2 does not have at all.
_SPECIAL: Final = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_REPLACEMENT: Final = "\ufffd"


def is_plain(text: str) -> bool:
    """Tell quickly whether a text, not an empty one, can be written as it is; False if unsure."""
    return (
        text.isprintable()
        and "<" not in text
        and "&" not in text
        and ">" not in text
        and text != ""
    )


def escape(text: str) -> str:
    """Write a text; a character that is impossible in XML is replaced."""
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda match: _ESCAPED.get(match[0], _REPLACEMENT), text)


def declaration(prefix: str, namespace: str) -> str:
    """Write the declaration of a prefix, or of the default namespace for an empty prefix."""
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    return f' {name}="{escape(namespace).replace(chr(34), "&quot;")}"'


def name_in_start_tag(node: SchemaNode) -> str:
    """Return what a start tag begins with: the name, the namespace if it is not the parent's."""
    parent = node.data_parent
    if parent is None or parent.namespace != node.namespace:
        return node.name + declaration("", node.namespace)
    return node.name


@lru_cache(4096)
def tags(node: SchemaNode) -> tuple[bytes, bytes]:
    """Return start tag and end tag of an inner data node as it stands inside of its parent."""
    return f"<{name_in_start_tag(node)}>".encode(), f"</{node.name}>".encode()
