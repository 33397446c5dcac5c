"""A disk that fails, or a process that dies, at the n-th word between them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import pytest

P = ParamSpec("P")
R = TypeVar("R")

#: What changes the disk or makes a change last.
_CALLS: Final = ("open", "fsync", "fdatasync", "ftruncate", "truncate", "unlink", "rename")


class CrashError(BaseException):
    """The process is dead: it gets no further, whatever it catches."""


@dataclass
class Countdown:
    """How many calls are left."""

    left: int

    def is_over(self) -> bool:
        """Count a call; tell whether it is beyond the number."""
        self.left -= 1
        return self.left < 0


@contextmanager
def dying_at(number: int) -> Iterator[Countdown]:
    """Let so many calls pass, and none after them.

    A ``write`` that is not made any more leaves half of what it was given.
    """
    countdown = Countdown(number)

    def die() -> None:
        if countdown.is_over():
            raise CrashError

    with _asking(die, lambda: countdown.left == -1):
        yield countdown


@contextmanager
def failing_at(number: int) -> Iterator[Countdown]:
    """Let all calls pass but the one after so many; of what it writes, half may be there."""
    countdown = Countdown(number)

    def fail() -> None:
        if countdown.is_over() and countdown.left == -1:
            raise OSError(errno.ENOSPC, "No space left on device")

    with _asking(fail, lambda: True):
        yield countdown


@contextmanager
def _asking(permit: Callable[[], None], tears: Callable[[], bool]) -> Iterator[None]:
    """Ask before each call; it is not made if that raises."""

    def asking(call: Callable[P, R]) -> Callable[P, R]:
        def call_if_permitted(*args: P.args, **kwargs: P.kwargs) -> R:
            permit()
            return call(*args, **kwargs)

        return call_if_permitted

    write = os.write

    def write_or_tear(descriptor: int, data: bytes) -> int:
        try:
            permit()
        except BaseException:
            if tears():
                write(descriptor, data[: len(data) // 2])
            raise
        return write(descriptor, data)

    with pytest.MonkeyPatch.context() as system:
        for name in _CALLS:
            system.setattr(os, name, asking(getattr(os, name)))
        system.setattr(os, "write", write_or_tear)
        system.setattr(Path, "replace", asking(Path.replace))
        system.setattr(Path, "unlink", asking(Path.unlink))
        yield
