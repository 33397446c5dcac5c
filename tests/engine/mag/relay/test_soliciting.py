"""The prefix is proposed until a server offers it, or for long enough; silence is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.dhcpv6_messages import (
    DhcpMessageType,
    DhcpStatus,
    DhcpStatusCode,
    IaPd,
)
from nf.engine.effects import Effect, Notify, SendRelayMessage, StartTimer, StopTimer
from nf.engine.events import TimerExpired
from nf.engine.kernel_effects import InstallUplinkRoute, RemoveUplinkRoute
from nf.engine.mag.relay.silence import SILENCE_MS
from nf.engine.mag.relay.soliciting import LONGEST_PAUSE_MS, REST_MS
from nf.engine.notifications import (
    DelegatingRouterAnswers,
    DelegatingRoutersSilent,
    PrefixNotDelegated,
)
from nf.engine.values import Timer, TimerKind
from tests.engine.mag.bench import (
    CLIENT,
    FOREIGN,
    MAG,
    MNP,
    NODE,
    OTHER_MNP,
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
    RELAY,
    RELAYING,
    RelayBench,
    advertise,
    delegated,
    hinted,
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
TWO_SERVERS = replace(RELAYING, dhcpv6_relay=replace(RELAY, servers=(KEA, OTHER_KEA)))
SILENCE = Timer(kind=TimerKind.RELAY_SILENCE, key=str(MAG))


def pauses(effects: list[Effect]) -> list[int]:
    """Return after which times the effects would relay a Solicit again."""
    return [
        each.after_ms
        for each in of(StartTimer, effects)
        if each.timer.kind is TimerKind.RELAY_RETRY
    ]


def released_by(effects: list[Effect]) -> list[DhcpMessageType]:
    return [each.message_type for each in told_server(effects)]


def mismatched(times: int = 1) -> RelayBench:
    """Return a MAG whose server offers another prefix each time."""
    bench = relaying()
    bench.client(solicit())
    for number in range(times):
        bench.server(advertise(WRONG))
        if number < times - 1:
            retry(bench)
    return bench


def retry(bench: RelayBench) -> list[Effect]:
    return bench.fire(bench.expire(TimerKind.RELAY_RETRY))


def rested() -> RelayBench:
    """Return a MAG that has given up proposing the prefix, for now."""
    return mismatched(4)


@pytest.mark.rfc("draft-nemo §3.3.2")
class TestOfferOfAnotherPrefix:
    def test_is_discarded_and_released(self) -> None:
        bench = relaying()
        bench.client(solicit())
        effects = bench.server(advertise(WRONG))
        assert told_client(effects) == []
        (released,) = told_server(effects)
        assert released.message_type is TYPE.RELEASE
        assert released.server_duid == KEA_DUID
        assert released.ia_pds == (IaPd(iaid=7, prefixes=WRONG.prefixes),)
        assert bench.dropped() == {"relay-other-prefix": 1}

    def test_is_discarded_even_beside_the_right_one(self) -> None:
        bench = relaying()
        bench.client(solicit())
        both = IaPd(iaid=7, prefixes=(*RIGHT.prefixes, *WRONG.prefixes))
        effects = bench.server(advertise(both))
        assert told_client(effects) == []
        (released,) = told_server(effects)
        assert released.ia_pds == (IaPd(iaid=7, prefixes=WRONG.prefixes),)

    def test_makes_the_mag_propose_again_three_times_with_longer_pauses(self) -> None:
        bench = relaying()
        bench.client(solicit())
        for pause_ms in (1_000, 2_000, 4_000):
            assert pauses(bench.server(advertise(WRONG))) == [pause_ms]
            assert told_server(retry(bench)) == [solicit(hinted(MNP))]
        effects = bench.server(advertise(WRONG))
        assert pauses(effects) == []
        failure = PrefixNotDelegated(mobile_node_identifier=NODE, server=KEA, prefixes=(FOREIGN,))
        assert of(Notify, effects) == [Notify(notification=failure)]

    def test_is_borne_as_often_as_is_configured_with_pauses_that_have_an_end(self) -> None:
        bench = relaying(replace(RELAYING, dhcpv6_relay=replace(RELAY, max_attempts=200)))
        bench.client(solicit())
        for _ in range(199):
            bench.server(advertise(WRONG))
            retry(bench)
        assert pauses(bench.server(advertise(WRONG))) == [LONGEST_PAUSE_MS]

    def test_is_forgotten_when_the_right_one_is_offered(self) -> None:
        bench = mismatched()
        retry(bench)
        assert told_client(bench.server(advertise(RIGHT))) == [advertise(RIGHT)]
        bench.client(solicit(transaction_id=5))
        assert pauses(bench.server(advertise(WRONG, transaction_id=5))) == [1_000]

    def test_lets_copies_of_the_solicit_wait_for_the_end_of_the_pause(self) -> None:
        bench = mismatched()
        assert of(SendRelayMessage, bench.client(solicit())) == []
        assert of(SendRelayMessage, bench.client(solicit(transaction_id=8))) == []
        assert told_server(retry(bench)) == [solicit(hinted(MNP), transaction_id=8)]

    def test_of_one_server_is_of_no_concern_if_another_has_offered_the_right_one(self) -> None:
        bench = relaying(TWO_SERVERS)
        bench.client(solicit())
        bench.server(advertise(RIGHT))
        assert bench.server(advertise(WRONG), source=OTHER_KEA) == []

    def test_of_one_server_is_forgotten_when_another_offers_the_right_one(self) -> None:
        bench = relaying(TWO_SERVERS)
        bench.client(solicit())
        bench.server(advertise(WRONG), source=OTHER_KEA)
        effects = bench.server(advertise(RIGHT))
        assert StopTimer(timer=Timer(kind=TimerKind.RELAY_RETRY, key=NODE)) in effects
        assert told_client(effects) == [advertise(RIGHT)]

    def test_of_two_servers_counts_once(self) -> None:
        bench = relaying(TWO_SERVERS)
        bench.client(solicit())
        assert pauses(bench.server(advertise(WRONG))) == [1_000]
        effects = bench.server(advertise(WRONG), source=OTHER_KEA)
        assert pauses(effects) == []
        assert released_by(effects) == [TYPE.RELEASE]

    def test_is_not_followed_by_a_proposal_for_a_node_that_has_left(self) -> None:
        bench = mismatched()
        bench.lost()
        assert not bench.is_running(TimerKind.RELAY_RETRY)

    def test_is_not_followed_by_a_proposal_once_the_prefix_is_gone(self) -> None:
        bench = mismatched()
        bench.client(message(TYPE.RELEASE, ia_pd(MNP), server=KEA_DUID, transaction_id=9))
        assert retry(bench) == []

    def test_is_not_followed_by_a_proposal_while_the_node_is_not_registered(self) -> None:
        bench = mismatched()
        bench.expire(TimerKind.REGISTRATION_LIFETIME)
        assert retry(bench) == []

    @pytest.mark.rfc("draft-nemo §3.4.2")
    def test_to_a_client_that_has_a_new_name_releases_what_it_had_under_the_old_one(self) -> None:
        bench = delegated()
        renamed = replace(solicit(transaction_id=8), client_duid=b"\0\3\0\1renamed")
        bench.client(renamed)
        offer = replace(advertise(WRONG, transaction_id=8), client_duid=renamed.client_duid)
        wrong, former = told_server(bench.server(offer))
        assert (wrong.client_duid, former.client_duid) == (renamed.client_duid, CLIENT)
        assert former.message_type is TYPE.RELEASE
        assert former.server_duid == KEA_DUID
        assert former.ia_pds == (ia_pd(MNP),)
        assert wrong.transaction_id != former.transaction_id
        assert bench.mag.gateway.relay.leases == {}
        assert bench.entry.mobile_network_prefixes == (MNP,)

    def test_to_the_client_that_has_the_lease_does_not_release_that(self) -> None:
        bench = delegated()
        bench.client(solicit())
        assert released_by(bench.server(advertise(WRONG))) == [TYPE.RELEASE]
        assert set(bench.mag.gateway.relay.leases) == {MNP}

    def test_is_forgotten_with_the_relay(self) -> None:
        bench = mismatched()
        bench.configure(ROLE)
        assert not bench.is_running(TimerKind.RELAY_RETRY)


@pytest.mark.rfc("draft-nemo §3.3.2")
class TestGivingUp:
    def test_leaves_solicits_alone_for_a_while(self) -> None:
        bench = rested()
        assert bench.client(solicit(transaction_id=5)) == []
        assert bench.dropped()["relay-given-up"] == 1
        bench.at_ms += REST_MS
        assert told_server(bench.client(solicit())) == [solicit(hinted(MNP))]

    def test_is_told_once(self) -> None:
        bench = rested()
        bench.at_ms += REST_MS
        bench.client(solicit())
        for _ in range(3):
            bench.server(advertise(WRONG))
            retry(bench)
        assert of(Notify, bench.server(advertise(WRONG))) == []

    @pytest.mark.rfc("8987 §4.2")
    def test_takes_the_route_of_a_router_that_has_no_lease(self) -> None:
        bench = mismatched(3)
        retry(bench)
        effects = bench.server(advertise(WRONG))
        assert [each.prefix for each in of(RemoveUplinkRoute, effects)] == [MNP]
        assert bench.entry.mobile_network_prefixes == (MNP,)

    @pytest.mark.rfc("8987 §4.2")
    def test_ends_with_the_right_lease_which_brings_the_route_back(self) -> None:
        bench = rested()
        bench.client(request(ia_pd(MNP)))
        effects = bench.server(reply(RIGHT, transaction_id=2))
        assert [each.prefix for each in of(InstallUplinkRoute, effects)] == [MNP]
        assert told_server(bench.client(solicit())) == [solicit(hinted(MNP))]

    def test_is_forgotten_with_the_relay_and_the_route_is_back(self) -> None:
        effects = rested().configure(ROLE)
        assert [each.prefix for each in of(InstallUplinkRoute, effects)] == [MNP]


class TestOfferOfNothing:
    NOTHING = IaPd(iaid=7, status=DhcpStatus(code=DhcpStatusCode.NO_PREFIX_AVAIL))

    def test_is_passed_on(self) -> None:
        bench = relaying()
        bench.client(solicit())
        told = advertise(self.NOTHING)
        assert told_client(bench.server(told)) == [told]

    def test_is_told_when_the_client_asks_again(self) -> None:
        bench = relaying()
        bench.client(solicit())
        assert of(Notify, bench.server(advertise(self.NOTHING))) == []
        failure = PrefixNotDelegated(mobile_node_identifier=NODE, server=KEA, prefixes=())
        assert of(Notify, bench.client(solicit())) == [Notify(notification=failure)]
        bench.server(advertise(self.NOTHING))
        assert of(Notify, bench.client(solicit())) == []

    @pytest.mark.parametrize("order", [(KEA, OTHER_KEA), (OTHER_KEA, KEA)])
    def test_is_of_no_concern_where_another_server_offers_the_prefix(
        self, order: tuple[object, object]
    ) -> None:
        bench = relaying(TWO_SERVERS)
        bench.client(solicit())
        for source in order:
            offer = advertise(RIGHT if source is KEA else self.NOTHING)
            bench.server(offer, source=KEA if source is KEA else OTHER_KEA)
        assert of(Notify, bench.client(solicit())) == []


class TestSilence:
    def silent(self) -> RelayBench:
        bench = relaying()
        bench.client(solicit())
        self.wait(bench)
        return bench

    def wait(self, bench: RelayBench) -> list[Effect]:
        bench.at_ms += SILENCE_MS
        return bench.handle(TimerExpired(timer=SILENCE))

    def test_is_told_after_a_while_and_once(self) -> None:
        bench = relaying()
        start = StartTimer(timer=SILENCE, after_ms=SILENCE_MS)
        assert start in bench.client(solicit())
        assert start not in bench.client(solicit())
        told = DelegatingRoutersSilent(servers=(KEA,))
        assert self.wait(bench) == [Notify(notification=told)]
        assert start not in bench.client(solicit())
        assert bench.mag.gateway.relay.is_answering is False

    def test_does_not_come_where_a_server_answers(self) -> None:
        bench = relaying()
        bench.client(solicit())
        assert StopTimer(timer=SILENCE) in bench.server(advertise(RIGHT))
        assert self.wait(bench) == []
        assert bench.mag.gateway.relay.is_answering is True

    def test_ends_with_the_first_answer(self) -> None:
        bench = self.silent()
        bench.client(solicit())
        told = Notify(notification=DelegatingRouterAnswers(server=KEA))
        assert told in bench.server(advertise(RIGHT))
        assert told not in bench.server(advertise(RIGHT))

    def test_is_noticed_by_a_renew_to_a_server_that_has_answered_before(self) -> None:
        bench = delegated()
        start = StartTimer(timer=SILENCE, after_ms=SILENCE_MS)
        assert start in bench.client(renew(ia_pd(MNP)))

    def test_of_a_server_that_never_answered_may_have_other_reasons(self) -> None:
        bench = relaying()
        told = message(TYPE.RENEW, ia_pd(MNP), server=b"\0\3\0\1another")
        assert of(StartTimer, bench.client(told)) == []

    def test_begins_anew_with_other_servers(self) -> None:
        bench = self.silent()
        bench.configure(TWO_SERVERS)
        assert bench.mag.gateway.relay.is_answering is None
        assert StartTimer(timer=SILENCE, after_ms=SILENCE_MS) in bench.client(solicit())

    def test_is_not_waited_for_without_a_relay(self) -> None:
        bench = relaying()
        bench.client(solicit())
        assert StopTimer(timer=SILENCE) in bench.configure(ROLE)
        assert self.wait(bench) == []


def test_a_router_whose_prefix_has_changed_is_proposed_the_new_one() -> None:
    bench = mismatched()
    bench.expire(TimerKind.REFRESH)
    bench.seen()
    bench.accepted(mnps=(OTHER_MNP,))
    assert told_server(retry(bench)) == [solicit(hinted(OTHER_MNP))]
