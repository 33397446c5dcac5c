"""Has each tunnel follow the path to its peer, whatever becomes of that path's MTU.

The kernel tells of a device that has another MTU, not of a route that has: a Packet Too Big of the
core, or an administrator, may change that at any time. So soon after any device has changed all
peers are asked for, and between times a few of them after each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from nf.drivers.kernel.netlink import KernelError, Netlink
from nf.drivers.kernel.paths import inner_mtu, known_inner_mtu
from nf.drivers.kernel.tunnel import TunnelDriver
from nf.engine.events import Event, TunnelMtuChanged
from nf.engine.values import USUAL_TUNNEL_MTU, Tunnel

_INTERVAL_S: Final = 2.0
#: How long a device may go on changing before anything is looked at.
_SETTLING_S: Final = 0.05
#: How many peers are asked for in one interval.
_SLICE: Final = 64


class PathMtus:
    """What the inner MTU of each tunnel was when it was last looked at; tells of each change."""

    def __init__(
        self,
        netlink: Netlink,
        tunnels: Collection[Tunnel],
        driver: Callable[[], TunnelDriver],
        report: Callable[[KernelError], None],
        post: Callable[[Event], None],
    ) -> None:
        self._netlink = netlink
        self._tunnels = tunnels
        self._driver = driver
        self._report = report
        self._post = post
        self._known: dict[Tunnel, int] = {}
        self._waiting: list[Tunnel] = []
        self._next: asyncio.TimerHandle | None = None
        self._is_soon = False

    def take_up(self, tunnel: Tunnel) -> None:
        """Take note of a tunnel that was just installed."""
        mtu = self._known[tunnel] = inner_mtu(self._netlink, tunnel)
        if mtu != USUAL_TUNNEL_MTU:
            self._post(TunnelMtuChanged(tunnel=tunnel, mtu=mtu))

    def look(self, tunnel: Tunnel) -> None:
        """Let a tunnel follow its path, if there is one and it has changed."""
        mtu = known_inner_mtu(self._netlink, tunnel)
        if mtu is None or mtu == self._known.get(tunnel):
            return
        self._known[tunnel] = mtu
        try:
            self._driver().fit_tunnel(tunnel)
        except KernelError as refusal:
            self._report(refusal)
        self._post(TunnelMtuChanged(tunnel=tunnel, mtu=mtu))

    def watch(self) -> None:
        """Look from time to time, from the running event loop."""
        self._next = asyncio.get_running_loop().call_later(_INTERVAL_S, self._look_at_some)

    def look_soon(self) -> None:
        """Look at all tunnels in a moment, when the devices may have settled."""
        if self._next is not None and not self._is_soon:
            self._is_soon = True
            self._next.cancel()
            loop = asyncio.get_running_loop()
            self._next = loop.call_later(_SETTLING_S, self._look_at_all)

    def close(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _look_at_all(self) -> None:
        self._is_soon = False
        self._waiting.clear()
        self._look_at(list(self._tunnels))

    def _look_at_some(self) -> None:
        if not self._waiting:
            self._forget_gone()
            self._waiting = list(self._tunnels)
        self._waiting, some = self._waiting[_SLICE:], self._waiting[:_SLICE]
        self._look_at(some)

    def _look_at(self, tunnels: list[Tunnel]) -> None:
        self.watch()
        for tunnel in tunnels:
            if tunnel in self._tunnels:
                self.look(tunnel)

    def _forget_gone(self) -> None:
        for tunnel in self._known.keys() - set(self._tunnels):
            del self._known[tunnel]
