"""Notices when devices come and go, since the kernel takes routes along without a word."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from nf.drivers.kernel.links import LinkChange, parse_link_change
from nf.drivers.kernel.octets import messages

_RTMGRP_LINK: Final = 1
_BUFFER_SIZE: Final = 1 << 16


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
