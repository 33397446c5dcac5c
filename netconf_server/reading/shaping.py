"""What get-data does besides filtering: depth, config or state, origins (RFC 8526 §3.1.1).

It works on the tokens of a walk, a few entries at a time, so it streams as the walk does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from netconf_server.editing.payload import child_elements
from netconf_server.filters.subtree import is_content_match, schema_candidates
from netconf_server.markup import DEFAULT_ATTRIBUTE, ORIGIN, local_name, namespace_of
from netconf_server.reading.tokens import Begin, End, Token
from netconf_server.reading.wanted import Group
from netconf_server.schema.nodes import NodeKind, SchemaNode
from netconf_server.schema.schema import Schema
from netconf_server.schema.values import is_default_value
from netconf_server.xml_text import declaration

etree.register_namespace("or", ORIGIN)
_ORIGIN_ATTRIBUTE: Final = f"{{{ORIGIN}}}origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaping:
    """The parameters of get-data that choose nodes by what they are, not by their names.

    ``origins`` are the local names of what may be shown, None for all. ``is_config`` shows only
    nodes that are configuration, or only those that are not.
    """

    max_depth: int | None = None
    is_config: bool | None = None
    origins: frozenset[str] | None = None
    with_origin: bool = False
    tags_defaults: bool = False


class Learned(bytes):
    """Printed nodes that the provider has brought in, not a client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """The place of sibling nodes: their parent, its origin, and what the filter has yet to say.

    ``levels`` is how many there may be from here on, None for any number. While nothing above is
    selected as a whole, ``groups`` are the filter nodes that apply here.
    """

    node: SchemaNode | None = None
    origin: str = ""
    levels: int | None = None
    groups: Sequence[Group] | None = None


class Shaper:
    """Shapes what one filter selects."""

    def __init__(self, schema: Schema, shaping: Shaping, groups: Sequence[Group] | None) -> None:
        self._schema = schema
        self._shaping = shaping
        levels = shaping.max_depth if groups is None else None
        self._scopes = [_Scope(levels=levels, groups=groups)]

    def tokens(self, tokens: Iterable[Token]) -> Iterator[Token]:
        """Yield the same with less in it, and with annotations."""
        for token in tokens:
            match token:
                case bytes():
                    yield self._shaped(token, self._scopes[-1])
                case Begin():
                    yield self._begin(token)
                case End():
                    self._scopes.pop()
                    yield token
                case _:
                    yield self._shaped_later(token, self._scopes[-1])

    def _shaped_later(self, content: Iterator[bytes], scope: _Scope) -> Iterator[bytes]:
        return (self._shaped(data, scope) for data in content)

    def _begin(self, token: Begin) -> Begin:
        scope = self._scopes[-1]
        below = self._below(token.node, scope, "intended")
        self._scopes.append(below)
        is_shown = scope.levels != 0 and self._is_chosen(token.node, "intended")
        is_kept = is_shown and (token.is_kept or below.levels == 0)
        start = token.start
        if scope.node is None and token.node.is_config and self._shaping.with_origin:
            start = start.removesuffix(b">") + _ORIGIN_OF_TOP
        return replace(token, start=start, is_kept=is_kept)

    def _below(self, node: SchemaNode, scope: _Scope, origin: str) -> _Scope:
        """Go into a node; the depth is counted from where the filter selects everything."""
        levels, groups = scope.levels, scope.groups
        if groups is not None:
            inner = [list(child_elements(each)) for each in self._filters_for(node, scope)]
            groups = [group for group in inner if not all(map(is_content_match, group))]
            if len(groups) < len(inner):
                groups, levels = None, self._shaping.max_depth
        if groups is None and levels is not None:
            levels = max(0, levels - 1)
        return _Scope(node=node, origin=origin, levels=levels, groups=groups)

    def _filters_for(self, node: SchemaNode, scope: _Scope) -> Iterator[etree._Element]:
        for group in scope.groups or ():
            for element in group:
                if node in schema_candidates(self._schema, scope.node, element):
                    yield element

    def _shaped(self, data: bytes, scope: _Scope) -> bytes:
        if not data:
            return data
        source = "learned" if isinstance(data, Learned) else "intended"
        start, end = _wrapping(scope.node)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        root = etree.fromstring(start + data + end, parser)
        for element in list(root):
            if scope.levels == 0 or not self._shape(element, scope, source):
                root.remove(element)
        return etree.tostring(root)[len(start) : -len(end)] if len(root) else b""

    def _shape(self, element: etree._Element, scope: _Scope, source: str) -> bool:
        """Cut and annotate one element; False if nothing of it is to be shown."""
        node = self._node_of(element, scope.node)
        if not node.is_inner:
            return self._shape_leaf(element, node, scope, source)
        below = self._below(node, scope, source if node.is_config else "")
        self._annotate(element, node, scope, source)
        is_any = False
        for child in list(element):
            child_node = self._node_of(child, node)
            if child_node.is_key:
                continue
            if below.levels != 0 and self._shape(child, below, source):
                is_any = True
            else:
                element.remove(child)
        is_something = node.kind is NodeKind.LIST or node.is_presence or below.levels == 0
        return is_any or (is_something and self._is_chosen(node, source))

    def _shape_leaf(
        self, element: etree._Element, node: SchemaNode, scope: _Scope, source: str
    ) -> bool:
        is_implicit = element.attrib.pop(DEFAULT_ATTRIBUTE, "") != ""
        origin = "default" if is_implicit else source
        self._annotate(element, node, scope, origin)
        if self._shaping.tags_defaults and node.is_config and is_default_value(node, element):
            element.set(DEFAULT_ATTRIBUTE, "true")
        return self._is_chosen(node, origin)

    def _node_of(self, element: etree._Element, parent: SchemaNode | None) -> SchemaNode:
        known = self._schema.nodes.top if parent is None else parent.children
        return known[namespace_of(element), local_name(element)]

    def _annotate(
        self, element: etree._Element, node: SchemaNode, scope: _Scope, origin: str
    ) -> None:
        """Tell an origin that is not the parent's (RFC 8342 §7)."""
        if self._shaping.with_origin and node.is_config and origin != scope.origin:
            element.set(_ORIGIN_ATTRIBUTE, f"or:{origin}")

    def _is_chosen(self, node: SchemaNode, origin: str) -> bool:
        """Apply the filters on single nodes; the state of the system has no origin."""
        shaping = self._shaping
        if shaping.is_config is not None and shaping.is_config is not node.is_config:
            return False
        return not node.is_config or shaping.origins is None or origin in shaping.origins


def _wrapping(node: SchemaNode | None) -> tuple[bytes, bytes]:
    """Return the tags of an element for what stands inside of a node."""
    declared = "" if node is None else declaration("", node.namespace)
    return f"<x{declared}>".encode(), b"</x>"


_ORIGIN_OF_TOP: Final = f'{declaration("or", ORIGIN)} or:origin="or:intended">'.encode()
