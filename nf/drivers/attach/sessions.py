"""Which accounting session of a station is its latest; what the others say counts no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from nf.drivers.attach.radius import AccountingRequest, AccountingStatus
from nf.engine.access_configuration import RadiusClient
from nf.engine.events import NodeLost, NodeSeen
from nf.engine.values import AttachSource, LinkLayerAddress

#: Stations whose session is remembered; beyond that the one of which least was heard is forgotten.
MOST_SESSIONS: Final = 65_536
_SOURCE: Final = AttachSource.RADIUS_ACCOUNTING


@dataclass(slots=True, kw_only=True)
class _Session:
    server: IPv6Address | IPv4Address
    identifier: bytes
    #: Where its station was last told to be.
    link: str
    is_over: bool = False


class Sessions:
    """The latest session of each station.

    A station that roams begins a session with the next access server before the one that it left
    has noticed. What that one says late, a Stop or even an Interim-Update, is of another session.
    So is what comes late of a session that is over: messages overtake each other.
    """

    def __init__(self) -> None:
        self._latest: dict[LinkLayerAddress, _Session] = {}

    def take(
        self, client: RadiusClient, request: AccountingRequest
    ) -> Iterator[NodeSeen | NodeLost]:
        """Yield what a message says of who came and who left."""
        if request.status in (AccountingStatus.ACCOUNTING_ON, AccountingStatus.ACCOUNTING_OFF):
            yield from self._end_all(client)
            return
        station = request.station
        if station is None or not self._counts(client, station, request):
            return
        if request.status == AccountingStatus.STOP:
            yield self._end(client, station, request.session)
        else:
            self._keep(client, station, request.session)
            yield NodeSeen(link=client.link, link_layer_address=station, source=_SOURCE)

    def _counts(
        self, client: RadiusClient, station: LinkLayerAddress, request: AccountingRequest
    ) -> bool:
        """Tell whether a message is the latest word on a station.

        RFC 2866 §5.2: a Start that was delayed may be of a session that is over. One that was not
        begins a session, even where its server numbers them anew after a restart.
        """
        if request.status not in AccountingStatus.of_stations():
            return False
        latest = self._latest.get(station)
        if latest is None:
            return True
        is_same = (latest.server, latest.identifier) == (client.address, request.session)
        if request.status == AccountingStatus.START:
            return not (is_same and latest.is_over and request.delay_s)
        return is_same and not latest.is_over

    def _keep(self, client: RadiusClient, station: LinkLayerAddress, identifier: bytes) -> _Session:
        session = _Session(server=client.address, identifier=identifier, link=client.link)
        self._latest.pop(station, None)
        self._latest[station] = session
        if len(self._latest) > MOST_SESSIONS:
            del self._latest[next(iter(self._latest))]
        return session

    def _end(self, client: RadiusClient, station: LinkLayerAddress, identifier: bytes) -> NodeLost:
        """Take a session for over, on the link where its station was last."""
        known = self._latest.get(station)
        self._keep(client, station, identifier).is_over = True
        link = client.link if known is None else known.link
        return NodeLost(link=link, link_layer_address=station, source=_SOURCE)

    def _end_all(self, client: RadiusClient) -> Iterator[NodeLost]:
        """Yield the stations of an access server that begins or ends its work (RFC 2866 §5.1)."""
        of_server = [
            (station, each)
            for station, each in self._latest.items()
            if each.server == client.address
        ]
        for station, session in of_server:
            del self._latest[station]
            if not session.is_over:
                yield NodeLost(link=session.link, link_layer_address=station, source=_SOURCE)
