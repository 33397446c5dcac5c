"""Prefix delegation by the MAG: client message and state of the binding give the reply.

The messages are those that dhcpcd, wide-dhcpv6, dhclient, systemd-networkd and dibbler send.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, IPv6Network

import pytest

from nf.codec.dhcpv6_messages import (
    DhcpMessage,
    DhcpMessageType,
    DhcpStatusCode,
    IaAddress,
    IaNa,
    IaPd,
    IaPrefix,
)
from nf.codec.messages import ALL_ZERO_PREFIX, MobileNetworkPrefix
from nf.codec.registry import HandoffIndicator
from nf.engine.effects import SendDhcpMessage, SendMessage
from nf.engine.kernel_effects import InstallUplinkRoute, RemoveUplinkRoute
from nf.engine.mag.records import RegistrationState
from nf.engine.values import TimerKind
from tests.engine.mag.bench import (
    ADDRESS,
    CLIENT,
    FOREIGN,
    HNP,
    MNP,
    NODE,
    OTHER_MNP,
    PROFILE,
    ROUTER,
    SERVER,
    Bench,
    codes,
    ia_pd,
    message,
    of,
    registered,
    reply_in,
    solicit,
)

TYPE = DhcpMessageType
REQUEST = MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True)
HOST = replace(ROUTER, policy_profile="host")
ADDRESS_WANTED = IaNa(iaid=1)


def granted(prefix: IPv6Network = MNP, lifetime_s: int = 400) -> IaPrefix:
    return IaPrefix(prefix=prefix, preferred_lifetime_s=lifetime_s, valid_lifetime_s=lifetime_s)


def two_prefixes() -> Bench:
    """Return a MAG whose mobile router holds two mobile network prefixes."""
    bench = Bench(replace(PROFILE, mobile_network_prefix_count=2))
    bench.seen()
    bench.accepted(mnps=(MNP, OTHER_MNP))
    return bench


class TestBeforeTheAcknowledgement:
    @pytest.mark.rfc("draft-nemo §3.3.2")
    def test_solicit_attaches_the_router_and_waits(self) -> None:
        bench = Bench()
        effects = bench.dhcp(solicit())
        assert of(SendDhcpMessage, effects) == []
        assert len(of(SendMessage, effects)) == 1
        assert bench.mag.attached_nodes[NODE].link_local_address == ADDRESS

    @pytest.mark.rfc("draft-nemo §3.3.2")
    def test_latest_copy_is_answered_once_the_prefix_is_known(self) -> None:
        bench = Bench()
        bench.dhcp(solicit(transaction_id=1))
        bench.dhcp(solicit(transaction_id=2))
        effects = bench.accepted()
        assert reply_in(effects).transaction_id == 2
        assert isinstance(effects[-1], SendDhcpMessage)
        assert bench.mag.gateway.waiting_messages == {}
        assert bench.mag.statistics.dhcpv6_received == {"solicit": 2}
        assert bench.mag.statistics.dhcpv6_sent == {"advertise": 1}

    @pytest.mark.parametrize("kind", [TYPE.REQUEST, TYPE.RENEW])
    def test_messages_of_a_router_that_was_handed_over_wait_too(self, kind: TYPE) -> None:
        bench = Bench()
        assert of(SendDhcpMessage, bench.dhcp(message(kind, ia_pd(MNP), server=SERVER))) == []
        assert reply_in(bench.accepted()).ia_pds[0].prefixes == (granted(),)

    def test_rebind_waits_too(self) -> None:
        bench = Bench()
        assert of(SendDhcpMessage, bench.dhcp(message(TYPE.REBIND, ia_pd(MNP)))) == []
        assert reply_in(bench.accepted()).ia_pds[0].prefixes == (granted(),)

    @pytest.mark.rfc("7148 §5.1.3.1")
    def test_refusal_of_the_registration_answers_no_prefix_avail(self) -> None:
        bench = Bench()
        bench.dhcp(solicit())
        reply = reply_in(bench.refused(130))
        assert codes(reply) == [DhcpStatusCode.NO_PREFIX_AVAIL]
        assert codes(reply_in(bench.dhcp(solicit()))) == [DhcpStatusCode.NO_PREFIX_AVAIL]

    def test_refusal_that_is_followed_by_another_request_keeps_it_waiting(self) -> None:
        bench = Bench()
        bench.dhcp(solicit())
        assert of(SendDhcpMessage, bench.refused(157)) == []
        assert reply_in(bench.accepted()).ia_pds[0].prefixes == (granted(),)

    def test_refusal_of_network_mobility_answers_no_prefix_avail(self) -> None:
        bench = Bench()
        bench.dhcp(solicit())
        assert codes(reply_in(bench.refused(177))) == [DhcpStatusCode.NO_PREFIX_AVAIL]

    def test_what_waits_goes_with_the_node(self) -> None:
        bench = Bench()
        bench.dhcp(solicit())
        bench.lost()
        assert bench.mag.gateway.waiting_messages == {}

    def test_answer_that_cannot_be_used_answers_no_prefix_avail(self) -> None:
        bench = Bench()
        bench.dhcp(solicit())
        effects = bench.receive(replace(bench.answer(), handoff_indicator=1))
        assert codes(reply_in(effects)) == [DhcpStatusCode.NO_PREFIX_AVAIL]


class TestSolicit:
    @pytest.mark.rfc("8415 §18.3.9")
    def test_gets_an_advertise_with_the_prefix_of_the_binding(self) -> None:
        reply = reply_in(registered().dhcp(solicit()))
        assert reply == DhcpMessage(
            message_type=TYPE.ADVERTISE,
            transaction_id=1,
            client_duid=CLIENT,
            server_duid=SERVER,
            ia_pds=(IaPd(iaid=7, t1_s=200, t2_s=320, prefixes=(granted(),)),),
        )

    @pytest.mark.rfc("8415 §18.3.1")
    def test_with_rapid_commit_gets_a_reply(self) -> None:
        reply = reply_in(registered().dhcp(solicit(rapid_commit=True)))
        assert reply.message_type is TYPE.REPLY
        assert reply.rapid_commit

    @pytest.mark.parametrize(
        "hint", [IPv6Network("::/56"), FOREIGN, IPv6Network("2001:db8:a100::/60")]
    )
    @pytest.mark.rfc("8415 §18.3.9")
    def test_hint_that_is_not_the_nodes_prefix_is_not_answered(self, hint: IPv6Network) -> None:
        reply = reply_in(registered().dhcp(solicit(ia_pd(hint))))
        assert reply.ia_pds[0].prefixes == (granted(),)

    @pytest.mark.rfc("8415 §18.3.9")
    def test_that_wants_an_address_too_gets_the_prefix_and_no_addrs_avail(self) -> None:
        both = message(TYPE.SOLICIT, ia_pd(), ia_nas=(ADDRESS_WANTED,))
        reply = reply_in(registered().dhcp(both))
        assert codes(reply) == [None, DhcpStatusCode.NO_ADDRS_AVAIL]

    def test_that_wants_only_an_address_is_answered_before_the_acknowledgement(self) -> None:
        reply = reply_in(Bench().dhcp(message(TYPE.SOLICIT, ia_nas=(ADDRESS_WANTED,))))
        assert codes(reply) == [DhcpStatusCode.NO_ADDRS_AVAIL]

    @pytest.mark.rfc("draft-nemo §3.3.2")
    def test_of_a_node_without_network_mobility_gets_no_prefix_avail_at_once(self) -> None:
        assert codes(reply_in(Bench(HOST).dhcp(solicit()))) == [DhcpStatusCode.NO_PREFIX_AVAIL]

    @pytest.mark.rfc("draft-nemo §3.3.2")
    def test_of_a_node_that_was_granted_none_gets_no_prefix_avail(self) -> None:
        bench = Bench()
        bench.seen()
        bench.accepted(mnps=())
        assert codes(reply_in(bench.dhcp(solicit()))) == [DhcpStatusCode.NO_PREFIX_AVAIL]

    def test_of_a_node_whose_lma_is_not_configured_gets_no_prefix_avail(self) -> None:
        bench = Bench(replace(ROUTER, local_mobility_anchor=None))
        assert codes(reply_in(bench.dhcp(solicit()))) == [DhcpStatusCode.NO_PREFIX_AVAIL]


class TestSharingOut:
    def test_one_association_gets_all_prefixes(self) -> None:
        reply = reply_in(two_prefixes().dhcp(solicit()))
        assert reply.ia_pds[0].prefixes == (granted(MNP), granted(OTHER_MNP))

    def test_associations_get_one_each_in_the_order_of_their_iaids(self) -> None:
        reply = reply_in(two_prefixes().dhcp(solicit(ia_pd(iaid=9), ia_pd(iaid=3))))
        assert {ia.iaid: ia.prefixes for ia in reply.ia_pds} == {
            3: (granted(MNP),),
            9: (granted(OTHER_MNP),),
        }

    def test_what_is_left_over_gets_no_prefix_avail(self) -> None:
        reply = reply_in(registered().dhcp(solicit(ia_pd(iaid=3), ia_pd(iaid=9))))
        assert codes(reply) == [None, DhcpStatusCode.NO_PREFIX_AVAIL]

    def test_association_keeps_the_prefix_that_it_names(self) -> None:
        ias = (ia_pd(iaid=3), ia_pd(MNP, iaid=9))
        reply = reply_in(two_prefixes().dhcp(solicit(*ias)))
        assert {ia.iaid: ia.prefixes for ia in reply.ia_pds} == {
            3: (granted(OTHER_MNP),),
            9: (granted(MNP),),
        }

    def test_prefix_beside_the_named_ones_is_not_given_twice(self) -> None:
        renew = message(TYPE.RENEW, ia_pd(OTHER_MNP), server=SERVER)
        assert reply_in(two_prefixes().dhcp(renew)).ia_pds[0].prefixes == (granted(OTHER_MNP),)


class TestRequest:
    @pytest.mark.rfc("8415 §18.3.2")
    def test_gets_a_reply_with_the_prefix(self) -> None:
        reply = reply_in(registered().dhcp(message(TYPE.REQUEST, ia_pd(MNP), server=SERVER)))
        assert reply.message_type is TYPE.REPLY
        assert reply.ia_pds == (IaPd(iaid=7, t1_s=200, t2_s=320, prefixes=(granted(),)),)

    @pytest.mark.rfc("8415 §18.3.2")
    @pytest.mark.parametrize(
        ("address", "code"),
        [
            (FOREIGN[1], DhcpStatusCode.NOT_ON_LINK),
            (HNP[1], DhcpStatusCode.NO_ADDRS_AVAIL),
        ],
    )
    def test_for_an_address_is_refused_by_the_link(
        self, address: IPv6Address, code: DhcpStatusCode
    ) -> None:
        wanted = IaAddress(address=address, preferred_lifetime_s=0, valid_lifetime_s=0)
        ia_na = IaNa(iaid=1, addresses=(wanted,))
        reply = reply_in(registered().dhcp(message(TYPE.REQUEST, ia_nas=(ia_na,), server=SERVER)))
        assert codes(reply) == [code]

    def test_that_names_a_foreign_prefix_gets_the_nodes_own_only(self) -> None:
        reply = reply_in(registered().dhcp(message(TYPE.REQUEST, ia_pd(FOREIGN), server=SERVER)))
        assert reply.ia_pds[0].prefixes == (granted(),)


class TestRenewAndRebind:
    @pytest.mark.parametrize(("kind", "server"), [(TYPE.RENEW, SERVER), (TYPE.REBIND, None)])
    @pytest.mark.rfc("8415 §18.3.4", "8415 §18.3.5")
    def test_wrong_prefix_comes_back_with_lifetime_0_beside_the_right_one(
        self, kind: TYPE, server: bytes | None
    ) -> None:
        reply = reply_in(registered().dhcp(message(kind, ia_pd(FOREIGN), server=server)))
        assert reply.ia_pds[0].prefixes == (granted(), granted(FOREIGN, 0))

    def test_lifetimes_that_the_client_sends_mean_nothing(self) -> None:
        renew = message(TYPE.RENEW, ia_pd(MNP, lifetime_s=0), server=SERVER)
        assert reply_in(registered().dhcp(renew)).ia_pds[0].prefixes == (granted(),)

    def test_prefix_is_delegated_for_as_long_as_the_binding_lasts(self) -> None:
        bench = registered()
        bench.at_ms += 150_000
        renew = message(TYPE.RENEW, ia_pd(MNP), server=SERVER)
        (ia,) = reply_in(bench.dhcp(renew)).ia_pds
        assert (ia.t1_s, ia.t2_s, ia.prefixes) == (125, 200, (granted(lifetime_s=250),))

    def test_lifetime_is_full_again_when_the_binding_was_renewed(self) -> None:
        bench = registered()
        bench.renew(after_ms=200_000)
        bench.accepted()
        renew = message(TYPE.RENEW, ia_pd(MNP), server=SERVER)
        assert reply_in(bench.dhcp(renew)).ia_pds[0].prefixes == (granted(),)

    def test_is_answered_while_a_renewal_is_out(self) -> None:
        bench = registered()
        bench.renew(after_ms=200_000)
        renew = message(TYPE.RENEW, ia_pd(MNP), server=SERVER)
        assert reply_in(bench.dhcp(renew)).ia_pds[0].prefixes == (granted(lifetime_s=200),)

    def test_without_network_mobility_ends_the_prefix_of_old(self) -> None:
        reply = reply_in(registered(HOST).dhcp(message(TYPE.REBIND, ia_pd(MNP))))
        assert codes(reply) == [DhcpStatusCode.NO_PREFIX_AVAIL]
        assert reply.ia_pds[0].prefixes == (granted(lifetime_s=0),)


class TestRelease:
    @pytest.mark.rfc("8415 §18.3.7")
    def test_gets_success_and_ends_the_way_of_the_prefix(self) -> None:
        bench = registered()
        effects = bench.dhcp(message(TYPE.RELEASE, ia_pd(MNP), server=SERVER))
        reply = reply_in(effects)
        assert reply.status is not None
        assert reply.status.code == DhcpStatusCode.SUCCESS
        assert reply.ia_pds == ()
        assert [each.prefix for each in of(RemoveUplinkRoute, effects)] == [MNP]

    @pytest.mark.rfc("3963 §6.2")
    def test_registers_again_without_the_prefix(self) -> None:
        bench = registered()
        bench.dhcp(message(TYPE.RELEASE, ia_pd(MNP), server=SERVER))
        assert bench.pbu.lifetime_s == 400
        assert bench.pbu.handoff_indicator == HandoffIndicator.HANDOFF_STATE_NOT_CHANGED
        assert bench.pbu.home_network_prefixes == (HNP,)
        assert bench.pbu.mobile_network_prefixes == ()
        assert not bench.pbu.mobile_router

    def test_of_one_of_two_prefixes_keeps_the_other(self) -> None:
        bench = two_prefixes()
        bench.dhcp(message(TYPE.RELEASE, ia_pd(MNP), server=SERVER))
        assert bench.pbu.mobile_network_prefixes == (MobileNetworkPrefix(prefix=OTHER_MNP),)
        assert bench.pbu.mobile_router
        assert bench.entry.mobile_network_prefixes == (OTHER_MNP,)

    def test_of_what_is_not_bound_gets_no_binding_and_changes_nothing(self) -> None:
        bench = registered()
        effects = bench.dhcp(
            message(TYPE.RELEASE, ia_pd(FOREIGN), ia_nas=(ADDRESS_WANTED,), server=SERVER)
        )
        assert codes(reply_in(effects)) == [DhcpStatusCode.NO_BINDING] * 2
        assert len(effects) == 1

    def test_is_final_until_a_solicit_asks_again(self) -> None:
        bench = registered()
        bench.dhcp(message(TYPE.RELEASE, ia_pd(MNP), server=SERVER))
        bench.accepted(mnps=())
        bench.expire(TimerKind.REFRESH)
        assert bench.pbu.mobile_network_prefixes == ()
        bench.accepted(mnps=())
        renew = message(TYPE.RENEW, ia_pd(MNP), server=SERVER)
        assert codes(reply_in(bench.dhcp(renew))) == [DhcpStatusCode.NO_PREFIX_AVAIL]

    @pytest.mark.rfc("draft-nemo §3.3.2")
    def test_solicit_after_it_asks_the_lma_again_with_the_requesting_bit(self) -> None:
        bench = registered()
        bench.dhcp(message(TYPE.RELEASE, ia_pd(MNP), server=SERVER))
        bench.accepted(mnps=())
        effects = bench.dhcp(solicit())
        assert of(SendDhcpMessage, effects) == []
        assert bench.pbu.mobile_network_prefixes == (REQUEST,)
        assert bench.pbu.mobile_router
        effects = bench.accepted()
        assert [each.prefix for each in of(InstallUplinkRoute, effects)] == [MNP]
        assert reply_in(effects).ia_pds[0].prefixes == (granted(),)

    def test_solicit_after_it_asks_for_the_missing_prefix_only(self) -> None:
        bench = two_prefixes()
        bench.dhcp(message(TYPE.RELEASE, ia_pd(MNP), server=SERVER))
        bench.dhcp(solicit())
        assert bench.pbu.mobile_network_prefixes == (
            MobileNetworkPrefix(prefix=OTHER_MNP),
            REQUEST,
        )

    def test_profile_change_leaves_a_router_without_what_it_gave_back(self) -> None:
        bench = registered()
        bench.dhcp(message(TYPE.RELEASE, ia_pd(MNP), server=SERVER))
        assert bench.configure(PROFILE) == []

    def test_solicit_after_it_gets_nothing_where_policy_ended_network_mobility(self) -> None:
        bench = registered()
        bench.dhcp(message(TYPE.RELEASE, ia_pd(MNP), server=SERVER))
        bench.configure(replace(PROFILE, network_mobility=False))
        effects = bench.dhcp(solicit())
        assert of(SendMessage, effects) == []
        assert codes(reply_in(effects)) == [DhcpStatusCode.NO_PREFIX_AVAIL]

    def test_solicit_while_a_renewal_cannot_be_answered_gets_what_the_binding_has(self) -> None:
        bench = registered()
        bench.expire(TimerKind.REFRESH)
        bench.receive(replace(bench.answer(), handoff_indicator=1))
        assert bench.state() is RegistrationState.REFRESHING
        assert reply_in(bench.dhcp(solicit())).ia_pds[0].prefixes[0].prefix == MNP
