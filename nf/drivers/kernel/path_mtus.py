"""Has each tunnel follow the path to its peer, whatever becomes of that path's MTU.

The kernel tells of a device that has another MTU, not of a route that has: a Packet Too Big of the
core, or an administrator, may change that at any time. So peers are asked for one after the other,
a few at a time: all of them soon after any device has changed, and at leisure between times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from itertools import islice
from typing import Final

from nf.drivers.kernel.netlink import KernelError, Netlink
from nf.drivers.kernel.paths import inner_mtu, known_inner_mtu
from nf.drivers.kernel.tunnel import TunnelDriver
from nf.engine.events import Event, TunnelMtuChanged
from nf.engine.values import USUAL_TUNNEL_MTU, Tunnel

_INTERVAL_S: Final = 2.0
#: How long a device may go on changing before anything is looked at.
_SETTLING_S: Final = 0.05
#: How long others have their turn while all are looked at.
_PAUSE_S: Final = 0.01
#: How many peers are asked for at a time.
SLICE: Final = 64


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
        #: Who is still to be looked at in this round, in that order.
        self._waiting: dict[Tunnel, None] = {}
        self._is_hurried = False
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
        self._look_in(_INTERVAL_S)

    def look_soon(self) -> None:
        """Look at all tunnels in a moment, when the devices may have settled."""
        if self._next is not None and not self._is_soon:
            self._is_soon = True
            self._look_in(_SETTLING_S, self._begin_to_hurry)

    def close(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _look_in(self, pause_s: float, look: Callable[[], None] | None = None) -> None:
        if self._next is not None:
            self._next.cancel()
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(pause_s, look or self._look_at_some)

    def _begin_to_hurry(self) -> None:
        """Look at all tunnels once more, behind those that wait already."""
        self._is_soon, self._is_hurried = False, True
        self._waiting.update(dict.fromkeys(self._tunnels))
        self._look_at_some()

    def _look_at_some(self) -> None:
        if not self._waiting:
            self._forget_gone()
            self._waiting = dict.fromkeys(self._tunnels)
        some = list(islice(self._waiting, SLICE))
        for tunnel in some:
            del self._waiting[tunnel]
            if tunnel in self._tunnels:
                self.look(tunnel)
        self._is_hurried = self._is_hurried and bool(self._waiting)
        self._look_in(_PAUSE_S if self._is_hurried else _INTERVAL_S)

    def _forget_gone(self) -> None:
        for tunnel in self._known.keys() - set(self._tunnels):
            del self._known[tunnel]
