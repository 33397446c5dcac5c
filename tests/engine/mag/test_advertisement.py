"""What nodes are told by router advertisement, and when."""

from __future__ import annotations

import pytest

from nf.codec.messages import UNSPECIFIED
from nf.codec.ndisc_messages import PrefixInformation
from nf.engine.configuration import (
    FIXED_MAG_LINK_LAYER_ADDRESS,
    DataPlaneConfiguration,
    DomainConfiguration,
    MagRemoved,
)
from nf.engine.effects import SendRouterAdvertisement, StartTimer
from nf.engine.events import TunnelMtuChanged
from nf.engine.values import LinkLayerAddress, TimerKind, Tunnel
from tests.engine.mag.bench import (
    ADDRESS,
    HNP,
    MAC,
    MAG,
    OTHER_HNP,
    OTHER_LMA,
    STRANGE_MAC,
    TUNNEL,
    Bench,
    advertisement_in,
    of,
    registered,
)


class TestBeforeTheAcknowledgement:
    @pytest.mark.rfc("5213 §6.9.2")
    def test_a_solicitation_attaches_the_node_and_gets_no_answer_yet(self) -> None:
        bench = Bench()
        assert of(SendRouterAdvertisement, bench.solicit_router()) == []
        assert len(bench.sent) == 1
        assert bench.dropped() == {"not-registered": 1}
        assert advertisement_in(bench.accepted()).destination == ADDRESS

    @pytest.mark.rfc("5213 §6.9.2")
    def test_a_refused_node_gets_no_answer(self) -> None:
        bench = Bench()
        bench.seen()
        bench.refused(130)
        assert bench.solicit_router() == []

    def test_an_unknown_node_gets_no_answer(self) -> None:
        bench = Bench()
        assert of(SendRouterAdvertisement, bench.solicit_router(mac=STRANGE_MAC)) == []
        assert bench.dropped() == {"not-attached": 1}


class TestMtu:
    @pytest.mark.rfc("5213 §6.9.5")
    def test_follows_the_path_of_the_tunnel_and_is_told_to_all_whom_it_serves(self) -> None:
        bench = registered()
        effects = bench.handle(TunnelMtuChanged(tunnel=TUNNEL, mtu=1360))
        assert advertisement_in(effects).advertisement.mtu == 1360
        assert bench.handle(TunnelMtuChanged(tunnel=TUNNEL, mtu=1360)) == []
        assert advertisement_in(bench.solicit_router()).advertisement.mtu == 1360

    def test_that_is_configured_is_what_counts(self) -> None:
        bench = registered()
        bench.configure(DataPlaneConfiguration(mtu=1400))
        assert bench.handle(TunnelMtuChanged(tunnel=TUNNEL, mtu=1360)) == []
        effects = bench.configure(DataPlaneConfiguration(mtu=0))
        assert advertisement_in(effects).advertisement.mtu == 1360

    def test_of_a_tunnel_that_serves_nobody_here_is_nothing_to_tell(self) -> None:
        bench = registered()
        strange = Tunnel(local=MAG, remote=OTHER_LMA)
        assert bench.handle(TunnelMtuChanged(tunnel=strange, mtu=1360)) == []
        assert advertisement_in(bench.solicit_router()).advertisement.mtu == 1460

    def test_is_forgotten_with_its_tunnel(self) -> None:
        bench = registered()
        bench.handle(TunnelMtuChanged(tunnel=TUNNEL, mtu=1360))
        bench.configure(MagRemoved())
        assert bench.mag.gateway.tunnel_mtus == {}


class TestServedNode:
    @pytest.mark.rfc("5213 §6.9.1.2")
    def test_is_told_its_home_network_prefix_by_unicast(self) -> None:
        bench = Bench()
        bench.seen()
        sent = advertisement_in(bench.accepted())
        assert (sent.link_layer_destination, sent.destination) == (MAC, ADDRESS)
        assert sent.advertisement.prefixes == (
            PrefixInformation(prefix=HNP, valid_lifetime_s=400, preferred_lifetime_s=400),
        )
        assert sent.advertisement.router_lifetime_s == 400
        assert sent.advertisement.source_link_layer_address == FIXED_MAG_LINK_LAYER_ADDRESS
        assert bench.mag.statistics.router_advertisements_sent == 1

    def test_whose_address_is_unknown_is_reached_by_its_link_layer_address(self) -> None:
        bench = Bench()
        bench.seen(address=None)
        assert advertisement_in(bench.accepted()).destination is None

    @pytest.mark.rfc("5213 §6.9.2")
    def test_is_answered_when_it_solicits(self) -> None:
        bench = registered()
        bench.at_ms += 100_000
        sent = advertisement_in(bench.solicit_router(source=UNSPECIFIED))
        assert sent.destination == ADDRESS
        assert sent.advertisement.prefixes[0].valid_lifetime_s == 300

    @pytest.mark.rfc("5213 §6.9.5")
    def test_is_told_the_mtu_of_the_tunnel(self) -> None:
        assert advertisement_in(registered().solicit_router()).advertisement.mtu == 1460
        bench = registered(DataPlaneConfiguration(mtu=1400))
        assert advertisement_in(bench.solicit_router()).advertisement.mtu == 1400

    @pytest.mark.rfc("5213 §6.9.5")
    def test_is_told_when_the_mtu_changes(self) -> None:
        bench = registered()
        effects = bench.configure(DataPlaneConfiguration(mtu=1300))
        assert advertisement_in(effects).advertisement.mtu == 1300
        assert bench.configure(DataPlaneConfiguration(mtu=1300)) == []

    def test_is_told_again_before_its_prefix_runs_out(self) -> None:
        bench = Bench()
        bench.seen()
        starts = {each.timer.kind: each.after_ms for each in of(StartTimer, bench.accepted())}
        assert starts[TimerKind.ROUTER_ADVERTISEMENT] == 133_000
        sent = advertisement_in(bench.expire(TimerKind.ROUTER_ADVERTISEMENT, after_ms=133_000))
        assert sent.advertisement.router_lifetime_s == 267

    @pytest.mark.rfc("4861 §6.2.1")
    @pytest.mark.parametrize(
        ("granted_s", "interval_s", "router_s"), [(4, 3, 4), (40_000, 600, 9_000)]
    )
    def test_interval_and_router_lifetime_stay_within_their_limits(
        self, granted_s: int, interval_s: int, router_s: int
    ) -> None:
        bench = Bench()
        bench.seen()
        effects = bench.accepted(lifetime_s=granted_s)
        starts = {each.timer.kind: each.after_ms for each in of(StartTimer, effects)}
        assert starts[TimerKind.ROUTER_ADVERTISEMENT] == interval_s * 1000
        assert advertisement_in(effects).advertisement.router_lifetime_s == router_s

    @pytest.mark.rfc("5213 §6.12")
    def test_that_is_renumbered_is_told_that_the_old_prefix_ends(self) -> None:
        bench = registered()
        bench.expire(TimerKind.REFRESH)
        sent = advertisement_in(bench.accepted(hnps=(OTHER_HNP,)))
        lifetimes = {each.prefix: each.valid_lifetime_s for each in sent.advertisement.prefixes}
        assert lifetimes == {HNP: 0, OTHER_HNP: 400}

    def test_learns_no_link_layer_address_where_none_is_fixed(self) -> None:
        bench = registered(DomainConfiguration(fixed_mag_link_layer_address=LinkLayerAddress(b"")))
        sent = advertisement_in(bench.solicit_router())
        assert sent.advertisement.source_link_layer_address is None
