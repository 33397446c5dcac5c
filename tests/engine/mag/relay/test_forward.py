"""From client to servers: what is relayed, what is changed in it, and what is not relayed."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.dhcpv6_messages import DhcpMessage, DhcpMessageType, IaAddress, IaNa, IaPd
from nf.codec.dhcpv6_option_area import write_option
from nf.codec.dhcpv6_relay_messages import RelayMessage, RelayMessageType
from nf.engine.effects import (
    CloseRelay,
    OpenRelay,
    SendDhcpMessage,
    SendMessage,
    SendRelayMessage,
)
from nf.engine.mag.records import RegistrationState
from tests.engine.mag.bench import (
    ADDRESS,
    FOREIGN,
    HNP,
    LINK,
    MAG,
    MNP,
    NODE,
    OTHER_LINK,
    OTHER_MNP,
    ROLE,
    ROUTER,
    ia_pd,
    message,
    of,
    reply_in,
    solicit,
)
from tests.engine.mag.relay.bench import (
    KEA,
    KEA_DUID,
    OTHER_KEA,
    RELAY,
    RELAYED_LINK,
    RELAYING,
    TWO_PREFIXES,
    RelayBench,
    hinted,
    rebind,
    relaying,
    renew,
    request,
    told_server,
)

TYPE = DhcpMessageType
HOST = replace(ROUTER, policy_profile="host")


class TestSolicit:
    @pytest.mark.rfc("draft-nemo §3.2", "draft-nemo §3.3.2")
    def test_is_relayed_with_the_prefix_of_the_binding_as_its_hint(self) -> None:
        effects = relaying().client(solicit(ia_pd(FOREIGN)))
        assert told_server(effects) == [solicit(hinted(MNP))]
        assert of(SendDhcpMessage, effects) == []

    @pytest.mark.rfc("8415 §19.1.1", "8415 §21.18", "4580 §2")
    def test_tells_where_the_client_is_and_who_it_is(self) -> None:
        (sent,) = of(SendRelayMessage, relaying().client(solicit()))
        assert sent.server == KEA
        assert replace(sent.message, relayed=b"") == RelayMessage(
            message_type=RelayMessageType.RELAY_FORWARD,
            hop_count=0,
            link_address=HNP.network_address,
            peer_address=ADDRESS,
            relayed=b"",
            interface_id=b"access0",
            subscriber_id=NODE.encode(),
        )

    def test_names_the_link_by_the_address_that_is_configured_for_it(self) -> None:
        address = IPv6Address("2001:db8:f:1::1")
        link = replace(RELAYED_LINK, dhcpv6_link_address=address)
        bench = relaying(replace(RELAYING, access_links=(link,)))
        (sent,) = of(SendRelayMessage, bench.client(solicit()))
        assert sent.message.link_address == address

    def test_loses_rapid_commit(self) -> None:
        effects = relaying().client(solicit(ia_pd(), rapid_commit=True))
        assert told_server(effects) == [solicit(hinted(MNP))]

    def test_waits_for_the_acknowledgement(self) -> None:
        bench = RelayBench()
        bench.seen()
        assert of(SendRelayMessage, bench.client(solicit())) == []
        assert told_server(bench.fire(bench.accepted())) == [solicit(hinted(MNP))]

    def test_that_waited_since_before_the_link_was_relayed_is_relayed_too(self) -> None:
        bench = RelayBench()
        bench.seen()
        bench.dhcp(solicit())
        assert told_server(bench.accepted()) == [solicit(hinted(MNP))]

    def test_goes_to_every_server(self) -> None:
        relay = replace(RELAY, servers=(KEA, OTHER_KEA))
        bench = relaying(replace(RELAYING, dhcpv6_relay=relay))
        sent = of(SendRelayMessage, bench.client(solicit()))
        assert [each.server for each in sent] == [KEA, OTHER_KEA]
        assert bench.mag.statistics.dhcpv6_relayed == {"solicit": 1}

    def test_each_association_gets_a_prefix_and_one_without_is_left_out(self) -> None:
        bench = relaying(TWO_PREFIXES, mnps=(MNP, OTHER_MNP))
        three = solicit(IaPd(iaid=1), IaPd(iaid=2), IaPd(iaid=3))
        (sent,) = told_server(bench.client(three))
        assert sent.ia_pds == (hinted(MNP, iaid=1), hinted(OTHER_MNP, iaid=2))

    def test_keeps_what_asks_for_addresses(self) -> None:
        both = replace(solicit(IaPd(iaid=1)), ia_nas=(IaNa(iaid=1),))
        (sent,) = told_server(relaying().client(both))
        assert sent == replace(both, ia_pds=(hinted(MNP, iaid=1),))

    @pytest.mark.rfc("draft-nemo §3.2")
    def test_of_a_router_without_a_prefix_is_dropped(self) -> None:
        bench = relaying(mnps=())
        assert of(SendRelayMessage, bench.client(solicit())) == []
        assert bench.dropped() == {"relay-no-prefix": 1}

    @pytest.mark.rfc("draft-nemo §3.3.2")
    def test_for_a_prefix_is_dropped_where_policy_gives_none(self) -> None:
        bench = relaying(HOST, mnps=())
        assert of(SendRelayMessage, bench.client(solicit())) == []
        assert bench.dropped() == {"relay-no-prefix": 1}

    def test_for_an_address_only_is_relayed_as_it_is(self) -> None:
        wanted = message(TYPE.SOLICIT, ia_nas=(IaNa(iaid=1),), rapid_commit=True)
        assert told_server(relaying(HOST, mnps=()).client(wanted)) == [wanted]

    def test_of_a_node_whose_registration_is_refused_is_dropped(self) -> None:
        bench = RelayBench()
        bench.seen()
        bench.refused(130)
        assert bench.client(solicit()) == []
        assert bench.dropped() == {"not-registered": 1}


@pytest.mark.rfc("8415 §19.1", "8987 §4.1")
class TestEverythingElse:
    @pytest.mark.parametrize(
        "told",
        [
            request(ia_pd(MNP)),
            renew(ia_pd(MNP)),
            renew(IaPd(iaid=7)),
            rebind(ia_pd(MNP)),
            rebind(ia_pd(MNP, FOREIGN)),
            message(TYPE.CONFIRM, ia_nas=(IaNa(iaid=1),)),
            message(TYPE.DECLINE, ia_nas=(IaNa(iaid=1),), server=KEA_DUID),
            message(TYPE.INFORMATION_REQUEST, client=None),
        ],
        ids=lambda told: f"{told.message_type.name}-{len(told.ia_pds)}",
    )
    def test_is_relayed_octet_by_octet(self, told: DhcpMessage) -> None:
        octets = encode_dhcp_message(told) + write_option(65_001, b"strange")
        (sent,) = of(SendRelayMessage, relaying().client_octets(told, octets))
        assert sent.message.relayed == octets

    def test_release_is_relayed_octet_by_octet(self) -> None:
        told = message(TYPE.RELEASE, ia_pd(MNP), server=KEA_DUID)
        octets = encode_dhcp_message(told) + write_option(65_001, b"strange")
        (sent,) = of(SendRelayMessage, relaying().client_octets(told, octets))
        assert sent.message.relayed == octets

    def test_is_relayed_whatever_server_it_is_for(self) -> None:
        told = message(TYPE.RENEW, ia_pd(MNP), server=b"\0\3\0\1another")
        assert told_server(relaying().client(told)) == [told]

    def test_without_a_client_identifier_is_dropped(self) -> None:
        bench = relaying()
        assert bench.client(replace(request(ia_pd(MNP)), client_duid=None)) == []
        assert bench.dropped() == {"dhcpv6-invalid": 1}

    def test_of_servers_is_dropped_on_an_access_link(self) -> None:
        bench = relaying()
        assert bench.client(message(TYPE.REPLY, ia_pd(MNP), server=KEA_DUID)) == []
        assert bench.dropped() == {"dhcpv6-invalid": 1}


@pytest.mark.rfc("draft-nemo §3.3.2")
class TestPrefixesThatAreNotBound:
    @pytest.mark.parametrize(
        "told",
        [
            request(ia_pd(FOREIGN)),
            request(ia_pd(MNP, FOREIGN)),
            renew(ia_pd(FOREIGN)),
            rebind(ia_pd(FOREIGN)),
        ],
        ids=["request", "request-among-others", "renew", "rebind"],
    )
    def test_are_not_asked_for(self, told: DhcpMessage) -> None:
        bench = relaying()
        assert bench.client(told) == []
        assert bench.dropped() == {"relay-prefix-not-bound": 1}

    @pytest.mark.parametrize("told", [request(ia_pd(MNP)), renew(ia_pd(MNP)), rebind(ia_pd(MNP))])
    def test_are_all_where_the_binding_has_none(self, told: DhcpMessage) -> None:
        bench = relaying(mnps=())
        assert bench.client(told) == []
        assert bench.dropped() == {"relay-no-prefix": 1}


class TestRelease:
    @pytest.mark.rfc("8987 §4.1", "8415 §18.2.7")
    def test_takes_the_prefix_out_of_the_binding_at_once(self) -> None:
        bench = relaying()
        effects = bench.client(message(TYPE.RELEASE, ia_pd(MNP), server=KEA_DUID))
        assert bench.entry.mobile_network_prefixes == ()
        assert bench.state() is RegistrationState.REFRESHING
        assert bench.pbu.mobile_network_prefixes == ()
        assert isinstance(effects[0], SendRelayMessage)

    def test_of_another_prefix_leaves_the_binding_alone(self) -> None:
        bench = relaying()
        effects = bench.client(message(TYPE.RELEASE, ia_pd(FOREIGN), server=KEA_DUID))
        assert len(told_server(effects)) == 1
        assert of(SendMessage, effects) == []
        assert bench.entry.mobile_network_prefixes == (MNP,)

    def test_is_dropped_while_the_node_is_not_registered(self) -> None:
        bench = RelayBench()
        bench.seen()
        assert bench.client(message(TYPE.RELEASE, ia_pd(MNP), server=KEA_DUID)) == []
        assert bench.dropped() == {"not-registered": 1}

    def test_is_followed_by_a_new_request_to_the_lma_when_the_router_solicits(self) -> None:
        bench = relaying()
        bench.client(message(TYPE.RELEASE, ia_pd(MNP), server=KEA_DUID))
        bench.accepted(mnps=())
        assert of(SendRelayMessage, bench.client(solicit())) == []
        assert told_server(bench.accepted(mnps=(OTHER_MNP,))) == [solicit(hinted(OTHER_MNP))]


class TestConfiguration:
    def test_opens_the_relay_towards_the_servers_at_the_proxy_care_of_address(self) -> None:
        effects = RelayBench().configure(ROLE)
        assert of(CloseRelay, effects) == [CloseRelay()]
        assert (
            RelayBench(ROLE).configure(RELAYING).count(OpenRelay(source=MAG, servers=(KEA,))) == 1
        )

    def test_may_name_another_source(self) -> None:
        source = IPv6Address("2001:db8:f::1111")
        role = replace(RELAYING, dhcpv6_relay=replace(RELAY, source_address=source))
        assert OpenRelay(source=source, servers=(KEA,)) in relaying().configure(role)

    def test_that_changes_nothing_of_the_relay_leaves_its_socket_alone(self) -> None:
        role = replace(RELAYING, detach_hold_ms=7, dhcpv6_relay=replace(RELAY, max_attempts=9))
        effects = relaying().configure(role)
        assert of(OpenRelay, effects) == []
        assert of(CloseRelay, effects) == []

    def test_without_the_role_there_is_no_relay(self) -> None:
        assert of(CloseRelay, relaying().configure(replace(RELAYING, enabled=False)))

    def test_a_link_may_be_served_by_our_own_delegating_router(self) -> None:
        bench = relaying(replace(RELAYING, access_links=(LINK, OTHER_LINK)))
        effects = bench.client(solicit())
        assert of(SendRelayMessage, effects) == []
        assert reply_in(effects).message_type is TYPE.ADVERTISE

    def test_a_node_that_leaves_is_forgotten(self) -> None:
        bench = relaying()
        bench.client(solicit())
        bench.lost()
        relay = bench.mag.gateway.relay
        assert (relay.nodes, relay.node_at, relay.leases) == ({}, {}, {})

    def test_a_node_on_a_link_that_is_relayed_no_more_is_forgotten(self) -> None:
        bench = relaying()
        bench.client(solicit())
        bench.configure(ROLE)
        assert bench.mag.gateway.relay.nodes == {}

    def test_a_node_that_uses_another_address_is_known_by_that(self) -> None:
        bench = relaying()
        bench.client(solicit())
        other = IPv6Address("fe80::2")
        bench.dhcp(solicit(), source=other)
        assert bench.mag.gateway.relay.node_at == {("access0", other): NODE}

    def test_exchanges_that_are_known_of_a_node_are_few(self) -> None:
        bench = relaying()
        for number in range(100):
            bench.client(solicit(transaction_id=number))
        exchanges = bench.mag.gateway.relay.nodes[NODE].exchanges
        assert list(exchanges) == list(range(92, 100))


def test_an_address_that_a_client_declines_is_for_the_servers() -> None:
    address = IaAddress(
        address=IPv6Address("2001:db8:1::9"), preferred_lifetime_s=0, valid_lifetime_s=0
    )
    told = message(TYPE.DECLINE, ia_nas=(IaNa(iaid=1, addresses=(address,)),), server=KEA_DUID)
    assert told_server(relaying().client(told)) == [told]
