"""Performs the engine's kernel effects, one after the other, and keeps what they add up to."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from typing import assert_never

from nf.drivers.kernel.access import AccessLinks
from nf.drivers.kernel.admission import Admission
from nf.drivers.kernel.dead_ends import DeadEnds
from nf.drivers.kernel.ip6tnl import Ip6Tnl, has_ip6_tunnel
from nf.drivers.kernel.ledger import Ledger
from nf.drivers.kernel.links import Link, LinkChange
from nf.drivers.kernel.local_routing import LocalRouting
from nf.drivers.kernel.mender import Mender
from nf.drivers.kernel.netlink import KernelError, Netlink
from nf.drivers.kernel.path_mtus import PathMtus
from nf.drivers.kernel.paths import enable_forwarding
from nf.drivers.kernel.plan import AccessRoute, Plan
from nf.drivers.kernel.srv6 import Srv6, release_tunnel_source
from nf.drivers.kernel.state import DataPlaneState, state_of
from nf.drivers.kernel.tunnel import TunnelDriver
from nf.drivers.kernel.watch import LinkWatch, LossWatch
from nf.engine.configuration import DataPlaneConfiguration, DriverName
from nf.engine.events import Event, KernelFailed
from nf.engine.kernel_effects import (
    ConfigureDataPlane,
    InstallAccessRoute,
    InstallAggregateRoute,
    InstallRoute,
    InstallTunnel,
    InstallUplinkRoute,
    KernelEffect,
    ReconcileKernel,
    RemoveAccessRoute,
    RemoveAggregateRoute,
    RemoveRoute,
    RemoveTunnel,
    RemoveUplinkRoute,
    SetLocalRouting,
    ShareSource,
    SpreadRoute,
)
from nf.engine.values import Tunnel


class KernelDriver:
    """Tunnels and routes of this network namespace; raises KernelError where the kernel refuses.

    A link, route or rule that the kernel refused stays wanted: it is tried again whenever the
    kernel is reconciled. What a former run left then goes ``grace_s`` later, so that a MAG has
    found its nodes again and no packet of theirs is lost.
    """

    def __init__(self, post: Callable[[Event], None], *, grace_s: float = 0) -> None:
        self._post = post
        self._grace_s = grace_s
        self._cleaning: asyncio.TimerHandle | None = None
        self._netlink = Netlink()
        self._ledger = Ledger(self._netlink)
        self._plan = Plan()
        self._dead_ends = DeadEnds(self._ledger, self._plan)
        self._admission = Admission(self._plan, self._report)
        self._mender = Mender(self._ledger, self._admission.mend, self._report)
        self._access = AccessLinks(self._ledger)
        self._local = LocalRouting(self._ledger, self._plan)
        self._mtus = PathMtus(self._netlink, self._plan.tunnels, self._tunnels, self._report, post)
        self._configuration = DataPlaneConfiguration()
        self._driver: TunnelDriver | None = None
        self._watches: tuple[LinkWatch | LossWatch | PathMtus, ...] = ()
        self._open_links: set[str] = set()
        self._links_down: set[str] = set()
        self._is_flush_due = False

    def watch(self) -> None:
        """Notice from the running event loop when something of ours or an access link changes."""
        self._watches = (
            LinkWatch(self._on_link_change, self._restore),
            LossWatch(self._admission.is_lost, self._restore),
            self._mtus,
        )
        self._mtus.watch()

    def perform(self, effect: KernelEffect) -> None:
        """Perform one effect; raises KernelError where the kernel refuses."""
        try:
            self._perform(effect)
        finally:
            self._admission.flush()

    def _perform(self, effect: KernelEffect) -> None:
        match effect:
            case ConfigureDataPlane():
                self._configure(effect.data_plane)
            case InstallTunnel():
                self._install_tunnel(effect.tunnel)
            case RemoveTunnel():
                self._remove_tunnel(effect.tunnel)
            case InstallRoute():
                self._install_route(effect.prefix, effect.tunnel)
            case SpreadRoute():
                self._spread_route(effect.prefix, effect.tunnels)
            case RemoveRoute():
                self._remove_route(effect.prefix, effect.tunnel)
            case ShareSource():
                self._share(effect.prefix, effect.tunnels)
            case InstallAggregateRoute():
                self._install_aggregate(effect.prefix)
            case RemoveAggregateRoute():
                self._remove_aggregate(effect.prefix)
            case InstallUplinkRoute():
                self._install_uplink(effect.prefix, effect.link, effect.tunnel)
            case RemoveUplinkRoute():
                self._remove_uplink(effect.prefix, effect.link, effect.tunnel)
            case InstallAccessRoute():
                self._install_access(effect.prefix, effect.link, effect.next_hop)
            case RemoveAccessRoute():
                self._remove_access(effect.prefix, effect.link)
            case SetLocalRouting():
                self._plan.is_routing_locally = effect.enabled
                self._local.align()
            case ReconcileKernel():
                self._reconcile_with_grace()
            case _:
                assert_never(effect)

    def perform_later(self, effect: KernelEffect) -> None:
        """Perform one effect; routes in a moment, together, and at the latest at ``flush``."""
        if not isinstance(effect, InstallRoute | RemoveRoute | ShareSource):
            self.perform(effect)
            return
        if not self._is_flush_due:
            self._is_flush_due = True
            asyncio.get_running_loop().call_soon(self.flush)
        self._ledger.is_deferring = True
        try:
            self._perform(effect)
        finally:
            self._ledger.is_deferring = False

    def flush(self) -> None:
        """Have all routes in the kernel; what it refuses becomes an event."""
        if self._is_flush_due:
            self._is_flush_due = False
            self._admission.flush()
            for refusal in self._ledger.flush():
                self._report(refusal)

    def open_access_link(self, link: str) -> None:
        """Forward from a link only what a node on it has registered, even while there is none.

        A link that is not there yet is guarded when it comes up.
        """
        self._open_links.add(link)
        self._admission.guard(link)
        self._guard_open_links()
        self._admission.flush()

    def close_access_link(self, link: str) -> None:
        """Forward from a link as from any other, as soon as no node on it is registered."""
        self._open_links.discard(link)
        self._release_if_unused(link)
        self._rest_if_idle()

    def state(self) -> DataPlaneState:
        """Return what is installed; walks all routes."""
        driver = self._driver.name if self._driver else None
        return state_of(self._plan, driver, self._admission.drops())

    def close(self) -> None:
        """Stop; traffic goes on flowing as it does now."""
        for watch in self._watches:
            watch.close()
        self._watches = ()
        self._expect_no_cleaning()
        self._mender.stop()
        self.flush()
        self._admission.stop()
        self._netlink.close()

    def drain(self) -> None:
        """Remove everything of ours, also what a former run left; forwarding stays enabled."""
        self._plan.clear()
        self._open_links.clear()
        self._start_over()
        self._reconcile()

    def _configure(self, configuration: DataPlaneConfiguration) -> None:
        """Take a configuration; what is installed is installed anew if that changes how."""
        if configuration == self._configuration:
            return
        self._configuration = configuration
        if self._driver is not None:
            self._start_over()
            self._replay()
            self._reconcile()

    def _install_tunnel(self, tunnel: Tunnel) -> None:
        self._plan.tunnels.add(tunnel)
        tunnels = self._tunnels()
        self._access.shut_out(tunnel.remote)
        tunnels.install_tunnel(tunnel)
        self._mtus.take_up(tunnel)

    def _remove_tunnel(self, tunnel: Tunnel) -> None:
        if tunnel in self._plan.tunnels:
            self._plan.tunnels.discard(tunnel)
            self._tunnels().remove_tunnel(tunnel)
            self._admission.forget(tunnel)
            if not self._plan.has_peer(tunnel.remote):
                self._access.let_in(tunnel.remote)
            self._rest_if_idle()

    def _install_route(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        if self._plan.spread:
            self._plan.spread.pop(prefix, None)
        self._lead(prefix, tunnel).install_route(prefix, tunnel)

    def _spread_route(self, prefix: IPv6Network, tunnels: tuple[Tunnel, ...]) -> None:
        self._plan.spread[prefix] = tunnels
        self._lead(prefix, tunnels[0]).spread_route(prefix, tunnels)

    def _lead(self, prefix: IPv6Network, tunnel: Tunnel) -> TunnelDriver:
        """Take note of the tunnel that a prefix is routed into; return what routes it."""
        before = self._plan.routes.get(prefix)
        self._plan.routes[prefix] = tunnel
        tunnels = self._tunnels()
        self._admission.route(prefix, before, tunnel)
        self._dead_ends.end_route(prefix)
        return tunnels

    def _remove_route(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        """Remove a route unless the prefix has moved to another tunnel meanwhile."""
        if self._plan.routes.get(prefix) == tunnel:
            del self._plan.routes[prefix]
            self._plan.spread.pop(prefix, None)
            self._admission.unroute(prefix, tunnel)
            self._tunnels().remove_route(prefix)
            self._dead_ends.open_route(prefix)

    def _share(self, prefix: IPv6Network, tunnels: tuple[Tunnel, ...]) -> None:
        before = self._plan.shared.pop(prefix, ())
        if tunnels:
            self._plan.shared[prefix] = tunnels
        self._admission.share(prefix, before)

    def _install_aggregate(self, prefix: IPv6Network) -> None:
        self._plan.aggregates.add(prefix)
        tunnels = self._tunnels()
        self._dead_ends.end_aggregate(prefix)
        tunnels.install_aggregate(prefix)

    def _remove_aggregate(self, prefix: IPv6Network) -> None:
        if prefix in self._plan.aggregates:
            self._plan.aggregates.discard(prefix)
            self._tunnels().remove_aggregate(prefix)
            self._dead_ends.open_aggregate(prefix)
            self._rest_if_idle()

    def _install_uplink(self, prefix: IPv6Network, link: str, tunnel: Tunnel) -> None:
        self._plan.add_uplink(prefix, link, tunnel)
        table = self._access.guard(link)
        self._tunnels().install_uplink(prefix, table, tunnel)
        self._local.admit(prefix, link)

    def _remove_uplink(self, prefix: IPv6Network, link: str, tunnel: Tunnel) -> None:
        if self._plan.remove_uplink(prefix, link, tunnel):
            self._local.refuse(prefix, link)
            table = self._access.table_of(link)
            if table is not None:
                self._tunnels().remove_uplink(prefix, table)
            self._release_if_unused(link)

    def _install_access(self, prefix: IPv6Network, link: str, next_hop: IPv6Address | None) -> None:
        route = AccessRoute(link=link, next_hop=next_hop)
        self._plan.access_routes[prefix] = route
        self._access.install_route(prefix, link, next_hop)
        self._local.lead(prefix, route)

    def _remove_access(self, prefix: IPv6Network, link: str) -> None:
        """Remove a route unless the prefix has moved to another access link meanwhile."""
        route = self._plan.access_routes.get(prefix)
        if route is not None and route.link == link:
            del self._plan.access_routes[prefix]
            self._local.leave(prefix)
            self._access.remove_route(prefix)

    def _release_if_unused(self, link: str) -> None:
        if link not in self._open_links and not self._plan.uplink_count[link]:
            self._access.release(link)
            self._admission.release(link)
            self._admission.flush()

    def _tunnels(self) -> TunnelDriver:
        """Return the configured way into the tunnel, started."""
        if self._driver is None:
            enable_forwarding()
            self._ledger.look()
            driver = self._choose()
            driver.start()
            self._admission.start(driver.name)
            self._driver = driver
        return self._driver

    def _choose(self) -> TunnelDriver:
        """Take the classic device where the kernel has it: it does Packet Too Big by itself."""
        name, mtu = self._configuration.driver, self._configuration.mtu
        if name is DriverName.AUTO:
            name = DriverName.IP6TNL if has_ip6_tunnel(self._netlink) else DriverName.SRV6
        if name is DriverName.IP6TNL:
            return Ip6Tnl(self._ledger, mtu)
        return Srv6(self._ledger, self._plan, mtu)

    def _rest_if_idle(self) -> None:
        """Remove what all tunnels share when there is none, and nothing that would need one."""
        if self._driver is not None and self._plan.is_empty and not self._open_links:
            self.drain()

    def _start_over(self) -> None:
        """Want nothing in the kernel, until the plan is replayed."""
        self._ledger.forget()
        self._admission.stop()
        self._access = AccessLinks(self._ledger)
        self._local = LocalRouting(self._ledger, self._plan)
        self._driver = None

    def _replay(self) -> None:
        """Perform again what the plan is made of, in an order in which nothing is missing."""
        for effect in self._plan.effects():
            try:
                self._perform(effect)
            except KernelError as refusal:
                self._report(refusal)
        self._admission.flush()
        self._guard_open_links()

    def _guard_open_links(self) -> None:
        for link in self._open_links:
            try:
                self._access.guard(link)
            except KernelError as refusal:
                if refusal.errno != errno.ENODEV:
                    self._report(refusal)

    def _reconcile_with_grace(self) -> None:
        """Reconcile, but leave for a while what a former run left.

        What it left was looked for at the start: so the kernel's routes need not be read again.
        """
        if not self._grace_s:
            self._reconcile()
            return
        self._guard_open_links()
        self._expect_no_cleaning()
        self._cleaning = asyncio.get_running_loop().call_later(self._grace_s, self._clean_up)

    def _clean_up(self) -> None:
        self._release_source()
        self._mender.clean_up()

    def _expect_no_cleaning(self) -> None:
        if self._cleaning is not None:
            self._cleaning.cancel()
            self._cleaning = None

    def _reconcile(self) -> None:
        """Have in the kernel what is wanted and nothing else of ours, before anything goes on."""
        self._release_source()
        self._mender.reconcile_now()

    def _release_source(self) -> None:
        if self._driver is None or self._driver.name is not DriverName.SRV6:
            release_tunnel_source(self._netlink)

    def _on_link_change(self, change: LinkChange) -> None:
        """Put back what the kernel took along with a device that went away or down."""
        self._mtus.look_soon()
        was_down = change.name in self._links_down
        if change.is_up:
            self._links_down.discard(change.name)
        else:
            self._links_down.add(change.name)
        is_lost = change.is_lost and self._ledger.wants((Link, change.name))
        is_back = change.name in self._access and change.is_up and was_down
        if change.is_up and change.name not in self._access:
            self._guard_open_links()
        if is_lost or is_back:
            self._restore()

    def _restore(self) -> None:
        """Put back whatever is missing."""
        self._guard_open_links()
        self._mender.restore()

    def _report(self, refusal: KernelError) -> None:
        number = refusal.errno or 0
        self._post(KernelFailed(effect=refusal.operation, errno=number, detail=str(refusal)))
