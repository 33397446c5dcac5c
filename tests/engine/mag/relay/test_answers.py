"""From servers to the client: what is passed on, what is not, and what it does to the binding."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.codec.dhcpv6 import encode_dhcp_message
from nf.codec.dhcpv6_messages import (
    INFINITY,
    DhcpMessage,
    DhcpMessageType,
    DhcpStatus,
    DhcpStatusCode,
    IaNa,
    IaPd,
)
from nf.codec.dhcpv6_option_area import write_option
from nf.codec.dhcpv6_relay_messages import RelayMessageType
from nf.codec.errors import RejectReason
from nf.engine.effects import Notify, PassDhcpMessage, SendMessage, SendRelayMessage, StartTimer
from nf.engine.events import RelayMessageRejected
from nf.engine.kernel_effects import RemoveUplinkRoute
from nf.engine.mag.relay.records import RelayLease
from nf.engine.notifications import PrefixNotDelegated
from nf.engine.values import TimerKind
from tests.engine.mag.bench import (
    ADDRESS,
    CLIENT,
    FOREIGN,
    MNP,
    NODE,
    OTHER_MNP,
    OTHER_NODE,
    ROLE,
    ia_pd,
    message,
    of,
    solicit,
)
from tests.engine.mag.relay.bench import (
    KEA,
    KEA_DUID,
    OTHER_KEA,
    TWO_PREFIXES,
    RelayBench,
    advertise,
    delegated,
    lease,
    rebind,
    relaying,
    renew,
    reply,
    request,
    told_client,
    told_server,
)

TYPE = DhcpMessageType
RIGHT = ia_pd(MNP, lifetime_s=600)
WRONG = ia_pd(FOREIGN, lifetime_s=600)


def asked() -> RelayBench:
    """Return a MAG that has relayed a Solicit."""
    bench = relaying()
    bench.client(solicit())
    return bench


def requested(*requests: DhcpMessage) -> RelayBench:
    """Return a MAG that has relayed a Request."""
    bench = relaying()
    bench.client(requests[0] if requests else request(ia_pd(MNP)))
    return bench


class TestPassingOn:
    @pytest.mark.rfc("8415 §19.2", "8987 §4.1")
    def test_is_octet_by_octet_and_to_the_client(self) -> None:
        octets = encode_dhcp_message(advertise(RIGHT)) + write_option(65_001, b"strange")
        bench = asked()
        assert of(PassDhcpMessage, bench.server_octets(octets)) == [
            PassDhcpMessage(link="access0", destination=ADDRESS, octets=octets)
        ]
        assert bench.mag.statistics.dhcpv6_answered == {"advertise": 1}
        assert bench.mag.statistics.dhcpv6_sent == {"advertise": 1}

    def test_is_for_answers_to_messages_without_prefixes_too(self) -> None:
        bench = relaying()
        bench.client(message(TYPE.INFORMATION_REQUEST, client=None, transaction_id=9))
        answer = message(TYPE.REPLY, client=None, server=KEA_DUID, transaction_id=9)
        assert told_client(bench.server(answer)) == [answer]

    @pytest.mark.rfc("8415 §18.3.11")
    def test_is_for_reconfigure_without_a_question(self) -> None:
        bench = asked()
        told = message(TYPE.RECONFIGURE, server=KEA_DUID, transaction_id=0)
        assert told_client(bench.server(told)) == [told]

    def test_answers_to_a_release_reach_the_client(self) -> None:
        bench = relaying()
        bench.client(message(TYPE.RELEASE, ia_pd(MNP), server=KEA_DUID, transaction_id=9))
        done = reply(IaPd(iaid=7, status=DhcpStatus(code=DhcpStatusCode.SUCCESS)), transaction_id=9)
        assert told_client(bench.server(done)) == [done]

    def test_a_second_answer_to_one_question_is_passed_on_too(self) -> None:
        bench = asked()
        bench.server(advertise(RIGHT))
        assert len(told_client(bench.server(advertise(RIGHT)))) == 1


class TestDropping:
    def test_a_message_of_somebody_who_is_no_server(self) -> None:
        bench = asked()
        assert bench.server(advertise(RIGHT), source=OTHER_KEA) == []
        assert bench.dropped() == {"relay-not-a-server": 1}

    def test_any_message_while_nothing_is_relayed(self) -> None:
        bench = asked()
        told = bench.relay_reply(encode_dhcp_message(advertise(RIGHT)))
        bench.configure(ROLE)
        assert bench.relay_message(told) == []
        assert bench.dropped() == {"relay-not-a-server": 1}

    def test_a_message_from_the_access_side(self) -> None:
        bench = asked()
        told = bench.relay_reply(encode_dhcp_message(advertise(RIGHT)))
        assert bench.relay_message(told, interface="access1") == []
        assert bench.dropped() == {"relay-from-access-link": 1}

    @pytest.mark.parametrize(
        "change",
        [
            {"message_type": RelayMessageType.RELAY_FORWARD},
            {"hop_count": 1},
            {"relayed": b"\x01"},
            {"relayed": encode_dhcp_message(request(RIGHT))},
        ],
        ids=["relay-forward", "hop-count", "malformed", "of-a-client"],
    )
    @pytest.mark.rfc("8415 §19.2")
    def test_a_message_that_cannot_be_passed_on(self, change: dict[str, object]) -> None:
        bench = asked()
        told = bench.relay_reply(encode_dhcp_message(advertise(RIGHT)))
        assert bench.relay_message(replace(told, **change)) == []  # type: ignore[arg-type]
        assert bench.dropped() == {"relay-invalid": 1}

    @pytest.mark.parametrize(
        "change",
        [
            {"interface_id": None},
            {"interface_id": b"access1"},
            {"interface_id": b"\xff\xfe"},
            {"peer_address": IPv6Address("fe80::77")},
        ],
        ids=["no-interface-id", "other-interface-id", "strange-interface-id", "other-peer"],
    )
    @pytest.mark.rfc("8415 §21.18")
    def test_a_message_for_nobody(self, change: dict[str, object]) -> None:
        bench = asked()
        told = bench.relay_reply(encode_dhcp_message(advertise(RIGHT)))
        assert bench.relay_message(replace(told, **change)) == []  # type: ignore[arg-type]
        assert bench.dropped() == {"relay-unmatched": 1}

    @pytest.mark.parametrize(
        "told",
        [
            advertise(RIGHT, transaction_id=99),
            replace(advertise(RIGHT), client_duid=b"\0\3\0\1another"),
            replace(advertise(RIGHT), client_duid=None),
            replace(advertise(RIGHT), server_duid=None),
        ],
        ids=["transaction", "client", "no-client", "no-server"],
    )
    @pytest.mark.rfc("8415 §16.3", "8415 §16.10")
    def test_an_answer_to_no_question(self, told: DhcpMessage) -> None:
        bench = asked()
        assert bench.server(told) == []
        assert bench.dropped() == {"relay-unmatched": 1}

    def test_an_offer_to_a_request(self) -> None:
        bench = requested()
        assert bench.server(advertise(RIGHT, transaction_id=2)) == []
        assert bench.dropped() == {"relay-unmatched": 1}

    def test_an_answer_to_a_node_that_has_moved_to_another_link(self) -> None:
        bench = asked()
        bench.at_ms += 1_000
        bench.seen(link="access1")
        assert bench.server(advertise(RIGHT)) == []
        assert bench.dropped() == {"relay-unmatched": 1}

    @pytest.mark.parametrize("told", [advertise(RIGHT), reply(RIGHT, transaction_id=1)])
    def test_an_answer_to_a_node_whose_registration_has_ended(self, told: DhcpMessage) -> None:
        bench = asked()
        bench.expire(TimerKind.REGISTRATION_LIFETIME)
        assert told_client(bench.server(told)) == []
        assert bench.dropped() == {"not-registered": 1}

    def test_what_could_not_be_read_is_counted(self) -> None:
        bench = asked()
        reason = RejectReason.TRUNCATED
        assert bench.handle(RelayMessageRejected(source=KEA, reason=reason)) == []
        assert bench.mag.statistics.rejected == {"truncated": 1}


@pytest.mark.rfc("8987 §4.1", "8987 §4.4")
class TestLease:
    def test_is_what_a_reply_gives(self) -> None:
        bench = requested()
        effects = bench.server(reply(RIGHT, transaction_id=2))
        assert len(told_client(effects)) == 1
        assert bench.mag.gateway.relay.leases == {
            MNP: RelayLease(
                mobile_node_identifier=NODE,
                iaid=7,
                client_duid=CLIENT,
                server_duid=KEA_DUID,
                ends_at_ms=bench.at_ms + 600_000,
            )
        }
        (timer,) = (
            each
            for each in of(StartTimer, effects)
            if each.timer.kind is TimerKind.DELEGATION_LIFETIME
        )
        assert timer.after_ms == 600_000

    @pytest.mark.parametrize("told", [renew(ia_pd(MNP)), rebind(ia_pd(MNP))])
    def test_is_extended_by_the_answers_to_renew_and_rebind(self, told: DhcpMessage) -> None:
        bench = delegated()
        bench.at_ms += 300_000
        bench.client(told)
        bench.server(reply(RIGHT, transaction_id=told.transaction_id))
        assert bench.mag.gateway.relay.leases[MNP].ends_at_ms == bench.at_ms + 600_000

    def test_is_known_after_a_handover_from_the_first_answer(self) -> None:
        bench = relaying()
        bench.client(rebind(ia_pd(MNP)))
        bench.server(reply(RIGHT, transaction_id=4))
        assert bench.is_running(TimerKind.DELEGATION_LIFETIME)

    def test_that_never_ends_has_no_timer(self) -> None:
        bench = requested()
        bench.server(reply(ia_pd(MNP, lifetime_s=INFINITY), transaction_id=2))
        assert bench.mag.gateway.relay.leases[MNP].ends_at_ms is None
        assert not bench.is_running(TimerKind.DELEGATION_LIFETIME)

    @pytest.mark.rfc("8987 §4.2")
    def test_that_nobody_renews_takes_the_prefix_out_of_the_binding(self) -> None:
        bench = delegated()
        bench.at_ms += 600_000
        bench.seen()
        effects = bench.expire(TimerKind.DELEGATION_LIFETIME)
        assert bench.entry.mobile_network_prefixes == ()
        assert [each.prefix for each in of(RemoveUplinkRoute, effects)] == [MNP]
        assert len(of(SendMessage, effects)) == 1
        assert bench.mag.gateway.relay.leases == {}

    def test_that_ends_leaves_the_other_prefix_of_the_binding(self) -> None:
        bench = relaying(TWO_PREFIXES, mnps=(MNP, OTHER_MNP))
        two = IaPd(iaid=7, prefixes=(lease(MNP, 600), lease(OTHER_MNP, 900)))
        bench.client(request(ia_pd(MNP, OTHER_MNP)))
        bench.server(reply(two, transaction_id=2))
        bench.at_ms += 600_000
        bench.seen()
        bench.expire(TimerKind.DELEGATION_LIFETIME)
        assert bench.entry.mobile_network_prefixes == (OTHER_MNP,)
        assert bench.is_running(TimerKind.DELEGATION_LIFETIME)

    def test_is_watched_again_after_the_node_was_registered_anew(self) -> None:
        bench = delegated()
        bench.expire(TimerKind.REGISTRATION_LIFETIME)
        assert not bench.is_running(TimerKind.DELEGATION_LIFETIME)
        bench.accepted()
        assert bench.is_running(TimerKind.DELEGATION_LIFETIME)

    @pytest.mark.rfc("draft-nemo §3.2", "draft-nemo §3.3.2")
    def test_with_lifetime_zero_takes_the_prefix_out_of_the_binding(self) -> None:
        bench = delegated()
        bench.client(renew(ia_pd(MNP)))
        effects = bench.server(reply(ia_pd(MNP), transaction_id=3))
        assert bench.entry.mobile_network_prefixes == ()
        assert len(of(SendMessage, effects)) == 1
        assert len(told_client(effects)) == 1
        assert not bench.is_running(TimerKind.DELEGATION_LIFETIME)

    def test_of_a_prefix_that_ends_beside_one_that_lives_leaves_that_one(self) -> None:
        bench = relaying(TWO_PREFIXES, mnps=(MNP, OTHER_MNP))
        bench.client(renew(ia_pd(MNP, OTHER_MNP)))
        both = IaPd(iaid=7, prefixes=(lease(MNP, 0), lease(OTHER_MNP, 600)))
        bench.server(reply(both, transaction_id=3))
        assert bench.entry.mobile_network_prefixes == (OTHER_MNP,)
        assert set(bench.mag.gateway.relay.leases) == {OTHER_MNP}
        assert bench.is_running(TimerKind.DELEGATION_LIFETIME)

    def test_lifetime_zero_of_a_prefix_that_is_not_bound_is_of_no_concern(self) -> None:
        bench = delegated()
        bench.client(renew(ia_pd(MNP, FOREIGN)))
        both = IaPd(iaid=7, prefixes=(lease(MNP, 600), lease(FOREIGN, 0)))
        effects = bench.server(reply(both, transaction_id=3))
        assert bench.entry.mobile_network_prefixes == (MNP,)
        assert len(told_client(effects)) == 1
        assert told_server(effects) == []

    def test_lifetime_zero_in_what_the_client_says_ends_nothing(self) -> None:
        bench = delegated()
        effects = bench.client(renew(ia_pd(MNP)))
        assert bench.entry.mobile_network_prefixes == (MNP,)
        assert of(SendMessage, effects) == []

    def test_refusal_of_a_lease_is_passed_on_and_ends_nothing(self) -> None:
        bench = delegated()
        bench.client(renew(ia_pd(MNP)))
        none = IaPd(iaid=7, status=DhcpStatus(code=DhcpStatusCode.NO_BINDING))
        assert len(told_client(bench.server(reply(none, transaction_id=3)))) == 1
        assert bench.entry.mobile_network_prefixes == (MNP,)


@pytest.mark.rfc("draft-nemo §3.3.2")
class TestReplyWithAnotherPrefix:
    def test_is_discarded_and_what_it_gave_is_released_for_the_client(self) -> None:
        bench = requested()
        effects = bench.server(reply(WRONG, transaction_id=2))
        assert told_client(effects) == []
        assert told_server(effects) == [
            DhcpMessage(
                message_type=TYPE.RELEASE,
                transaction_id=3,
                client_duid=CLIENT,
                server_duid=KEA_DUID,
                elapsed_time_cs=0,
                ia_pds=(IaPd(iaid=7, prefixes=WRONG.prefixes),),
            )
        ]
        assert bench.mag.gateway.relay.leases == {}
        assert bench.dropped() == {"relay-other-prefix": 1}

    def test_is_told_once_until_the_right_prefix_is_delegated(self) -> None:
        bench = requested()
        failure = PrefixNotDelegated(mobile_node_identifier=NODE, server=KEA, prefixes=(FOREIGN,))
        assert of(Notify, bench.server(reply(WRONG, transaction_id=2))) == [
            Notify(notification=failure)
        ]
        bench.client(request(ia_pd(MNP)))
        assert of(Notify, bench.server(reply(WRONG, transaction_id=2))) == []
        bench.client(request(ia_pd(MNP)))
        bench.server(reply(RIGHT, transaction_id=2))
        bench.client(renew(ia_pd(MNP)))
        assert len(of(Notify, bench.server(reply(WRONG, transaction_id=3)))) == 1

    def test_the_answer_to_the_release_does_not_reach_the_client(self) -> None:
        bench = requested()
        bench.server(reply(WRONG, transaction_id=2))
        done = IaPd(iaid=7, status=DhcpStatus(code=DhcpStatusCode.SUCCESS))
        assert bench.server(reply(done, transaction_id=3)) == []
        assert bench.mag.statistics.dhcpv6_answered == {"reply": 2}

    def test_beside_the_right_one_is_passed_on_but_never_routed(self) -> None:
        bench = delegated()
        bench.client(renew(ia_pd(MNP, FOREIGN)))
        both = IaPd(iaid=7, prefixes=(lease(MNP, 600), lease(FOREIGN, 600)))
        effects = bench.server(reply(both, transaction_id=3))
        assert told_client(effects) == [reply(both, transaction_id=3)]
        (released,) = told_server(effects)
        assert [each.prefix for ia in released.ia_pds for each in ia.prefixes] == [FOREIGN]
        assert set(bench.mag.gateway.relay.leases) == {MNP}
        assert FOREIGN not in bench.mag.gateway.forwarded_for

    def test_keeps_addresses_out_of_the_release(self) -> None:
        bench = requested()
        told = reply(WRONG, transaction_id=2, ia_nas=(IaNa(iaid=1),))
        (released,) = told_server(bench.server(told))
        assert released.ia_nas == ()


def test_a_prefix_that_moves_to_another_node_takes_its_lease_along() -> None:
    relay = delegated().mag.gateway.relay
    relay.node(OTHER_NODE, "access0", IPv6Address("fe80::2"))
    relay.take_lease(MNP, replace(relay.leases[MNP], mobile_node_identifier=OTHER_NODE))
    relay.forget(NODE)
    assert set(relay.leases) == {MNP}
    relay.forget(OTHER_NODE)
    assert relay.leases == {}


def test_a_message_that_is_relayed_again_after_an_answer_is_answered_again() -> None:
    bench = requested()
    bench.server(reply(RIGHT, transaction_id=2))
    assert len(of(SendRelayMessage, bench.client(request(ia_pd(MNP))))) == 1
    assert len(told_client(bench.server(reply(RIGHT, transaction_id=2)))) == 1
