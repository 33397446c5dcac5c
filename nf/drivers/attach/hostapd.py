"""What is said on the control socket of hostapd, the access point daemon; no I/O.

Each datagram to it is a question and gets one answer; whoever has said ATTACH gets its events too,
as ``<3>AP-STA-CONNECTED 02:00:00:00:00:07``. A question waits until the one before is answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from nf.engine.values import LinkLayerAddress

_EVENT: Final = re.compile(rb"<\d+>(?P<name>[A-Z0-9-]+)(?: (?P<rest>.*))?", re.DOTALL)
_ADDRESS: Final = re.compile(rb"(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}(?![0-9a-fA-F:])")
_ATTACH, _FIRST, _NEXT, _PING = b"ATTACH", b"STA-FIRST", b"STA-NEXT", b"PING"
_AUTHORISED: Final = b"[AUTHORIZED]"
_REFUSED: Final = (b"FAIL", b"UNKNOWN COMMAND")


class HostapdError(Exception):
    """The access point does not answer, or not as it should."""


@dataclass(slots=True)
class News:
    """What a datagram tells, and what is to be asked next."""

    came: list[LinkLayerAddress] = field(default_factory=list)
    left: list[LinkLayerAddress] = field(default_factory=list)
    question: bytes | None = None
    #: Whether they came just now, and so from any other access point.
    is_event: bool = False


class Conversation:
    """One talk with one access point, from ATTACH until it falls silent."""

    def __init__(self, stations: Iterable[LinkLayerAddress] = ()) -> None:
        """Begin anew; ``stations`` are those that were there when the last talk broke off."""
        self.stations = set(stations)
        #: Whether the stations are known, and changes of them are told.
        self.is_complete = False
        #: The stations that were listed so far; None when the list is complete.
        self._listed: set[LinkLayerAddress] | None = None
        self._question: bytes | None = None
        self._has_heard = False

    def begin(self) -> bytes:
        """Return the first thing to say; also later, to make sure that no event was missed.

        hostapd drops events that find no room, and after some of them tells no more. ATTACH makes
        it tell again, and once only.
        """
        self._listed = set()
        self._has_heard = False
        return self._ask(_ATTACH)

    def ask_for_life(self) -> bytes | None:
        """Return what shows whether somebody is there, None where something else is being asked.

        Raises HostapdError where nothing was heard since the last time, and an answer is awaited.
        """
        if self._question is not None and not self._has_heard:
            raise HostapdError(f"no answer to {self._question.decode()}")
        self._has_heard = False
        return self._ask(_PING) if self._question is None else None

    def take(self, datagram: bytes) -> News:
        """Return what a datagram says; raises HostapdError where the talk is at its end."""
        self._has_heard = True
        event = _EVENT.match(datagram)
        if event is not None:
            return self._on_event(event["name"], event["rest"] or b"")
        question, self._question = self._question, None
        if question == _ATTACH:
            return self._on_attached(datagram)
        if question is not None and question != _PING:
            return self._on_listed(question, datagram)
        return News()

    def forget(self, station: LinkLayerAddress) -> None:
        """Take note that a station is elsewhere."""
        self._forget([station])

    def _on_event(self, name: bytes, rest: bytes) -> News:
        match name:
            case b"AP-STA-CONNECTED":
                return self._on_station(rest, is_there=True)
            case b"AP-STA-DISCONNECTED":
                return self._on_station(rest, is_there=False)
            case b"AP-DISABLED":
                return self._forget(self.stations)
            case b"CTRL-EVENT-TERMINATING":
                raise HostapdError("it ends")
        return News()

    def _on_station(self, rest: bytes, *, is_there: bool) -> News:
        station = _address_at_start(rest)
        if station is None:
            return News()
        if not is_there:
            return self._forget([station])
        self._admit(station)
        return News(came=[station], is_event=True)

    def _on_attached(self, answer: bytes) -> News:
        if not answer.startswith(b"OK"):
            raise HostapdError(f"it answers {answer[:40]!r} to ATTACH")
        return News(question=self._ask(_FIRST))

    def _on_listed(self, question: bytes, answer: bytes) -> News:
        """Take note of a station, and ask for the next; the list ends with an empty answer.

        One that was there before is no news: it may be listed for minutes after it has gone. The
        list begins anew where the station that was to be followed has just left.
        """
        station = _address_at_start(answer)
        if station is not None:
            is_news = _AUTHORISED in answer and station not in self.stations
            if _AUTHORISED in answer:
                self._admit(station)
            following = b"%s %s" % (_NEXT, station.hex(":").encode())
            return News(came=[station] if is_news else [], question=self._ask(following))
        if question != _FIRST and answer.startswith(_REFUSED):
            return News(question=self._ask(_FIRST))
        listed, self._listed = self._listed, None
        self.is_complete = True
        return self._forget(self.stations - (listed or set()))

    def _admit(self, station: LinkLayerAddress) -> None:
        self.stations.add(station)
        if self._listed is not None:
            self._listed.add(station)

    def _forget(self, stations: Iterable[LinkLayerAddress]) -> News:
        left = sorted(self.stations.intersection(stations))
        self.stations.difference_update(left)
        if self._listed is not None:
            self._listed.difference_update(left)
        return News(left=left)

    def _ask(self, question: bytes) -> bytes:
        self._question = question
        return question


def _address_at_start(text: bytes) -> LinkLayerAddress | None:
    found = _ADDRESS.match(text)
    if found is None:
        return None
    return LinkLayerAddress(bytes.fromhex(found[0].decode().replace(":", "")))
