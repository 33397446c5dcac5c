"""The driver of those who tell of nodes: access points, and accounting by RADIUS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from nf.drivers.attach.access_points import AccessPoints
from nf.drivers.attach.accounting import Accounting, AccountingState
from nf.engine.access_configuration import AccessLink
from nf.engine.effects import CloseAccessLink, CloseAccounting, OpenAccessLink, OpenAccounting
from nf.engine.events import Event, NodeLost, NodeSeen
from nf.engine.values import AttachSource, LinkLayerAddress


class AttachDriver:
    """Posts who comes to access links and leaves them, as others tell."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._links: dict[str, AccessPoints] = {}
        #: The links of which access points are a source of attachments.
        self._heard: set[str] = set()
        self._accounting = Accounting(post)

    def perform(
        self, effect: OpenAccessLink | CloseAccessLink | OpenAccounting | CloseAccounting
    ) -> None:
        """Begin or cease to listen to those who know of nodes.

        Raises OSError where accounting messages cannot be received.
        """
        match effect:
            case OpenAccessLink():
                self._open(effect.link)
            case CloseAccessLink():
                self._close(effect.interface)
            case OpenAccounting():
                self._accounting.open(effect.accounting)
            case CloseAccounting():
                self._accounting.close()

    def know(self, node: LinkLayerAddress) -> None:
        """Tell once more of a node that is with an access point: a commit has named it."""
        for points in self._links.values():
            points.tell_of(node)

    def access_points(self) -> Mapping[str, Mapping[str, int | None]]:
        """Return the access points of each link with their stations; None: it is away."""
        return {name: points.stations() for name, points in self._links.items()}

    def accounting(self) -> AccountingState | None:
        """Return what is to be told of accounting messages; None where none are wanted."""
        return self._accounting.state()

    def close(self) -> None:
        """Listen to nobody."""
        self._accounting.close()
        for name in list(self._links):
            self._close(name)

    def _open(self, link: AccessLink) -> None:
        """Watch the access points of a link, which may take them for a source only now."""
        name = link.interface
        if name not in self._links:
            self._links[name] = AccessPoints(partial(self._tell_of_station, name))
        is_source = AttachSource.ACCESS_POINT in link.attach_sources
        if is_source and name not in self._heard:
            self._links[name].tell_of_all()
        (self._heard.add if is_source else self._heard.discard)(name)
        self._links[name].watch(link.hostapd_sockets)

    def _close(self, name: str) -> None:
        self._heard.discard(name)
        points = self._links.pop(name, None)
        if points is not None:
            points.watch(())

    def _tell_of_station(self, link: str, station: LinkLayerAddress, is_there: bool) -> None:
        kind = NodeSeen if is_there else NodeLost
        self._post(kind(link=link, link_layer_address=station, source=AttachSource.ACCESS_POINT))
