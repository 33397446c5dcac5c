"""How subscriptions to datastores are asked for, and what comes of them (RFC 8641)."""

from __future__ import annotations

from lxml import etree

from netconf_server.markup import BASE, YANG_PUSH
from tests.netconf.notifications.bench import DEPOT, Client

RUNNING = "<yp:datastore>ds:running</yp:datastore>"
OPERATIONAL = "<yp:datastore>ds:operational</yp:datastore>"
ON_CHANGE = "<yp:on-change/>"
CHANGES_ONLY = "<yp:on-change><yp:sync-on-start>false</yp:sync-on-start></yp:on-change>"
DELETE = f'xmlns:nc="{BASE}" nc:operation="delete"'


def periodic(hundredths: int, anchor: str = "") -> str:
    anchored = f"<yp:anchor-time>{anchor}</yp:anchor-time>" if anchor else ""
    return f"<yp:periodic><yp:period>{hundredths}</yp:period>{anchored}</yp:periodic>"


def subtree(content: str) -> str:
    inner = f'<depot xmlns="{DEPOT}">{content}</depot>'
    return f"<yp:datastore-subtree-filter>{inner}</yp:datastore-subtree-filter>"


def xpath(expression: str) -> str:
    return f"<yp:datastore-xpath-filter>{expression}</yp:datastore-xpath-filter>"


def configure(client: Client, content: str) -> None:
    client.edit(f'<depot xmlns="{DEPOT}">{content}</depot>')


def bus(number: int, seats: int = 40) -> str:
    return f"<bus><id>{number}</id><seats>{seats}</seats></bus>"


def pushed(client: Client) -> list[str]:
    """Return what has come: contents without namespaces, or the names of other notices."""
    found = []
    for content in client.contents():
        name = etree.QName(content).localname
        inner = content.find(f"{{{YANG_PUSH}}}datastore-contents")
        found.append(name if inner is None else "".join(map(plain, inner)))
    return found


def plain(element: etree._Element) -> str:
    """Write an element without namespaces."""
    name = etree.QName(element).localname
    return f"<{name}>{element.text or ''}{''.join(map(plain, element))}</{name}>"


def patches(client: Client) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return the number of each patch that has come, with operation, target and the rest."""
    found = []
    for content in client.contents():
        (patch,) = content.iter(f"{{{YANG_PUSH}}}yang-patch")
        edits = [
            tuple(
                plain(child[0]) if len(child) else child.text or ""
                for child in edit
                if etree.QName(child).localname != "edit-id"
            )
            for edit in patch.iterfind(f"{{{YANG_PUSH}}}edit")
        ]
        found.append((patch.findtext(f"{{{YANG_PUSH}}}patch-id") or "", edits))
    return found
