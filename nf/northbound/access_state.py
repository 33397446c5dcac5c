"""The access links' operational state as YANG data: what floods cost, who tells of nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from nf.northbound.counters import by_word, without_empty
from nf.northbound.fragments import ContainerSource, ListSource, StateSource
from nf.northbound.json_values import Json, JsonObject
from nf.northbound.words import long_number

ACCESS_LINK: Final = ("mobile-access-gateway", "access-link")
ACCOUNTING: Final = ("mobile-access-gateway", "radius-accounting")


class Frames(Protocol):
    """What was not taken in from one link."""

    @property
    def is_limited(self) -> bool:
        """Whether the limits are kept."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many frames were dropped, by reason."""


class AccessLinks(Protocol):
    """What the access driver tells about itself."""

    def frames(self) -> Mapping[str, Frames]:
        """Return what was not taken in from each open link, by its interface."""


class Accounting(Protocol):
    """The receiver of accounting messages."""

    @property
    def is_listening(self) -> bool:
        """Whether messages are received."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many had no effect, by reason."""


class Tellers(Protocol):
    """What the driver of those who tell of nodes tells about them."""

    def access_points(self) -> Mapping[str, Mapping[str, int | None]]:
        """Return the access points of each link with their stations; None: it is away."""

    def accounting(self) -> Accounting | None:
        """Return what is to be told of accounting messages; None where none are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The drivers of the access side."""

    links: AccessLinks
    tellers: Tellers


def access_sources(access: Access) -> Iterator[StateSource]:
    """Yield the sources of the access links' state."""
    yield from accounting_sources(access.tellers.accounting())
    yield ListSource(
        path=ACCESS_LINK,
        within=("hostapd",),
        records=access.tellers.access_points,
        key=lambda keys: keys["interface"],
        entry=access_points_to_yang,
    )
    yield ListSource(
        path=ACCESS_LINK,
        within=("frames",),
        records=access.links.frames,
        key=lambda keys: keys["interface"],
        entry=frames_to_yang,
    )


def accounting_sources(accounting: Accounting | None) -> Iterator[StateSource]:
    """Yield the sources of the state of ``radius-accounting``; none where it is not configured."""
    if accounting is None:
        return
    yield ContainerSource(path=(*ACCOUNTING, "listening"), value=lambda: accounting.is_listening)
    yield ListSource(
        path=(*ACCOUNTING, "dropped"),
        records=lambda: accounting.dropped,
        key=lambda keys: keys["reason"],
        entry=lambda reason, count: {"reason": reason, "count": long_number(count)},
    )


def access_points_to_yang(interface: str, points: Mapping[str, int | None]) -> JsonObject:
    """Return what there is of access points in an entry of ``access-link``."""
    told: list[Json] = [
        without_empty(
            {"control-socket": path, "connected": stations is not None, "stations": stations}
        )
        for path, stations in points.items()
    ]
    return {"interface": interface, **({"hostapd": told} if told else {})}


def frames_to_yang(interface: str, frames: Frames) -> JsonObject:
    """Return what there is of state in an entry of ``access-link``."""
    counted = by_word("reason", {reason: n for reason, n in frames.dropped.items() if n})
    shown: JsonObject = {"limited": frames.is_limited, **({"dropped": counted} if counted else {})}
    return {"interface": interface, "frames": shown}
