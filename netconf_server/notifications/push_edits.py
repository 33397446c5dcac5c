"""Changes of a datastore as edits of a YANG patch (RFC 8641 §3.5.2, RFC 8072 §2.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from lxml import etree

from netconf_server.filters.filter import Filter
from netconf_server.filters.location import Step
from netconf_server.markup import elements_in
from netconf_server.notifications.policies import ChangeType
from netconf_server.notifications.push_scope import Selected, chain_to
from netconf_server.provider import ChangeKind
from netconf_server.schema.nodes import NodeKind

#: Reads what is selected; see ``PushReader.read``.
Read = Callable[[Filter], Iterator[bytes]]

_LEAF_LIST_VALUE: Final = re.compile(r"""\[\.=(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]$""")


@dataclass(frozen=True, slots=True)
class ChangedNode:
    """A node that has changed: where it is, and how."""

    path: str
    kind: ChangeKind
    steps: Sequence[Step] = field(repr=False)
    selected: Selected = field(repr=False)

    @property
    def is_ordered_entry(self) -> bool:
        """True for an entry whose place among the others is a client's."""
        return self.steps[-1].node.is_user_ordered

    @property
    def value(self) -> str | None:
        """The value of an entry of a leaf-list."""
        match = _LEAF_LIST_VALUE.search(self.path)
        return None if match is None else match["single"] or match["double"] or ""


def edit_of(changed: ChangedNode, read: Read) -> tuple[ChangeType, bytes] | None:
    """Describe a change by what is there now; None if nothing of it can be seen.

    RFC 8641 §3.7: of several changes of a node the last counts, with the node's present value.
    """
    if changed.kind is ChangeKind.DELETED:
        return ChangeType.DELETE, b""
    node = _value_of(changed, read)
    if node is None:
        return None
    where = _place_of(changed, read) if changed.is_ordered_entry else b""
    if changed.is_ordered_entry and changed.kind is ChangeKind.MODIFIED:
        return ChangeType.MOVE, where
    value = b"<value>%b</value>" % etree.tostring(node, encoding="UTF-8", with_tail=False)
    if changed.kind is ChangeKind.MODIFIED:
        return ChangeType.REPLACE, value
    return (ChangeType.INSERT if where else ChangeType.CREATE), where + value


def render_edit(number: int, changed: ChangedNode, change: ChangeType, content: bytes) -> bytes:
    """Write one edit of a patch."""
    target = escape(api_path(changed.steps, changed.value))
    head = f"<edit><edit-id>{number}</edit-id><operation>{change.value}</operation>"
    return f"{head}<target>{target}</target>".encode() + content + b"</edit>"


def api_path(steps: Sequence[Step], value: str | None = None) -> str:
    """Write a path as RFC 8040 §3.5.3 does, which is what the targets of a patch are."""
    text, module = "", ""
    for step in steps:
        text += f"/{step.node.name}" if step.node.module == module else f"/{_qualified(step)}"
        module = step.node.module
        if step.node.kind is NodeKind.LIST and step.values:
            text += "=" + ",".join(quote(each, safe="") for each in step.values.values())
    return text if value is None else f"{text}={quote(value, safe='')}"


def _qualified(step: Step) -> str:
    return f"{step.node.module}:{step.node.name}"


def _value_of(changed: ChangedNode, read: Read) -> etree._Element | None:
    """Read the node with what is selected of it, and take it out of what is around it."""
    if changed.value is not None:
        leaf = etree.Element(changed.steps[-1].node.tag)
        leaf.text = changed.value
        return leaf
    found = elements_in(b"".join(read(chain_to(changed.steps, changed.selected))))
    node: etree._Element | None = None
    for step in changed.steps:
        node = next((each for each in found if each.tag == step.node.tag), None)
        if node is None:
            return None
        found = list(node)
    return node


def _place_of(changed: ChangedNode, read: Read) -> bytes:
    """Tell behind which entry of its list an entry is."""
    *around, last = changed.steps
    everything = [*around, Step(node=last.node, values=None)]
    found = elements_in(b"".join(read(chain_to(everything, Selected(is_whole=False)))))
    for step in around:
        found = [child for each in found if each.tag == step.node.tag for child in each]
    before: str | None = None
    for entry in (each for each in found if each.tag == last.node.tag):
        values = {key.name: entry.findtext(key.tag) or "" for key in last.node.keys}
        value = None if changed.value is None else entry.text or ""
        if value == changed.value and values == (last.values or {}):
            break
        before = api_path([*around, Step(node=last.node, values=values)], value)
    if before is None:
        return b"<where>first</where>"
    return f"<point>{escape(before)}</point><where>after</where>".encode()
