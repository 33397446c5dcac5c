"""Short ways to write shop data, and to compare it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree

from netconf_server.datastores.datastore import (
    DatastoreName,
    Datastores,
    DefaultOperation,
    TestOption,
)
from netconf_server.errors import RpcError
from netconf_server.markup import BASE, YANG
from netconf_server.schema.data import DataNode
from netconf_server.schema.schema import Schema

SHOP: Final = "urn:test:shop"
_USER_ORDERED: Final = frozenset({"queue", "route"})
_NAMESPACES: Final = (
    f'xmlns="{SHOP}" xmlns:nc="{BASE}" xmlns:yang="{YANG}" xmlns:sh="{SHOP}"'
    ' xmlns:st="urn:test:shop-types" xmlns:se="urn:test:shop-extra"'
)


@cache
def shop_schema() -> Schema:
    """Load the shop's modules, once for all tests."""
    directory = Path(__file__).parent.parent / "yang"
    return Schema([directory], {"shop": ["delivery"], "shop-types": [], "shop-extra": []})


def config(content: str) -> etree._Element:
    """Wrap top-level elements in ``config``, with the prefixes nc, yang, sh, st and se."""
    return etree.fromstring(f"<nc:config {_NAMESPACES}>{content}</nc:config>")


def shop(content: str) -> etree._Element:
    """Wrap children of the shop."""
    return config(f"<shop>{content}</shop>")


def edit(
    datastores: Datastores,
    element: etree._Element,
    default_operation: DefaultOperation = DefaultOperation.MERGE,
    test_option: TestOption = TestOption.SET,
) -> None:
    """Edit candidate."""
    datastores.edit(DatastoreName.CANDIDATE, element, default_operation, test_option)


def permit(_node: DataNode) -> None:
    """Let everybody invoke an action."""


def candidate(datastores: Datastores) -> list[str]:
    """Return candidate in a comparable form."""
    return comparable(datastores.get_config(DatastoreName.CANDIDATE, None))


def running(datastores: Datastores) -> list[str]:
    """Return running in a comparable form."""
    return comparable(datastores.get_config(DatastoreName.RUNNING, None))


def comparable(elements: Iterable[etree._Element]) -> list[str]:
    """Write elements so that only what means something counts: not the order, except of users."""
    return sorted(_form(element) for element in elements)


def expected(content: str) -> list[str]:
    """Write the children of a shop as ``comparable`` does; without content there is no shop."""
    return comparable(shop(content)) if content else []


def _form(element: etree._Element) -> str:
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        return f"{element.tag}={(element.text or '').strip()}"
    free = [_form(child) for child in children if not _is_ordered(child)]
    ordered = [_form(child) for child in children if _is_ordered(child)]
    return f"{element.tag}({', '.join([*sorted(free), *ordered])})"


def _is_ordered(element: etree._Element) -> bool:
    return etree.QName(element).localname in _USER_ORDERED


def summary(error: RpcError) -> tuple[str, str | None, str | None]:
    """Return tag, app-tag and path of an error."""
    return error.tag.value, error.app_tag, error.path


def texts(elements: Sequence[etree._Element]) -> list[str]:
    """Serialize elements without namespace declarations, for tests that show exact output."""
    return [
        etree.tostring(element, with_tail=False).decode().replace(f' xmlns="{SHOP}"', "")
        for element in elements
    ]
