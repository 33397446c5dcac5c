"""Which accounting session of a station is its latest; what the others say counts no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nf.drivers.attach.radius import AccountingRequest, AccountingStatus
from nf.engine.configuration import RadiusClient
from nf.engine.events import NodeLost, NodeSeen
from nf.engine.values import AttachSource, LinkLayerAddress

#: Stations whose session is remembered; beyond that the one that began first is forgotten.
MOST_SESSIONS: Final = 65_536
_SOURCE: Final = AttachSource.RADIUS_ACCOUNTING


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    client: RadiusClient
    session: bytes


class Sessions:
    """The latest session of each station.

    A station that roams begins a session with the next access server before the one that it left
    has noticed. What that one says late, a Stop or even an Interim-Update, is of another session.
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
        if request.station is None:
            return
        told = _Session(client=client, session=request.session)
        is_latest = self._latest.get(request.station, told) == told
        if request.status == AccountingStatus.START or (
            request.status == AccountingStatus.INTERIM_UPDATE and is_latest
        ):
            self._begin(request.station, told)
            yield NodeSeen(link=client.link, link_layer_address=request.station, source=_SOURCE)
        elif request.status == AccountingStatus.STOP and is_latest:
            self._latest.pop(request.station, None)
            yield NodeLost(link=client.link, link_layer_address=request.station, source=_SOURCE)

    def _begin(self, station: LinkLayerAddress, session: _Session) -> None:
        self._latest[station] = session
        if len(self._latest) > MOST_SESSIONS:
            del self._latest[next(iter(self._latest))]

    def _end_all(self, client: RadiusClient) -> Iterator[NodeLost]:
        """Yield the stations of an access server that begins or ends its work (RFC 2866 §5.1)."""
        gone = [station for station, each in self._latest.items() if each.client == client]
        for station in gone:
            del self._latest[station]
            yield NodeLost(link=client.link, link_layer_address=station, source=_SOURCE)
