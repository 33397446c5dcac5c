"""Short ways to configure subscriptions, and to see what becomes of them."""

from __future__ import annotations

from lxml import etree

from netconf_server.markup import BASE, DATASTORES, SUBSCRIBED, YANG, YANG_PUSH
from tests.netconf.notifications.bench import DEPOT, Client, errors_of

STREAM = "<stream>NETCONF</stream>"
OPENED = f'<stream-subtree-filter><gate-opened xmlns="{DEPOT}"/></stream-subtree-filter>'
CLOSED = "<stream-xpath-filter>/d:gate-closed</stream-xpath-filter>"
REPLAY = "<configured-replay/>"
TRANSPORT = "<transport>nsc:netconf-call-home</transport>"
DELETE = f'xmlns:nc="{BASE}" nc:operation="delete"'
PREFIXES = (
    f'xmlns:yp="{YANG_PUSH}" xmlns:ds="{DATASTORES}" xmlns:d="{DEPOT}" '
    'xmlns:nsc="urn:netconf-server:call-home"'
)


def subscriptions(content: str) -> str:
    return f'<subscriptions xmlns="{SUBSCRIBED}" {PREFIXES}>{content}</subscriptions>'


def receivers(*names: str) -> str:
    each = "".join(
        f"<receiver><name>{name} of ours</name><nsc:client>{name}</nsc:client></receiver>"
        for name in names
    )
    return f"<receivers>{each}</receivers>"


def subscription(terms: str, *clients: str, number: int = 7, transport: str = TRANSPORT) -> str:
    inner = f"<id>{number}</id>{terms}{transport}{receivers(*(clients or ('nms',)))}"
    return subscriptions(f"<subscription>{inner}</subscription>")


def commit_error(client: Client, config: str) -> dict[str, str]:
    target = "<target><candidate/></target>"
    client.ask(f"<edit-config>{target}<config>{config}</config></edit-config>")
    reply = client.ask("<commit/>")
    client.ask("<discard-changes/>")
    return errors_of(reply)


def states(client: Client) -> dict[str, str]:
    """Return the state of subscription 7, and those of its receivers by their names."""
    selection = f'<filter><subscriptions xmlns="{SUBSCRIBED}"/></filter>'
    reply = client.ask(f"<get>{selection}</get>")
    found = {
        str(each.findtext(f"{{{SUBSCRIBED}}}name")): str(each.findtext(f"{{{SUBSCRIBED}}}state"))
        for each in reply.iter(f"{{{SUBSCRIBED}}}receiver")
    }
    state = next(reply.iter(f"{{{SUBSCRIBED}}}configured-subscription-state")).text or ""
    return {"": state, **found}


def reset(client: Client, name: str, number: int = 7) -> etree._Element:
    receiver = f"<receiver><name>{name}</name><reset/></receiver>"
    entry = f"<subscription><id>{number}</id><receivers>{receiver}</receivers></subscription>"
    return client.ask(f'<action xmlns="{YANG}">{subscriptions(entry)}</action>')


def names_in(contents: list[etree._Element]) -> list[str]:
    return [etree.QName(content).localname for content in contents]
