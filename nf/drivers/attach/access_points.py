"""The access points of one link: who is associated with any of them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Collection
from typing import Final

from nf.drivers.attach.hostapd import Conversation, HostapdError, News
from nf.engine.values import LinkLayerAddress

log = logging.getLogger(__name__)

#: How often an access point is asked whether it is there, or tried to be reached again.
INTERVAL_S: Final = 2.0
#: After so many intervals its stations are listed anew, in case that an event was lost.
LISTING_INTERVALS: Final = 15
_MAX_DATAGRAM: Final = 8192
#: Datagrams that are read before others have their turn.
_BATCH: Final = 64


class AccessPoint:
    """One control socket of hostapd, reached again whenever it has been away.

    While it is away, its stations stay what they were: it knows best who has left meanwhile.
    """

    def __init__(self, path: str, on_news: Callable[[AccessPoint, News], None]) -> None:
        self._path = path
        self._on_news = on_news
        self._socket: socket.socket | None = None
        self._talk = Conversation()
        self._timer: asyncio.TimerHandle | None = None
        self._is_missed = False
        #: Intervals since the stations were listed.
        self._age = 0

    @property
    def is_connected(self) -> bool:
        """Whether its events reach us."""
        return self._socket is not None and self._talk.is_complete

    @property
    def stations(self) -> frozenset[LinkLayerAddress]:
        """Who was associated when it was last heard."""
        return frozenset(self._talk.stations)

    def forget(self, station: LinkLayerAddress) -> None:
        """Take note that a station is with another access point now."""
        self._talk.forget(station)

    def keep_watch(self) -> None:
        """Reach it, or make sure that it is still there; and again after a while."""
        self._timer = asyncio.get_running_loop().call_later(INTERVAL_S, self.keep_watch)
        try:
            if self._socket is None:
                self._open()
            else:
                self._make_sure()
        except (OSError, HostapdError) as fault:
            self._lose(fault)

    def close(self) -> None:
        """Watch it no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._hang_up()

    def _open(self) -> None:
        """Begin to talk; from an address that vanishes with the socket (unix(7), autobind)."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind("")
        self._socket.connect(self._path)
        self._age = 0
        self._talk = Conversation(self._talk.stations)
        asyncio.get_running_loop().add_reader(self._socket, self._receive)
        self._say(self._talk.begin())

    def _make_sure(self) -> None:
        """Ask whether it is there, or from time to time, and if nothing else is asked, for all."""
        self._age += 1
        question = self._talk.ask_for_life()
        if question is not None and self._age >= LISTING_INTERVALS:
            self._age = 0
            question = self._talk.begin()
        self._say(question)

    def _say(self, question: bytes | None) -> None:
        if self._socket is not None and question is not None:
            self._socket.send(question)

    def _receive(self) -> None:
        try:
            for _ in range(_BATCH):
                if self._socket is None:
                    return
                self._take(self._socket.recv(_MAX_DATAGRAM))
        except BlockingIOError:
            return
        except (OSError, HostapdError) as fault:
            self._lose(fault)

    def _take(self, datagram: bytes) -> None:
        was_connected = self.is_connected
        news = self._talk.take(datagram)
        self._say(news.question)
        if self.is_connected and not was_connected:
            log.info("access point %s has %d stations", self._path, len(self._talk.stations))
            self._is_missed = False
        self._on_news(self, news)

    def _lose(self, fault: OSError | HostapdError) -> None:
        """Leave an access point that is away; the log tells of it once."""
        self._hang_up()
        if not self._is_missed:
            log.warning("access point %s: %s; it is awaited", self._path, fault)
            self._is_missed = True

    def _hang_up(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None


class AccessPoints:
    """All access points of one link; a station that roams from one to another has not left it."""

    def __init__(self, tell: Callable[[LinkLayerAddress, bool], None]) -> None:
        """Have ``tell`` called with each station that comes (True) or leaves."""
        self._tell = tell
        self._points: dict[str, AccessPoint] = {}

    def watch(self, paths: tuple[str, ...]) -> None:
        """Watch these and no others; stations of one that is watched no more stay for now."""
        for path in self._points.keys() - set(paths):
            self._points.pop(path).close()
        for path in paths:
            if path not in self._points:
                self._points[path] = AccessPoint(path, self._on_news)
                self._points[path].keep_watch()

    def stations(self) -> dict[str, int | None]:
        """Return how many stations each has, None of one that is away."""
        return {
            path: len(point.stations) if point.is_connected else None
            for path, point in self._points.items()
        }

    def tell_of(self, station: LinkLayerAddress) -> None:
        """Tell once more of a station that is there: somebody wants to know it only now."""
        if any(point.is_connected and station in point.stations for point in self._each()):
            self._tell(station, True)

    def tell_of_all(self) -> None:
        """Tell once more of every station that is there."""
        for station in {each for point in self._each() for each in point.stations}:
            self.tell_of(station)

    def _each(self) -> Collection[AccessPoint]:
        return self._points.values()

    def _on_news(self, source: AccessPoint, news: News) -> None:
        for station in news.came:
            self._note_roaming(source, station, is_certain=news.is_event)
            self._tell(station, True)
        for station in news.left:
            if not any(station in point.stations for point in self._each()):
                self._tell(station, False)

    def _note_roaming(
        self, source: AccessPoint, station: LinkLayerAddress, *, is_certain: bool
    ) -> None:
        """Take a station for gone from the others where it has come, which may never say so.

        That it is listed, and not that it came, says only that it was here lately: an access point
        that is connected knows better then.
        """
        for point in self._each():
            if point is not source and (is_certain or not point.is_connected):
                point.forget(station)
