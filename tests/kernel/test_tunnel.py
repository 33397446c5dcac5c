"""Packets between a node and its correspondent, whatever the way into the tunnel."""

from __future__ import annotations

import re
import socket
import subprocess

import pytest

from nf.engine.kernel_effects import (
    InstallAggregateRoute,
    InstallRoute,
    InstallTunnel,
    RemoveAccessRoute,
    RemoveAggregateRoute,
    RemoveRoute,
    RemoveTunnel,
    RemoveUplinkRoute,
    ShareSource,
)
from tests.kernel.domain import (
    CN,
    FROM_MAG1,
    HNP,
    LMA,
    MAG1,
    MAG2,
    MNP,
    NODE_HNP,
    NODE_MNP,
    POOL,
    TO_MAG1,
    TO_MAG2,
    Domain,
)
from tests.kernel.forged import DESTINATION_OPTIONS, FOREIGN, datagram, header, send
from tests.kernel.wire import ICMPV6, IPV6_IN_IPV6, Packet, capture

pytestmark = pytest.mark.kernel


def involving(packets: list[Packet], address: str) -> list[Packet]:
    """Return the packets that an address has to do with, outside or inside."""
    return [
        packet
        for packet in packets
        for each in (packet, packet.inner)
        if each is not None and address in (str(each.source), str(each.destination))
    ]


class TestTunnel:
    @pytest.mark.rfc("5213 §5.6.1")
    def test_puts_one_ipv6_header_around_each_packet_and_nothing_else(self, net: Domain) -> None:
        net.start_lma()
        net.start_mag(1)
        with capture(net, "lma", "core") as wire:
            assert net.pings("cn", NODE_MNP)
            packets = involving(wire.packets(), NODE_MNP)
        request, reply = packets
        assert request.next_header == reply.next_header == IPV6_IN_IPV6
        assert (request.source, request.destination) == (LMA, MAG1)
        assert (reply.source, reply.destination) == (MAG1, LMA)
        assert request.inner is not None and reply.inner is not None
        assert request.inner.next_header == reply.inner.next_header == ICMPV6
        assert str(request.inner.destination) == str(reply.inner.source) == NODE_MNP

    @pytest.mark.rfc("5213 §6.10.2")
    def test_is_what_an_independent_decoder_takes_for_ipv6_in_ipv6(self, net: Domain) -> None:
        net.start_lma()
        net.start_mag(1)
        with capture(net, "lma", "core") as wire:
            assert net.pings("cn", NODE_HNP)
            octets = wire.file()
        command = [
            "tshark",
            "-r",
            "-",
            "-Y",
            f"ipv6.addr == {NODE_HNP} && icmpv6.type in {{128, 129}}",
        ]
        command += ["-T", "fields", "-e", "frame.protocols", "-e", "ipv6.routing.type"]
        done = subprocess.run(command, input=octets, capture_output=True, check=True)
        decoded = [line.strip() for line in done.stdout.decode().splitlines()]
        assert len(decoded) == 2
        assert all(re.match("eth:ethertype:ipv6:ipv6:icmpv6(:data)?$", each) for each in decoded)

    @pytest.mark.rfc("5213 §5.6.2", "5213 §6.10.4", "draft-nemo §3.4.4")
    def test_carries_both_kinds_of_prefix_in_both_directions(self, net: Domain) -> None:
        net.start_lma()
        net.start_mag(1)
        assert net.pings("cn", NODE_HNP)
        assert net.pings("cn", NODE_MNP)
        assert net.pings("node1", CN, "-I", NODE_HNP)
        assert net.pings("node1", CN, "-I", NODE_MNP)

    def test_leaves_the_addresses_of_both_ends_within_reach(self, net: Domain) -> None:
        net.start_lma()
        net.start_mag(1)
        assert net.pings("node1", str(LMA))
        assert net.pings("node1", str(MAG1))
        assert net.pings("lma", NODE_MNP)
        assert net.pings("mag1", str(LMA))

    def test_takes_nothing_apart_that_comes_from_a_stranger(self, net: Domain) -> None:
        net.start_lma()
        inner = datagram(NODE_MNP, CN)
        with capture(net, "cn", "lma") as wire:
            send(net, "mag2", header(str(MAG2), str(LMA), IPV6_IN_IPV6, inner), str(LMA))
            send(net, "mag1", header(str(MAG1), str(LMA), IPV6_IN_IPV6, inner), str(LMA))
            assert net.pings("cn", str(LMA))
            seen = [packet for packet in wire.packets() if str(packet.source) == NODE_MNP]
        assert len(seen) == 1

    def test_tells_the_source_which_packets_are_too_big(self, net: Domain) -> None:
        net.start_lma()
        net.start_mag(1)
        assert net.pings("cn", NODE_MNP, "-M", "do", "-s", "1412")
        assert "Packet too big: mtu=1460" in net.ping("cn", NODE_MNP, "-M", "do", "-s", "1413")
        assert net.pings("node1", CN, "-M", "do", "-s", "1412")
        assert "Packet too big: mtu=1460" in net.ping("node1", CN, "-M", "do", "-s", "1413")

    def test_has_the_configured_mtu(self, net: Domain) -> None:
        lma = net.start("lma", mtu=1400)
        lma.perform(InstallTunnel(tunnel=TO_MAG1), InstallRoute(prefix=MNP, tunnel=TO_MAG1))
        net.start_mag(1)
        assert net.pings("cn", NODE_MNP, "-M", "do", "-s", "1352")
        assert "Packet too big: mtu=1400" in net.ping("cn", NODE_MNP, "-M", "do", "-s", "1353")


class TestAccessLink:
    @pytest.mark.rfc("5213 §6.10.5", "7148 §5.1.4")
    def test_lets_no_other_source_pass(self, net: Domain) -> None:
        net.start_lma()
        net.start_mag(1)
        with capture(net, "mag1", "core") as wire:
            send(net, "node1", datagram(FOREIGN, CN), CN)
            assert net.pings("node1", CN)
            packets = wire.packets()
        assert involving(packets, CN)
        assert not involving(packets, FOREIGN)

    def test_lets_nobody_pass_for_the_mag_itself(self, net: Domain) -> None:
        net.start_lma()
        net.start_mag(1)
        inner = datagram(FOREIGN, CN)
        with capture(net, "mag1", "core") as wire:
            send(net, "node1", header(str(MAG1), str(LMA), IPV6_IN_IPV6, inner), str(LMA))
            send(net, "node1", datagram(str(MAG1), CN), CN)
            assert net.pings("node1", CN, "-I", NODE_HNP)
            packets = wire.packets()
        assert involving(packets, NODE_HNP)
        assert not involving(packets, FOREIGN)
        assert len(involving(packets, CN)) == len(involving(packets, NODE_HNP))

    @pytest.mark.rfc("5213 §11")
    @pytest.mark.parametrize("options", [b"", DESTINATION_OPTIONS], ids=["plain", "options"])
    def test_lets_nobody_pass_for_the_lma(self, net: Domain, options: bytes) -> None:
        net.start_lma()
        net.start_mag(1)
        inner = options + datagram(FOREIGN, NODE_MNP)
        next_header = socket.IPPROTO_DSTOPTS if options else IPV6_IN_IPV6
        with capture(net, "node1", "mag") as wire:
            send(net, "node1", header(str(LMA), str(MAG1), next_header, inner), "fe80::1%mag")
            assert net.pings("cn", NODE_MNP)
            packets = wire.packets()
        assert str(LMA) in {str(packet.source) for packet in packets}
        assert not [packet for packet in packets if str(packet.source) == FOREIGN]

    def test_shuts_out_a_prefix_that_is_removed_and_keeps_the_other(self, net: Domain) -> None:
        net.start_lma()
        mag = net.start_mag(1)
        mag.perform(RemoveUplinkRoute(prefix=HNP, link="access", tunnel=FROM_MAG1))
        with capture(net, "mag1", "core") as wire:
            assert not net.pings("node1", CN, "-I", NODE_HNP)
            assert net.pings("node1", CN, "-I", NODE_MNP)
            packets = wire.packets()
        assert not involving(packets, NODE_HNP)

    def test_is_guarded_as_long_as_it_is_open(self, net: Domain) -> None:
        mag = net.start("mag1")
        mag.call("open-access-link", link="access")
        with capture(net, "mag1", "core") as wire:
            send(net, "node1", datagram(FOREIGN, CN), CN)
            mag.call("close-access-link", link="access")
            send(net, "node1", datagram(NODE_HNP, CN), CN)
            assert net.pings("mag1", str(LMA))
            packets = wire.packets()
        assert not involving(packets, FOREIGN)
        assert len(involving(packets, NODE_HNP)) == 1


class TestHandover:
    @pytest.mark.rfc("5213 §5.3.4")
    def test_loses_no_packet_that_the_lma_sends(self, net: Domain) -> None:
        lma = net.start_lma()
        net.start_mag(1)
        net.start_mag(2)
        lma.perform(InstallTunnel(tunnel=TO_MAG2))
        # An answer that is on its way may come by the old gateway.
        lma.perform(ShareSource(prefix=MNP, tunnels=(TO_MAG1, TO_MAG2)))
        for tunnel in (TO_MAG2, TO_MAG1):
            lma.perform(InstallRoute(prefix=MNP, tunnel=tunnel))
            assert net.pings("cn", NODE_MNP)
        command = ["ping", "-6", "-n", "-c", "400", "-i", "0.002", "-W", "1", NODE_MNP]
        stream = subprocess.Popen(
            [*net.enter("cn"), *command],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert stream.stdout is not None
        with capture(net, "lma", "core") as wire:
            while stream.poll() is None:
                for tunnel in (TO_MAG2, TO_MAG1):
                    lma.perform(InstallRoute(prefix=MNP, tunnel=tunnel))
            used = {packet.destination for packet in involving(wire.packets(), NODE_MNP)}
        assert "400 received, 0% packet loss" in stream.communicate()[0]
        assert {MAG1, MAG2} <= used

    def test_is_not_undone_when_the_old_route_is_removed_afterwards(self, net: Domain) -> None:
        lma = net.start_lma()
        net.start_mag(2)
        lma.perform(
            InstallTunnel(tunnel=TO_MAG2),
            InstallRoute(prefix=MNP, tunnel=TO_MAG2),
            RemoveRoute(prefix=MNP, tunnel=TO_MAG1),
            RemoveRoute(prefix=HNP, tunnel=TO_MAG1),
            RemoveTunnel(tunnel=TO_MAG1),
        )
        with capture(net, "lma", "core") as wire:
            assert net.pings("cn", NODE_MNP)
            outer = {packet.destination for packet in involving(wire.packets(), NODE_MNP)}
        assert outer == {MAG2, LMA}


class TestRemovedRoute:
    def test_makes_the_prefix_unreachable_and_nothing_loops(self, net: Domain) -> None:
        lma = net.start_lma()
        net.start_mag(1)
        assert net.pings("cn", NODE_MNP)
        net.ip("lma", "route add default dev core via 2001:db8:f::12")
        lma.perform(RemoveRoute(prefix=MNP, tunnel=TO_MAG1))
        with capture(net, "lma", "core") as wire:
            answer = net.ping("cn", NODE_MNP)
            packets = wire.packets()
        assert "Destination unreachable" in answer
        assert not involving(packets, NODE_MNP)

    @pytest.mark.rfc("5213 §6.10.5")
    def test_at_the_mag_drops_in_silence_what_the_lma_still_sends(self, net: Domain) -> None:
        net.start_lma()
        mag = net.start_mag(1)
        assert net.pings("cn", NODE_MNP)
        mag.perform(
            RemoveUplinkRoute(prefix=MNP, link="access", tunnel=FROM_MAG1),
            RemoveAccessRoute(prefix=MNP, link="access"),
        )
        with capture(net, "lma", "core") as wire:
            assert not net.pings("cn", NODE_MNP)
            assert net.pings("cn", NODE_HNP)
            packets = involving(wire.packets(), NODE_MNP)
        assert [packet.destination for packet in packets] == [MAG1]

    def test_leaves_the_rest_of_the_pool_unreachable_too(self, net: Domain) -> None:
        net.start_lma()
        net.ip("lma", "route add default dev core via 2001:db8:f::12")
        with capture(net, "lma", "core") as wire:
            answer = net.ping("cn", "2001:db8:a2::1")
            packets = wire.packets()
        assert "Destination unreachable" in answer
        assert not involving(packets, "2001:db8:a2::1")


class TestAggregate:
    def test_is_not_needed(self, net: Domain) -> None:
        lma = net.start_lma(aggregates=False)
        net.start_mag(1)
        assert net.pings("cn", NODE_MNP)
        assert "Packet too big" in net.ping("cn", NODE_MNP, "-M", "do", "-s", "1413")
        lma.perform(RemoveRoute(prefix=MNP, tunnel=TO_MAG1))
        assert not net.pings("cn", NODE_MNP)

    def test_may_come_and_go_while_its_prefixes_are_in_use(self, net: Domain) -> None:
        lma = net.start_lma()
        net.start_mag(1)
        lma.perform(RemoveAggregateRoute(prefix=POOL))
        assert net.pings("cn", NODE_MNP)
        lma.perform(InstallAggregateRoute(prefix=POOL))
        assert net.pings("cn", NODE_MNP)
        lma.perform(RemoveRoute(prefix=MNP, tunnel=TO_MAG1))
        assert "Destination unreachable" in net.ping("cn", NODE_MNP)

    def test_may_be_one_prefix_that_is_routed(self, net: Domain) -> None:
        lma = net.start_lma(aggregates=False)
        net.start_mag(1)
        lma.perform(InstallAggregateRoute(prefix=MNP))
        assert net.pings("cn", NODE_MNP)
        lma.perform(RemoveRoute(prefix=MNP, tunnel=TO_MAG1))
        assert "Destination unreachable" in net.ping("cn", NODE_MNP)
        lma.perform(InstallRoute(prefix=MNP, tunnel=TO_MAG1), RemoveAggregateRoute(prefix=MNP))
        assert net.pings("cn", NODE_MNP)
