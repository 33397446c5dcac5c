"""SIGKILL at any moment: a lease that a router was told of is there again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.crash import killing
from tests.crash.mag_process import Asked, Replied, Report, Restored, live

KILLS: Final = 15
ROUTERS: Final = 4


@dataclass(slots=True)
class Knowledge:
    """What one router knows of its lease, by the replies that it got."""

    asked: int = 0
    replied: int = 0
    prefixes: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        return self.asked == self.replied


class Witness:
    """Sees all that is asked and replied, over all lives of a MAG."""

    def __init__(self) -> None:
        self.routers = {number: Knowledge() for number in range(ROUTERS)}
        self.insisted = 0
        self.last_number = 0
        self.replay_detections: list[int] = []

    def take(self, report: Report) -> None:
        match report:
            case Restored():
                self._on_restored(report)
            case Asked():
                self.routers[report.router].asked = self.last_number = report.number
            case Replied():
                self._on_replied(report)

    def _on_restored(self, report: Restored) -> None:
        """Insist on what was acknowledged; what was not is known from now on."""
        for number, router in self.routers.items():
            if router.is_certain:
                assert report.leases[number] == router.prefixes
                self.insisted += bool(router.prefixes)
            self.routers[number] = Knowledge(prefixes=report.leases[number])

    def _on_replied(self, report: Replied) -> None:
        router = self.routers[report.router]
        router.replied, router.prefixes = report.number, report.prefixes
        if report.replay_detection is not None:
            assert report.replay_detection > max(self.replay_detections, default=0)
            self.replay_detections.append(report.replay_detection)


def lives(path: Path, witness: Witness, chance: random.Random) -> Iterator[Report]:
    """Yield the reports of a MAG over all its lives."""
    return killing.lives(
        live,
        lambda: (path, ROUTERS, chance.randrange(1 << 30), witness.last_number),
        KILLS,
        chance,
    )


@pytest.mark.rfc("8415 §20.3")
def test_a_lease_that_a_router_was_told_of_is_there_again(tmp_path: Path) -> None:
    witness = Witness()
    for report in lives(tmp_path / "store", witness, random.Random(3)):
        witness.take(report)
    assert witness.insisted > 0
    assert len(witness.replay_detections) > 1
