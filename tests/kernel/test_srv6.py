"""What only the kernel driver srv6 has to do, and what it must leave alone."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Network

import pytest

from nf.engine.configuration import DriverName
from nf.engine.kernel_effects import (
    InstallRoute,
    InstallTunnel,
    InstallUplinkRoute,
    ReconcileKernel,
    RemoveRoute,
    RemoveTunnel,
)
from tests.kernel.domain import FROM_MAG1, HNP, LMA, MNP, TO_MAG1, TO_MAG2, Domain, domain

pytestmark = pytest.mark.kernel

LOCAL_RULE = "0:\tfrom all lookup local"


@pytest.fixture
def srv6() -> Iterator[Domain]:
    with domain(DriverName.SRV6) as made:
        yield made


def rules(net: Domain, machine: str) -> list[str]:
    return net.ip(machine, "rule").splitlines()


class TestRuleOfDecapsulation:
    def test_comes_first_and_the_local_rule_keeps_its_preference(self, srv6: Domain) -> None:
        srv6.start_lma()
        first, second, *_ = rules(srv6, "lma")
        # Where /etc/protocols is missing, ip prints the number.
        plain = first.replace("ipproto-41", "ipv6")
        assert plain == "0:\tfrom all ipproto ipv6 lookup 22301 proto 223"
        assert second == LOCAL_RULE

    def test_is_put_right_after_a_crash_between_two_steps(self, srv6: Domain) -> None:
        srv6.start_lma().kill()
        srv6.ip("lma", "rule delete preference 0 lookup local")
        srv6.ip("lma", "rule delete preference 0 lookup 22301")
        srv6.ip("lma", "rule add preference 0 lookup local protocol kernel")
        srv6.start_lma().perform(ReconcileKernel())
        assert [rule.split("\t")[0] for rule in rules(srv6, "lma")].count("0:") == 2
        assert rules(srv6, "lma")[1] == LOCAL_RULE

    def test_leaves_a_local_rule_where_somebody_else_has_put_it(self, srv6: Domain) -> None:
        srv6.ip("lma", "rule add preference 32000 lookup local")
        srv6.ip("lma", "rule delete preference 0 lookup local")
        before = srv6.dump("lma")
        lma = srv6.start_lma()
        assert LOCAL_RULE not in rules(srv6, "lma")
        lma.call("drain")
        assert srv6.dump("lma") == before


class TestNexthops:
    def test_keep_their_numbers_over_a_crash(self, srv6: Domain) -> None:
        lma = srv6.start_lma()
        lma.perform(InstallTunnel(tunnel=TO_MAG2))
        before = srv6.ip("lma", "nexthop show proto 223")
        lma.kill()
        again = srv6.start("lma")
        again.perform(InstallTunnel(tunnel=TO_MAG2), InstallTunnel(tunnel=TO_MAG1))
        again.perform(ReconcileKernel())
        assert srv6.ip("lma", "nexthop show proto 223") == before

    def test_never_take_a_number_that_is_in_use(self, srv6: Domain) -> None:
        srv6.ip("lma", "nexthop add id 223000007 dev core")
        lma = srv6.start_lma()
        lma.perform(InstallTunnel(tunnel=TO_MAG2))
        assert srv6.ip("lma", "nexthop show id 223000007").startswith("id 223000007 dev core")


class TestOuterSource:
    def test_is_given_back_with_the_last_tunnel(self, srv6: Domain) -> None:
        lma = srv6.start_lma()
        assert str(LMA) in srv6.run("lma", "ip", "sr", "tunsrc", "show")
        lma.perform(RemoveRoute(prefix=HNP, tunnel=TO_MAG1))
        lma.perform(RemoveRoute(prefix=MNP, tunnel=TO_MAG1), RemoveTunnel(tunnel=TO_MAG1))
        assert srv6.run("lma", "ip", "sr", "tunsrc", "show").split() == ["tunsrc", "addr", "::"]

    def test_is_given_back_by_a_drain_after_a_crash(self, srv6: Domain) -> None:
        srv6.start_lma().kill()
        srv6.start("lma").call("drain")
        assert srv6.run("lma", "ip", "sr", "tunsrc", "show").split() == ["tunsrc", "addr", "::"]

    def test_of_somebody_else_is_left_alone(self, srv6: Domain) -> None:
        srv6.run("lma", "ip", "sr", "tunsrc", "set", "2001:db8:c::1")
        srv6.start("lma").call("drain")
        assert "2001:db8:c::1" in srv6.run("lma", "ip", "sr", "tunsrc", "show")


class TestBurst:
    def test_of_uplinks_arrives_whole(self, srv6: Domain) -> None:
        prefixes = list(IPv6Network("2001:db8:4000::/36").subnets(new_prefix=48))[:1000]
        mag = srv6.start("mag1")
        mag.perform(InstallTunnel(tunnel=FROM_MAG1))
        for prefix in prefixes:
            mag.perform(InstallUplinkRoute(prefix=prefix, link="access", tunnel=FROM_MAG1))
        routes = srv6.ip("mag1", "route show table 22300 proto 223")
        assert routes.count(f"encap seg6 mode encap.red segs 1 [ {LMA} ]") == 1000

    def test_of_handovers_arrives_whole(self, srv6: Domain) -> None:
        prefixes = list(IPv6Network("2001:db8:4000::/36").subnets(new_prefix=48))[:1000]
        lma = srv6.start("lma")
        lma.perform(InstallTunnel(tunnel=TO_MAG1), InstallTunnel(tunnel=TO_MAG2))
        for tunnel in (TO_MAG1, TO_MAG2):
            lma.perform(*(InstallRoute(prefix=each, tunnel=tunnel) for each in prefixes))
        routes = srv6.ip("lma", "route show table 22300 proto 223")
        assert routes.count(f"segs 1 [ {TO_MAG2.remote} ]") == 1000
        assert f"segs 1 [ {TO_MAG1.remote} ]" not in routes
