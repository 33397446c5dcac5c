"""Python's garbage collector, told what a daemon with a million bindings is like.

Bindings are no garbage and hold no cycles, but every full collection walks all of them, which takes
seconds where there are many, and they come in such numbers that it is due again and again. So
what has grown is set aside from time to time, for good: reference counts still free it. What is
left to be walked is small, and its cycles (NETCONF sessions, tasks) are collected as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import Final

#: Objects more than before a collection begins; the rest as Python has it.
_THRESHOLD: Final = 20_000
#: Bindings more than before everything is set aside.
_STEP: Final = 10_000
_PAUSE_S: Final = 0.5


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Collect nothing while much is made that will stay, and set it aside."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


async def spare_bindings(count: Callable[[], int]) -> None:
    """Set aside what is there whenever the number of bindings has grown by much; never returns."""
    gc.set_threshold(_THRESHOLD, 10, 10)
    gc.freeze()
    known = count()
    while True:
        await asyncio.sleep(_PAUSE_S)
        if count() >= known + _STEP:
            gc.freeze()
            known = count()
