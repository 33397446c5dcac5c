"""Reading a socket at a pace, so that what few may send is not crowded out by what anybody may.

What counts has a large buffer. What strangers send has a small one, from which little is read at a
time: a flood of it fills that buffer, and everything else arrives as if there were none.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final, NamedTuple

log = logging.getLogger(__name__)

#: Options that Python does not name: use an address before it is configured (linux/in6.h), and
#: SO_RCVBUF that is not capped by net.core.rmem_max (asm/socket.h).
IPV6_FREEBIND: Final = 78
SO_RCVBUFFORCE: Final = 33


class Pace(NamedTuple):
    """How much of one kind of traffic may wait, and how much is read before others get a turn."""

    buffer_bytes: int
    batch: int
    #: For how long nothing is read after a turn.
    pause_s: float = 0


PEERS: Final = Pace(4 * 1024 * 1024, 64)
STRANGERS: Final = Pace(128 * 1024, 16, 0.02)


class PacedReader:
    """Reads one socket of ours while it is admitted, from the running event loop."""

    def __init__(
        self, source: socket.socket, pace: Pace, take_one: Callable[[], None], *, where: str
    ) -> None:
        """Have ``take_one`` receive one message; it raises BlockingIOError where there is none.

        ``where`` are words for the log, should it raise another OSError.
        """
        self._source = source
        self._where = where
        self._pace = pace
        self._take_one = take_one
        self._loop = asyncio.get_running_loop()
        self._is_admitted = False
        self._pause: asyncio.TimerHandle | None = None

    def admit(self, *, is_admitted: bool) -> None:
        """Read what arrives, or let it wait in the kernel for now."""
        self._is_admitted = is_admitted
        if self._pause is not None:
            self._pause.cancel()
        self._go_on()

    def _go_on(self) -> None:
        if self._is_admitted:
            self._loop.add_reader(self._source, self._on_readable)
        else:
            self._loop.remove_reader(self._source)

    def _on_readable(self) -> None:
        self._read()
        if self._is_admitted and self._pace.pause_s:
            self._loop.remove_reader(self._source)
            self._pause = self._loop.call_later(self._pace.pause_s, self._go_on)

    def _read(self) -> None:
        for _ in range(self._pace.batch):
            try:
                self._take_one()
            except BlockingIOError:
                return
            except OSError as fault:
                # A host may say that nobody listens there, which is for it to mend.
                level = logging.INFO if isinstance(fault, ConnectionError) else logging.WARNING
                log.log(level, "receiving %s: %s", self._where, fault)
                return
