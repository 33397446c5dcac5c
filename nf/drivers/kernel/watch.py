"""Notices when something of ours is lost without a word.

The kernel takes routes along with devices. And whoever loads packet filter rules anew takes ours
along with theirs: nftables tells of that only together with each change that we make ourselves, so
it is asked from time to time instead.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from nf.drivers.kernel.links import LinkChange, parse_link_change
from nf.drivers.kernel.octets import messages

_RTMGRP_LINK: Final = 1
_BUFFER_SIZE: Final = 1 << 16
_INTERVAL_S: Final = 2.0


class LinkWatch:
    """Tells of each change of a device, from the running event loop.

    Where changes came faster than they were read, the kernel drops some: then anything may have
    changed, and that is told instead.
    """

    def __init__(
        self, on_change: Callable[[LinkChange], None], on_overrun: Callable[[], None]
    ) -> None:
        self._on_change = on_change
        self._on_overrun = on_overrun
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
        )
        self._socket.bind((0, _RTMGRP_LINK))
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._read)

    def close(self) -> None:
        """Tell nothing more."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        try:
            data = self._socket.recv(_BUFFER_SIZE)
        except OSError:  # ENOBUFS
            self._on_overrun()
            return
        for message in messages(data):
            change = parse_link_change(message)
            if change is not None:
                self._on_change(change)


class LossWatch:
    """Asks again and again whether something is lost, and tells if it is."""

    def __init__(self, is_lost: Callable[[], bool], on_loss: Callable[[], None]) -> None:
        self._is_lost = is_lost
        self._on_loss = on_loss
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.call_later(_INTERVAL_S, self._look)

    def close(self) -> None:
        """Ask no more."""
        self._next.cancel()

    def _look(self) -> None:
        self._next = self._loop.call_later(_INTERVAL_S, self._look)
        if self._is_lost():
            self._on_loss()
