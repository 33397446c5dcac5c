"""Following an LMA that wants a session registered anew."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any, Final

import pytest

from nf.codec.messages import (
    ALL_ZERO_PREFIX,
    MobileNetworkPrefix,
    MobileNodeIdentifier,
    ProxyBindingUpdate,
    SequenceNumber,
    UnknownOption,
    UpdateNotification,
    UpdateNotificationAcknowledgement,
)
from nf.codec.registry import HandoffIndicator, NotificationReason, Status
from nf.engine.configuration import DomainConfiguration, PrefixDelegationSignalling
from nf.engine.effects import Effect, SendMessage
from nf.engine.mag.records import RegistrationState
from nf.engine.values import TimerKind
from tests.engine.mag.bench import (
    HNP,
    LMA,
    MAG,
    MNP,
    NODE,
    OTHER_LMA,
    OTHER_NODE,
    ROLE,
    ROUTER,
    Bench,
    of,
    registered,
    waiting,
)

REQUEST: Final = MobileNetworkPrefix(prefix=ALL_ZERO_PREFIX, is_request=True)
VENDOR_SPECIFIC: Final = 19


def notify(
    bench: Bench,
    number: int = 1,
    *,
    source: IPv6Address = LMA,
    to: IPv6Address = MAG,
    **fields: Any,  # noqa: ANN401
) -> list[Effect]:
    """Let an LMA notify, unless told otherwise of FORCE-REREGISTRATION."""
    message = UpdateNotification(
        sequence_number=SequenceNumber(number),
        reason=NotificationReason.FORCE_REREGISTRATION,
        mobile_node_identifier=NODE,
        home_network_prefixes=(HNP,),
    )
    return bench.receive(replace(message, **fields), source=source, destination=to)


def updates_in(effects: list[Effect]) -> list[ProxyBindingUpdate]:
    messages = [each.message for each in of(SendMessage, effects)]
    return [each for each in messages if isinstance(each, ProxyBindingUpdate)]


def statuses_in(effects: list[Effect]) -> list[int]:
    messages = [each.message for each in of(SendMessage, effects)]
    return [each.status for each in messages if isinstance(each, UpdateNotificationAcknowledgement)]


@pytest.mark.rfc("7077 §6.1")
class TestForceReregistration:
    def test_renews_with_all_prefixes_and_asks_for_more(self) -> None:
        (update,) = updates_in(notify(registered()))
        assert update.handoff_indicator == HandoffIndicator.HANDOFF_STATE_NOT_CHANGED
        assert update.home_network_prefixes == (HNP,)
        assert update.mobile_network_prefixes == (MobileNetworkPrefix(prefix=MNP), REQUEST)

    def test_asks_by_the_option_of_rfc_7148_where_that_is_in_use(self) -> None:
        domain = DomainConfiguration(
            prefix_delegation_signalling=PrefixDelegationSignalling.RFC_7148
        )
        (update,) = updates_in(notify(registered(domain)))
        assert update.delegated_mobile_network_prefixes == (MNP, ALL_ZERO_PREFIX)

    def test_asks_for_no_mobile_network_where_the_node_is_a_host(self) -> None:
        bench = registered(replace(ROUTER, policy_profile="host"))
        (update,) = updates_in(notify(bench))
        assert update.mobile_network_prefixes == ()

    def test_replaces_a_renewal_that_is_out(self) -> None:
        bench = registered()
        notify(bench)
        assert len(updates_in(notify(bench, 2))) == 1
        assert bench.state() is RegistrationState.REFRESHING

    def test_waits_for_the_first_answer(self) -> None:
        effects = notify(waiting())
        assert (updates_in(effects), statuses_in(effects)) == ([], [0])

    def test_registers_again_what_had_been_refused_for_good(self) -> None:
        bench = waiting()
        bench.refused(Status.PROXY_REG_NOT_ENABLED)
        effects = notify(bench)
        assert (len(updates_in(effects)), statuses_in(effects)) == (1, [0])
        assert bench.state() is RegistrationState.REGISTERING

    def test_is_put_off_while_the_node_is_merely_held(self) -> None:
        bench = registered(replace(ROLE, detach_hold_ms=5_000))
        bench.lost()
        effects = notify(bench)
        assert (updates_in(effects), statuses_in(effects)) == ([], [0])
        assert bench.is_running(TimerKind.REFRESH)

    def test_cannot_be_done_for_a_session_that_is_about_to_end(self) -> None:
        bench = registered()
        bench.lost()
        effects = notify(bench)
        assert (updates_in(effects), statuses_in(effects)) == ([], [128])

    def test_cannot_be_done_for_a_session_that_is_not_there(self) -> None:
        bench = registered()
        effects = notify(bench, mobile_node_identifier=OTHER_NODE)
        assert (updates_in(effects), statuses_in(effects)) == ([], [128])

    def test_cannot_be_done_for_a_session_with_another_lma(self) -> None:
        other = replace(ROUTER, identifier=OTHER_NODE, local_mobility_anchor=OTHER_LMA)
        bench = registered(replace(other, link_layer_identifiers=()))
        effects = notify(bench, source=OTHER_LMA)
        assert (updates_in(effects), statuses_in(effects)) == ([], [128])

    def test_is_done_without_an_answer_where_none_is_wanted(self) -> None:
        effects = notify(registered(), acknowledge=False)
        assert (len(updates_in(effects)), statuses_in(effects)) == (1, [])


@pytest.mark.rfc("7077 §6.1")
class TestCopies:
    def test_are_answered_and_not_acted_on(self) -> None:
        bench = registered()
        notify(bench)
        effects = notify(bench, is_retransmission=True)
        assert (updates_in(effects), statuses_in(effects)) == ([], [0])
        assert bench.mag.statistics.update_notifications_received == 2

    def test_are_acted_on_again_where_no_answer_is_wanted(self) -> None:
        bench = registered()
        notify(bench, acknowledge=False)
        effects = notify(bench, acknowledge=False, is_retransmission=True)
        assert len(updates_in(effects)) == 1

    def test_of_what_never_arrived_are_acted_on(self) -> None:
        assert len(updates_in(notify(registered(), is_retransmission=True))) == 1

    def test_are_not_mistaken_for_those_of_an_earlier_registration(self) -> None:
        bench = registered()
        notify(bench)
        bench.refused(Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED)
        bench.accepted()
        assert len(updates_in(notify(bench))) == 1


@pytest.mark.rfc("7077 §6.1")
class TestOtherReasons:
    @pytest.mark.parametrize(
        ("reason", "status"), [(0, 128), (2, 128), (3, 129), (4, 128), (5, 128), (255, 128)]
    )
    def test_are_refused_as_the_reason_wants_it(self, reason: int, status: int) -> None:
        bench = registered()
        effects = notify(bench, reason=reason)
        assert (updates_in(effects), statuses_in(effects)) == ([], [status])

    @pytest.mark.parametrize("reason", [2, 3, 4, 5])
    def test_are_dropped_where_no_answer_is_wanted(self, reason: int) -> None:
        bench = registered()
        assert notify(bench, reason=reason, acknowledge=False) == []
        assert bench.dropped() == {"notification-not-applicable": 1}

    def test_of_a_vendor_lack_the_option_that_we_know(self) -> None:
        option = UnknownOption(type=VENDOR_SPECIFIC, data=b"\0\0\0\1\2")
        assert statuses_in(notify(registered(), reason=3, unknown_options=(option,))) == [129]


@pytest.mark.rfc("7077 §6.2")
def test_the_answer_copies_number_and_node_and_goes_back() -> None:
    sent = of(SendMessage, notify(registered(), 77))[-1]
    assert (sent.source, sent.destination) == (MAG, LMA)
    assert isinstance(sent.message, UpdateNotificationAcknowledgement)
    assert (sent.message.sequence_number, sent.message.mobile_node_identifier) == (77, NODE)


@pytest.mark.rfc("7077 §6.1")
class TestSender:
    def test_that_is_no_lma_of_ours_gets_no_answer(self) -> None:
        bench = registered()
        assert notify(bench, source=OTHER_LMA) == []
        assert bench.dropped() == {"not-an-lma": 1}

    def test_that_is_no_longer_configured_but_has_a_session_is_heard(self) -> None:
        bench = registered()
        bench.configuration.named_anchors.clear()
        assert statuses_in(notify(bench)) == [0]

    @pytest.mark.parametrize("identifier", [None, MobileNodeIdentifier("")])
    def test_that_names_no_node_gets_no_answer(
        self, identifier: MobileNodeIdentifier | None
    ) -> None:
        bench = registered()
        assert notify(bench, mobile_node_identifier=identifier) == []
        assert bench.dropped() == {"missing-mobile-node-identifier": 1}

    def test_that_means_another_address_gets_no_answer(self) -> None:
        bench = registered()
        assert notify(bench, to=OTHER_LMA) == []
        assert bench.dropped() == {"not-our-address": 1}
        assert bench.mag.statistics.update_notifications_received == 0
