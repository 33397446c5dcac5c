"""Access points tell who is on a link; they may come, go and hang at any time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nf.drivers.attach import access_points
from nf.drivers.attach.driver import AttachDriver
from nf.engine.effects import CloseAccessLink, OpenAccessLink
from nf.engine.events import Event, NodeLost, NodeSeen
from nf.engine.values import AttachSource, LinkLayerAddress
from tests.drivers.access_link import opened
from tests.drivers.fake_access_point import FakeAccessPoint

ONE, TWO = (LinkLayerAddress(bytes((2, 0, 0, 0, 0, number))) for number in (1, 2))
LIMIT_S = 10


def seen(station: LinkLayerAddress) -> NodeSeen:
    source = AttachSource.ACCESS_POINT
    return NodeSeen(link="link0", link_layer_address=station, source=source)


def lost(station: LinkLayerAddress) -> NodeLost:
    source = AttachSource.ACCESS_POINT
    return NodeLost(link="link0", link_layer_address=station, source=source)


class Scene:
    """A driver whose link has two access points, the first of which is there."""

    def __init__(self, directory: Path) -> None:
        self.events: list[Event] = []
        self.driver = AttachDriver(self.events.append)
        self.point = FakeAccessPoint(directory / "wlan0")
        self.other = FakeAccessPoint(directory / "wlan1")

    def effect(self, *points: FakeAccessPoint) -> OpenAccessLink:
        paths = tuple(str(point.path) for point in points)
        effect = opened()
        return replace(effect, link=replace(effect.link, hostapd_sockets=paths))

    def stations(self, point: FakeAccessPoint) -> int | None:
        return self.driver.access_points()["link0"][str(point.path)]

    async def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            await asyncio.sleep(0.005)

    async def open(self) -> None:
        self.point.start()
        self.driver.perform(self.effect(self.point))
        await self.until(lambda: self.stations(self.point) is not None)


@pytest.fixture(autouse=True)
def short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_points, "INTERVAL_S", 0.02)


def play(tmp_path: Path, act: Callable[[Scene], Awaitable[None]]) -> list[Event]:
    """Return the events of a scene."""

    async def scene() -> list[Event]:
        scene = Scene(tmp_path)
        try:
            await asyncio.wait_for(act(scene), LIMIT_S)
        finally:
            scene.driver.close()
            scene.point.stop()
            scene.other.stop()
        return scene.events

    return asyncio.run(scene())


def test_stations_come_and_go(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.open()
        scene.point.connect(ONE)
        scene.point.connect(TWO)
        scene.point.disconnect(ONE)
        await scene.until(lambda: len(scene.events) == 3)
        assert scene.stations(scene.point) == 1

    assert play(tmp_path, act) == [seen(ONE), seen(TWO), lost(ONE)]


def test_stations_that_were_there_before_are_seen(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.point.stations += [ONE, TWO]
        await scene.open()

    assert play(tmp_path, act) == [seen(ONE), seen(TWO)]


def test_an_access_point_that_is_not_there_yet_is_awaited(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.driver.perform(scene.effect(scene.point))
        assert scene.stations(scene.point) is None
        scene.point.stations.append(ONE)
        scene.point.start()
        await scene.until(lambda: scene.stations(scene.point) == 1)

    assert play(tmp_path, act) == [seen(ONE)]


def test_after_a_restart_it_is_told_what_has_changed(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.point.stations.append(ONE)
        await scene.open()
        scene.point.stations[:] = [TWO]
        scene.point.restart()
        await scene.until(lambda: len(scene.events) == 3)
        scene.point.connect(ONE)
        await scene.until(lambda: len(scene.events) == 4)

    assert play(tmp_path, act) == [seen(ONE), seen(TWO), lost(ONE), seen(ONE)]


def test_stations_of_an_access_point_that_is_away_stay(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.point.stations.append(ONE)
        await scene.open()
        scene.point.stop()
        await scene.until(lambda: scene.stations(scene.point) is None)

    assert play(tmp_path, act) == [seen(ONE)]


def test_one_that_hangs_is_asked_anew(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.open()
        scene.point.is_dumb = True
        await scene.until(lambda: scene.point.questions[-2:] == ["PING", "ATTACH"])
        assert scene.stations(scene.point) is None
        scene.point.is_dumb = False
        await scene.until(lambda: scene.stations(scene.point) == 0)

    assert play(tmp_path, act) == []


def test_a_station_that_roams_between_two_of_one_link_has_not_left_it(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.other.start()
        scene.point.start()
        scene.driver.perform(scene.effect(scene.point, scene.other))
        await scene.until(lambda: scene.point.is_heard and scene.other.is_heard)
        scene.point.connect(ONE)
        await scene.until(lambda: len(scene.events) == 1)
        scene.other.connect(ONE)
        await scene.until(lambda: len(scene.events) == 2)
        scene.point.disconnect(ONE)
        await scene.until(lambda: scene.stations(scene.point) == 0)
        scene.other.disconnect(ONE)
        await scene.until(lambda: len(scene.events) == 3)

    assert play(tmp_path, act) == [seen(ONE), seen(ONE), lost(ONE)]


def test_a_commit_may_change_who_is_listened_to(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.open()
        scene.other.start()
        scene.driver.perform(scene.effect(scene.other))
        await scene.until(lambda: scene.stations(scene.other) is not None)
        assert list(scene.driver.access_points()["link0"]) == [str(scene.other.path)]
        scene.point.connect(ONE)
        scene.other.connect(TWO)
        await scene.until(lambda: bool(scene.events))

    assert play(tmp_path, act) == [seen(TWO)]


def test_a_link_that_is_closed_hears_nobody(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        await scene.open()
        scene.driver.perform(CloseAccessLink(interface="link0"))
        scene.driver.perform(CloseAccessLink(interface="link0"))
        assert scene.driver.access_points() == {}
        scene.point.connect(ONE)

    assert play(tmp_path, act) == []


def test_the_log_tells_once_that_one_is_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def act(scene: Scene) -> None:
        scene.point.is_dumb = True
        scene.point.start()
        scene.driver.perform(scene.effect(scene.point))
        await scene.until(lambda: scene.point.questions == ["ATTACH"] * 3)
        scene.point.is_dumb = False
        await scene.until(lambda: scene.stations(scene.point) == 0)

    caplog.set_level("INFO")
    play(tmp_path, act)
    told = [record.getMessage() for record in caplog.records if "access point" in record.msg]
    assert len(told) == 2
    assert "it is awaited" in told[0]
    assert "0 stations" in told[1]


def test_an_event_that_was_lost_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_points, "LISTING_INTERVALS", 2)

    async def act(scene: Scene) -> None:
        scene.point.stations.append(ONE)
        await scene.open()
        scene.point.tell_nobody_any_more()
        scene.point.stations[:] = [TWO]
        await scene.until(lambda: len(scene.events) == 3)
        scene.point.connect(ONE)
        await scene.until(lambda: len(scene.events) == 4)
        assert scene.stations(scene.point) == 2

    assert play(tmp_path, act) == [seen(ONE), seen(TWO), lost(ONE), seen(ONE)]


def test_a_station_that_left_one_that_is_away_and_then_the_other_has_left(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.point.stations.append(ONE)
        scene.other.start()
        scene.point.start()
        scene.driver.perform(scene.effect(scene.point, scene.other))
        await scene.until(lambda: scene.point.is_heard and scene.other.is_heard)
        await scene.until(lambda: len(scene.events) == 1)
        scene.point.stop()
        await scene.until(lambda: scene.stations(scene.point) is None)
        scene.other.connect(ONE)
        await scene.until(lambda: len(scene.events) == 2)
        scene.other.disconnect(ONE)
        await scene.until(lambda: len(scene.events) == 3)

    assert play(tmp_path, act) == [seen(ONE), seen(ONE), lost(ONE)]


def test_a_station_whose_node_is_configured_only_now_is_told_of_again(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.point.stations.append(ONE)
        await scene.open()
        scene.driver.know(ONE)
        scene.driver.know(TWO)

    assert play(tmp_path, act) == [seen(ONE), seen(ONE)]


def test_a_station_of_one_that_is_away_is_not_told_of_again(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.point.stations.append(ONE)
        await scene.open()
        scene.point.stop()
        await scene.until(lambda: scene.stations(scene.point) is None)
        scene.driver.know(ONE)

    assert play(tmp_path, act) == [seen(ONE)]


def test_stations_are_told_of_again_where_they_count_only_now(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.point.stations.append(ONE)
        scene.point.start()
        effect = scene.effect(scene.point)
        others = replace(effect, link=replace(effect.link, attach_sources=()))
        scene.driver.perform(others)
        await scene.until(lambda: scene.stations(scene.point) == 1)
        for each in (effect, effect):
            scene.driver.perform(each)

    assert play(tmp_path, act) == [seen(ONE), seen(ONE)]
