"""Printing data nodes as XML, one by one or in runs of siblings, in a with-defaults mode."""

from __future__ import annotations

import re
import sys
from enum import Enum
from typing import Final

from netconf_server.schema.data import DataNode
from netconf_server.schema.native import NULL, Pointer, extra, ffi, lib, take_string
from netconf_server.schema.nodes import NodeKind


class Defaults(Enum):
    """What is shown of default values: the retrieval modes of RFC 6243 §3."""

    EXPLICIT = "explicit"
    TRIM = "trim"
    REPORT_ALL = "report-all"
    REPORT_ALL_TAGGED = "report-all-tagged"


_FLAGS = {
    Defaults.EXPLICIT: lib.LYD_PRINT_WD_EXPLICIT,
    Defaults.TRIM: lib.LYD_PRINT_WD_TRIM,
    Defaults.REPORT_ALL: lib.LYD_PRINT_WD_ALL,
    Defaults.REPORT_ALL_TAGGED: lib.LYD_PRINT_WD_IMPL_TAG,
}

#: libyang puts the attribute into its module's namespace; RFC 6243 §6 has another for it. In text
#: nothing like it can be found, for a ``<`` never stands there.
_TAG_NAMESPACE: Final = re.compile(rb'(<[^<>]* xmlns:ncwd=")urn:[^"]*:ietf-netconf-with-defaults"')
_RIGHT_NAMESPACE: Final = rb'\1urn:ietf:params:xml:ns:netconf:default:1.0"'


def is_shown(node: DataNode, defaults: Defaults) -> bool:
    """Tell whether a node is part of the data in a mode; RFC 6243 §4.5.1: so filters see it."""
    match defaults:
        case Defaults.EXPLICIT:
            return not node.is_default
        case Defaults.TRIM:
            is_leaf = node.schema.kind in (NodeKind.LEAF, NodeKind.LEAF_LIST)
            return not node.is_default and not (is_leaf and extra.lyd_is_default(node.pointer))
        case _:
            return True


def print_node(node: DataNode, defaults: Defaults) -> bytes:
    """Print one node as it stands inside of its parent; at the top with its namespace."""
    return print_run(node, 1, defaults)[0]


def print_all(first: DataNode, defaults: Defaults) -> bytes:
    """Print all instances of a schema node."""
    return print_run(first, sys.maxsize, defaults)[0]


def print_run(first: DataNode, limit: int, defaults: Defaults) -> tuple[bytes, DataNode | None]:
    """Print up to so many instances of one schema node, as they stand inside of their parent.

    Returns the instance after them too. For the moment of printing, the run is all that its parent
    has: the library cannot print a part of the children.
    """
    last = _last_of_run(first.pointer, limit)
    following = DataNode(last, first.nodes).following
    parent = first.pointer.parent
    flags = lib.LYD_PRINT_SHRINK | _FLAGS[defaults]
    rest, last.next = last.next, NULL
    if not parent:
        try:
            return _print(first.pointer, flags | lib.LYD_PRINT_WITHSIBLINGS), following
        finally:
            last.next = rest
    child, parent.child = parent.child, first.pointer
    try:
        printed = _print(ffi.cast("struct lyd_node *", parent), flags)
    finally:
        parent.child = child
        last.next = rest
    return _content_of(printed), following


def _last_of_run(pointer: Pointer, limit: int) -> Pointer:
    schema = pointer.schema
    for _ in range(limit - 1):
        following = pointer.next
        if not following or following.schema != schema:
            break
        pointer = following
    return pointer


def _content_of(element: bytes) -> bytes:
    """Cut off an element's own tags; libyang writes none of its own attributes with a ``>``."""
    end = element.rfind(b"</")
    start = element.find(b">") + 1
    return element[start:end] if 0 < start <= end else b""


def _print(pointer: Pointer, flags: int) -> bytes:
    holder = ffi.new("char **")
    lib.lyd_print_mem(holder, pointer, lib.LYD_XML, flags)
    printed = take_string(holder)
    if flags & _FLAGS[Defaults.REPORT_ALL_TAGGED]:
        return _TAG_NAMESPACE.sub(_RIGHT_NAMESPACE, printed)
    return printed
