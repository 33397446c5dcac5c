"""What is left in the kernel: after a crash, a drain, a foreign hand, a lost device."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.engine.configuration import DataPlaneConfiguration, DriverName
from nf.engine.kernel_effects import (
    ConfigureDataPlane,
    InstallAccessRoute,
    InstallRoute,
    InstallTunnel,
    ReconcileKernel,
    RemoveAccessRoute,
    RemoveAggregateRoute,
    RemoveRoute,
    RemoveTunnel,
    RemoveUplinkRoute,
)
from nf.engine.values import Tunnel
from tests.kernel.domain import (
    CN,
    FROM_MAG1,
    HNP,
    LMA,
    MNP,
    NODE_LINK_LOCAL,
    NODE_MNP,
    POOL,
    TO_MAG1,
    TO_MAG2,
    Agent,
    Domain,
)

pytestmark = pytest.mark.kernel

FOREIGN = (
    "rule add preference 1 from 2001:db8:99::/48 lookup 99",
    "rule add preference 223 iif access lookup 99",
    "nexthop add id 99 via fe80::2 dev access",
    f"route add {MNP} via fe80::2 dev access metric 99",
    f"route add {HNP} dev access metric 1024",
    "route add 2001:db8:98::/48 nhid 99",
    "route add default from 2001:db8:97::/48 via fe80::2 dev access table 99",
)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return when something has become true; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline


def flush(net: Domain, machine: str) -> None:
    """Remove our routes by hand; nexthop objects first, or iproute2 6.1 cannot say which routes."""
    net.ip(machine, "nexthop flush proto 223")
    net.ip(machine, "route flush table all proto 223")


def has_packet_filter(net: Domain) -> bool:
    """Tell whether the running kernel has one for IPv6."""
    net.run("cn", "nft", "add table ip6 probe", check=False)
    return "probe" in net.run("cn", "nft", "list tables", check=False)


class TestDrain:
    def test_leaves_the_system_as_it_was(self, net: Domain) -> None:
        before = net.dump("lma"), net.dump("mag1")
        lma, mag = net.start_lma(), net.start_mag(1)
        assert net.dump("lma") != before[0]
        lma.call("drain")
        mag.call("drain")
        assert (net.dump("lma"), net.dump("mag1")) == before

    def test_removes_what_a_killed_run_left(self, net: Domain) -> None:
        before = net.dump("mag1")
        net.start_mag(1).kill()
        net.start("mag1").call("drain")
        assert net.dump("mag1") == before

    def test_touches_nothing_of_others(self, net: Domain) -> None:
        for command in FOREIGN:
            net.ip("mag1", command)
        before = net.dump("mag1")
        net.start_mag(1).call("drain")
        assert net.dump("mag1") == before


class TestRemoval:
    def test_of_the_last_tunnel_and_aggregate_leaves_the_lma_as_it_was(self, net: Domain) -> None:
        before = net.dump("lma")
        lma = net.start_lma()
        lma.perform(
            *(RemoveRoute(prefix=each, tunnel=TO_MAG1) for each in (HNP, MNP)),
            RemoveTunnel(tunnel=TO_MAG1),
        )
        assert net.dump("lma") != before
        lma.perform(RemoveAggregateRoute(prefix=POOL))
        assert net.dump("lma") == before

    def test_of_the_last_access_link_leaves_the_mag_as_it_was(self, net: Domain) -> None:
        before = net.dump("mag1")
        mag = net.start_mag(1)
        mag.call("open-access-link", "access")
        for prefix in (HNP, MNP):
            uplink = RemoveUplinkRoute(prefix=prefix, link="access", tunnel=FROM_MAG1)
            mag.perform(uplink, RemoveAccessRoute(prefix=prefix, link="access"))
        mag.perform(RemoveTunnel(tunnel=FROM_MAG1))
        assert net.dump("mag1") != before
        mag.call("close-access-link", "access")
        assert net.dump("mag1") == before


class TestStop:
    def test_leaves_traffic_flowing(self, net: Domain) -> None:
        lma, mag = net.start_lma(), net.start_mag(1)
        lma.stop()
        mag.kill()
        assert net.pings("cn", NODE_MNP)

    def test_is_followed_by_a_start_that_changes_nothing(self, net: Domain) -> None:
        net.start_lma().kill()
        net.start_mag(1).kill()
        before = net.dump("lma"), net.dump("mag1")
        net.start_lma().perform(ReconcileKernel())
        net.start_mag(1).perform(ReconcileKernel())
        assert (net.dump("lma"), net.dump("mag1")) == before


class TestReconciliation:
    def test_removes_what_was_not_installed_again(self, net: Domain) -> None:
        net.start_lma().kill()
        only = self._only_the_home_network(net)
        only.perform(ReconcileKernel())
        after = net.dump("lma")
        only.call("drain")
        fresh = self._only_the_home_network(net)
        assert self._without_numbers(net.dump("lma")) == self._without_numbers(after)
        assert fresh.call("posted") == []

    def test_puts_back_what_somebody_removed(self, net: Domain) -> None:
        lma, mag = net.start_lma(), net.start_mag(1)
        before = net.ip("lma", "rule"), net.ip("mag1", "rule")
        for machine in ("lma", "mag1"):
            flush(net, machine)
            net.ip(machine, "rule flush proto 223")
        assert not net.pings("cn", NODE_MNP)
        lma.perform(ReconcileKernel())
        mag.perform(ReconcileKernel())
        assert net.pings("cn", NODE_MNP)
        assert (net.ip("lma", "rule"), net.ip("mag1", "rule")) == before

    def test_leaves_what_a_former_run_did_for_as_long_as_it_is_told_to(self, net: Domain) -> None:
        net.start_lma().kill()
        net.start_mag(1).kill()
        net.ip("lma", "rule flush proto 223")
        mag = net.start("mag1", grace_s=3600)
        mag.perform(ReconcileKernel())
        net.start_lma().perform(ReconcileKernel())
        assert net.pings("cn", NODE_MNP)
        mag.call("drain")
        assert not net.pings("cn", NODE_MNP)

    def test_removes_what_a_former_run_did_after_that(self, net: Domain) -> None:
        net.start_mag(1).kill()
        net.start("mag1", grace_s=0.01).perform(ReconcileKernel())
        wait_until(lambda: "proto 223" not in net.ip("mag1", "route show table all"))

    def test_tries_again_what_was_refused_before(self, net: Domain) -> None:
        mag = net.start("mag1")
        net.run("mag1", "ip", "link", "set", "access", "down")
        net.run("mag1", "ip", "link", "set", "access", "name", "away")
        route = InstallAccessRoute(prefix=MNP, link="access", next_hop=NODE_LINK_LOCAL)
        assert mag.refusal(route) == errno.ENODEV
        mag.perform(ReconcileKernel())
        assert "access" in str(mag.call("posted"))
        net.run("mag1", "ip", "link", "set", "away", "name", "access")
        net.run("mag1", "ip", "link", "set", "access", "up")
        mag.perform(ReconcileKernel())
        assert f"{MNP} via {NODE_LINK_LOCAL} dev access" in net.ip("mag1", "route")

    @staticmethod
    def _only_the_home_network(net: Domain) -> Agent:
        agent = net.start("lma")
        agent.perform(InstallTunnel(tunnel=TO_MAG1), InstallRoute(prefix=HNP, tunnel=TO_MAG1))
        return agent

    @staticmethod
    def _without_numbers(dump: str) -> list[str]:
        """Return a dump without the numbers of devices and MAC addresses, in any order."""
        lines = (line.strip().partition(": ") for line in dump.splitlines())
        return sorted(last or first for first, _, last in lines)


class TestWatch:
    def test_puts_routes_back_when_an_access_link_returns(self, net: Domain) -> None:
        net.start_lma()
        net.start_mag(1)
        net.run("mag1", "ip", "link", "set", "access", "down")
        net.run("mag1", "ip", "link", "set", "access", "up")
        net.ip("mag1", "address replace fe80::1/64 dev access nodad")
        wait_until(lambda: net.pings("cn", NODE_MNP))

    def test_guards_an_open_link_that_comes_later(self, net: Domain) -> None:
        mag = net.start("mag1")
        mag.call("open-access-link", link="later")
        assert "later" not in net.ip("mag1", "rule")
        net.run("mag1", "ip", "link", "add", "later", "up", "type", "bridge")
        mag.call("posted")
        assert "iif later lookup" in net.ip("mag1", "rule")

    def test_puts_a_lost_device_back_with_all_its_routes(self, net: Domain) -> None:
        net.start_lma()
        net.start_mag(1)
        net.run("lma", "ip", "link", "delete", "group", "223")
        wait_until(lambda: net.pings("cn", NODE_MNP))

    def test_finds_a_lost_device_among_more_changes_than_the_kernel_keeps(
        self, net: Domain
    ) -> None:
        lma = net.start_lma()
        net.start_mag(1)
        with lma.paused():
            changes = [f"link set lo mtu {mtu}" for mtu in range(2000, 3000)]
            net.batch("lma", *changes, "link delete group 223")
        wait_until(lambda: net.pings("cn", NODE_MNP))

    def test_is_not_needed_for_the_core_link(self, net: Domain) -> None:
        net.start_lma().stop()
        net.start_mag(1)
        net.run("lma", "ip", "link", "set", "core", "down")
        net.run("lma", "ip", "link", "set", "core", "up")
        net.ip("lma", f"address replace {LMA}/64 dev core nodad")
        wait_until(lambda: net.pings("cn", NODE_MNP))


class TestConfiguration:
    def test_may_change_under_traffic(self, net: Domain) -> None:
        lma = net.start_lma()
        net.start_mag(1)
        changed = DataPlaneConfiguration(driver=net.driver, mtu=1300)
        lma.perform(ConfigureDataPlane(data_plane=changed))
        assert "Packet too big: mtu=1300" in net.ping("cn", NODE_MNP, "-M", "do", "-s", "1253")
        assert net.pings("cn", NODE_MNP)
        assert lma.call("posted") == []

    def test_makes_the_system_a_router(self, net: Domain) -> None:
        for machine in ("lma", "mag1"):
            net.run(machine, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=0")
        net.start_lma()
        net.start_mag(1)
        net.ip("mag1", f"route replace default via {LMA}")
        assert net.pings("cn", NODE_MNP)

    def test_auto_takes_the_classic_device_where_the_kernel_has_it(self, net: Domain) -> None:
        lma = net.start("lma")
        lma.perform(ConfigureDataPlane(data_plane=DataPlaneConfiguration()))
        lma.perform(InstallTunnel(tunnel=TO_MAG1))
        has_classic = net.driver is DriverName.IP6TNL
        state = lma.call("state")
        assert isinstance(state, dict)
        assert state["driver"] == ("ip6tnl" if has_classic else "srv6")


class TestState:
    def test_counts_the_routes_of_each_tunnel(self, net: Domain) -> None:
        lma = net.start_lma()
        lma.perform(InstallTunnel(tunnel=TO_MAG2), RemoveRoute(prefix=HNP, tunnel=TO_MAG1))
        assert lma.call("state") == {
            "driver": net.driver.value,
            "tunnels": [
                {"local": str(LMA), "remote": str(TO_MAG1.remote), "routes": 1},
                {"local": str(LMA), "remote": str(TO_MAG2.remote), "routes": 0},
            ],
            "dropped": {"unregistered-source": 0} if has_packet_filter(net) else None,
        }

    def test_says_nothing_before_anything_is_installed(self, net: Domain) -> None:
        before = net.dump("lma")
        assert net.start("lma").call("state") == {
            "driver": None,
            "tunnels": [],
            "dropped": None,
        }
        assert net.dump("lma") == before


class TestRefusal:
    def test_of_a_route_without_a_tunnel(self, net: Domain) -> None:
        lma = net.start("lma")
        refusal = lma.refusal(InstallRoute(prefix=MNP, tunnel=TO_MAG1))
        assert refusal in (errno.ENOENT, errno.ENODEV)

    def test_of_a_second_local_address_is_the_limit_of_srv6(self, net: Domain) -> None:
        lma = net.start_lma()
        second = Tunnel(local=IPv6Address("2001:db8:c::1"), remote=IPv6Address(CN))
        if net.driver is DriverName.SRV6:
            assert lma.refusal(InstallTunnel(tunnel=second)) == errno.EADDRINUSE
        else:
            lma.perform(InstallTunnel(tunnel=second))

    def test_never_follows_the_removal_of_what_is_not_there(self, net: Domain) -> None:
        lma = net.start_lma()
        flush(net, "lma")
        lma.perform(RemoveRoute(prefix=MNP, tunnel=TO_MAG1))
        lma.perform(RemoveRoute(prefix=IPv6Network("2001:db8:77::/48"), tunnel=TO_MAG1))
        lma.perform(RemoveTunnel(tunnel=TO_MAG1), RemoveTunnel(tunnel=TO_MAG1))
