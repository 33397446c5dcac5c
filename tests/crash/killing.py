"""Lives that end by SIGKILL, and what was written until then."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any, Final

#: After how many reports at most a process is killed; it goes on until the signal gets there.
LONGEST_LIFE: Final = 60

PROCESSES: Final = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.crash.lma_process", "tests.crash.mag_process"])


def lives(
    live: Callable[..., None],
    arguments: Callable[[], tuple[object, ...]],
    kills: int,
    chance: random.Random,
) -> Iterator[Any]:
    """Start a process and kill it, again and again; yield its reports, up to the last word.

    ``arguments`` are asked for anew each time; behind them ``live`` gets what to write to.
    """
    for _ in range(kills):
        reader, writer = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=live, args=(*arguments(), writer))
        process.start()
        writer.close()
        for _ in range(chance.randrange(LONGEST_LIFE)):
            yield reader.recv()
        process.kill()
        yield from _last_words(reader)
        process.join()
        assert process.exitcode == -signal.SIGKILL


def _last_words(reader: Connection) -> Iterator[Any]:
    """Yield what a killed process had still written."""
    with reader, contextlib.suppress(EOFError):
        while True:
            yield reader.recv()
