"""The filters of get and get-config (RFC 6241 §6, §8.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from netconf_server.filters.picks import Pick, print_tree
from netconf_server.filters.subtree import pick_subtree
from netconf_server.filters.xpath import pick_xpath
from netconf_server.schema.printing import Defaults
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree


@dataclass(frozen=True, slots=True)
class SubtreeFilter:
    """The ``filter`` element with the subtrees to select (RFC 6241 §6)."""

    element: etree._Element


@dataclass(frozen=True, slots=True)
class XPathFilter:
    """An XPath expression and the namespaces of its prefixes (RFC 6241 §8.9)."""

    expression: str
    namespaces: Mapping[str, str]


Filter: TypeAlias = SubtreeFilter | XPathFilter


def apply_filter(
    schema: Schema,
    tree: DataTree,
    selection: Filter | None,
    defaults: Defaults = Defaults.EXPLICIT,
) -> Iterator[bytes]:
    """Yield the top-level elements that a filter selects, printed; all of them without one."""
    match selection:
        case None:
            pick = Pick(is_whole=True)
        case SubtreeFilter(element):
            pick = pick_subtree(schema, tree, element, defaults)
        case XPathFilter(expression, namespaces):
            pick = pick_xpath(schema, tree, expression, namespaces, defaults)
    return print_tree(tree, pick, defaults)
