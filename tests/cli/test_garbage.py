"""The garbage collector's work does not grow with the bindings."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from nf.cli import garbage


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Leave the collector as it was."""
    thresholds = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def test_what_has_grown_by_much_is_walked_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "_PAUSE_S", 0)
    counts = iter([5, 5 + garbage._STEP - 1, 5 + garbage._STEP])
    bindings: list[list[int]] = []
    walked: list[bool] = []

    def count() -> int:
        bindings.append([len(bindings)])
        walked.append(any(each is bindings[0] for each in gc.get_objects()))
        return next(counts, 5 + garbage._STEP)

    async def scene() -> None:
        sparing = asyncio.create_task(garbage.spare_bindings(count))
        while len(walked) < 5:
            await asyncio.sleep(0)
        sparing.cancel()

    asyncio.run(scene())
    assert walked[:4] == [True, True, True, False]


def test_cycles_are_collected_as_ever() -> None:
    async def scene() -> None:
        sparing = asyncio.create_task(garbage.spare_bindings(lambda: 0))
        await asyncio.sleep(0)
        cycle: list[object] = []
        cycle.append(cycle)
        del cycle
        assert gc.collect() >= 1
        sparing.cancel()

    asyncio.run(scene())


def test_nothing_is_collected_while_much_is_made_that_stays() -> None:
    with garbage.uncollected():
        assert not gc.isenabled()
        made: list[list[int]] = [[1]]
    assert gc.isenabled()
    assert not any(each is made for each in gc.get_objects())
