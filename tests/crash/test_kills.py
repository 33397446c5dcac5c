"""SIGKILL at any moment: what was acknowledged is there again, and nobody has what another has."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Network
from pathlib import Path
from typing import Final

import pytest

from nf.codec.messages import MobileNodeIdentifier
from nf.codec.registry import Status
from nf.engine.configuration import ConfigurationItem, LmaConfiguration
from tests.crash import killing
from tests.crash.lma_process import Answered, Asked, Report, Restored, Session, live
from tests.engine.lma.bench import CONFIGURATION, HOME_POOL, MOBILE_POOL, ROUTER, node

KILLS: Final = 25
NODES: Final = 6

#: Each router has what it had once, for ever.
ROOMY: Final = CONFIGURATION
#: Fewer mobile network prefixes than routers, each free for another as soon as it can be.
SCARCE: Final = replace(
    CONFIGURATION,
    min_delay_before_bce_delete_ms=1,
    home_network_prefix_pools=(replace(HOME_POOL, hold_time_s=0),),
    mobile_network_prefix_pools=(
        replace(MOBILE_POOL, prefixes=(IPv6Network("2001:db8:a::/54"),), hold_time_s=0),
    ),
)


@dataclass(slots=True)
class Knowledge:
    """What the MAGs of one router know of it, by the answers that they got."""

    asked: int = 0
    answered: int = 0
    #: By number, where the PBUs went out that have no answer yet.
    mag_of: dict[int, str] = field(default_factory=dict)
    #: The MAG and the prefixes of the session; None where there is none.
    session: Session | None = None

    @property
    def is_certain(self) -> bool:
        return self.asked == self.answered


class Witness:
    """Sees all that is asked and answered, over all lives of an LMA."""

    def __init__(self) -> None:
        self.routers: dict[str, Knowledge] = {}
        self.accepted = 0

    def take(self, report: Report) -> None:
        match report:
            case Restored():
                self._on_restored(report)
            case Asked():
                router = self.routers.setdefault(report.node, Knowledge())
                router.asked = report.number
                router.mag_of[report.number] = report.mag
            case Answered():
                self._on_answered(report)

    def _on_restored(self, report: Restored) -> None:
        """Insist on what was acknowledged; what was not is known from now on."""
        for name, router in self.routers.items():
            restored = report.sessions.get(name)
            assert restored == router.session or not router.is_certain
            self.routers[name] = Knowledge(session=restored)
        sessions = report.sessions.values()
        wanted = [(prefix, mag) for mag, prefixes in sessions for prefix in prefixes]
        assert len(wanted) == len(report.routes)
        assert dict(wanted) == report.routes

    def _on_answered(self, answer: Answered) -> None:
        router = self.routers[answer.node]
        router.answered, mag = answer.number, router.mag_of.pop(answer.number)
        if answer.status != Status.BINDING_UPDATE_ACCEPTED:
            return
        self.accepted += 1
        router.session = (mag, answer.prefixes) if answer.lifetime_s else None
        others = (each for each in self.routers.values() if each is not router and each.is_certain)
        known = {prefix for each in others if each.session for prefix in each.session[1]}
        assert not answer.lifetime_s or known.isdisjoint(answer.prefixes)


def lives(path: Path, lma: LmaConfiguration, chance: random.Random) -> Iterator[Report]:
    """Yield the reports of an LMA over all its lives."""
    routers = [node(MobileNodeIdentifier(f"router{n}@example.net")) for n in range(NODES)]
    items: tuple[ConfigurationItem, ...] = (lma, ROUTER, *routers)
    return killing.lives(
        live, lambda: (path, items, NODES, chance.randrange(1 << 30)), KILLS, chance
    )


@pytest.mark.rfc("draft-nemo §3.4.2")
def test_a_router_has_its_prefix_for_ever(tmp_path: Path) -> None:
    witness = Witness()
    prefix_of: dict[str, str] = {}
    for report in lives(tmp_path / "store", ROOMY, random.Random(1)):
        witness.take(report)
        if (
            isinstance(report, Answered)
            and len(report.prefixes) == 2
            and report.status == Status.BINDING_UPDATE_ACCEPTED
        ):
            home, mobile = report.prefixes
            assert prefix_of.setdefault(report.node, mobile) == mobile
            assert prefix_of.setdefault(f"home of {report.node}", home) == home
    assert len(set(prefix_of.values())) == 2 * NODES
    assert witness.accepted > KILLS


def test_a_prefix_has_one_router_even_where_there_are_not_enough(tmp_path: Path) -> None:
    witness = Witness()
    statuses: set[int] = set()
    for report in lives(tmp_path / "store", SCARCE, random.Random(2)):
        witness.take(report)
        if isinstance(report, Answered):
            statuses.add(report.status)
    assert statuses >= {Status.BINDING_UPDATE_ACCEPTED, Status.INSUFFICIENT_RESOURCES}
    assert witness.accepted > KILLS
