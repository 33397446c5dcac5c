"""The actions attach and detach: what somebody tells of a node on an access link.

They are signs like those that packets give. What a packet would be ignored for is refused here,
so that whoever tells learns of it.
"""

from __future__ import annotations

from nf.engine.engine import Engine
from nf.engine.events import NodeLost, NodeSeen
from nf.engine.mag.attachment import attached_as
from nf.engine.values import AttachSource, LinkLayerAddress
from nf.northbound.errors import ActionError
from nf.northbound.words import hex_octets

SOURCE = AttachSource.MANAGEMENT


def attached(path: str, link: str, address: LinkLayerAddress, engine: Engine) -> NodeSeen:
    """Return that a node has come; raises ActionError where it would not be served."""
    _check_link(path, link, engine)
    identifier = engine.configuration.node_by_link_layer_address.get(address)
    if identifier is None:
        raise _refusal(path, f"{hex_octets(address)} is no mobile node's", "unknown-node")
    if engine.mag.gateway.node_and_profile(identifier) is None:
        raise _refusal(path, f"{identifier} is disabled or has no profile", "node-not-served")
    return NodeSeen(link=link, link_layer_address=address, source=SOURCE)


def detached(path: str, link: str, address: LinkLayerAddress, engine: Engine) -> NodeLost:
    """Return that a node has gone; raises ActionError where it was not there."""
    _check_link(path, link, engine)
    if attached_as(engine.mag.gateway, link, address) is None:
        message = f"no node with {hex_octets(address)} is attached on {link}"
        raise _refusal(path, message, "not-attached")
    return NodeLost(link=link, link_layer_address=address, source=SOURCE)


def _check_link(path: str, link: str, engine: Engine) -> None:
    opened = engine.mag.gateway.open_links.get(link)
    if opened is None:
        raise _refusal(path, f"{link} is not served now", "link-not-served")
    if SOURCE not in opened.link.attach_sources:
        message = f"management is no attach source of {link}"
        raise _refusal(path, message, "source-not-in-use")


def _refusal(path: str, message: str, app_tag: str) -> ActionError:
    return ActionError(path=path, message=message, app_tag=app_tag)
