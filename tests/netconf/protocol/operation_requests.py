"""Requests as clients write them, about the fake datastores."""

from __future__ import annotations

from lxml import etree

from tests.netconf.protocol.fakes import TOY, Client

TOP = f'<top xmlns="{TOY}"><x>1</x></top>'


def edit(config: str = TOP, target: str = "candidate", options: str = "") -> str:
    return (
        f"<edit-config><target><{target}/></target>{options}<config>{config}</config></edit-config>"
    )


def lock(name: str) -> str:
    return f"<lock><target><{name}/></target></lock>"


def unlock(name: str) -> str:
    return f"<unlock><target><{name}/></target></unlock>"


def content(client: Client, source: str, selection: str = "") -> list[str]:
    """Return the local names of a datastore's top-level elements."""
    reply = client.ask(f"<get-config><source><{source}/></source>{selection}</get-config>")
    return [etree.QName(element).localname for element in reply[0]]
