"""What becomes of the sessions of a MAG that failed or lost them (RFC 5847 §3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.configuration import LmaConfiguration
from nf.engine.effects import Effect, StopTimer
from nf.engine.events import RestartCounterRestored, Started
from nf.engine.lma import failed_mags
from nf.engine.notifications import BindingRemoved, PeerDown, PeerRestarted, PeerUp, RemovalReason
from nf.engine.store_effects import ForgetBinding
from nf.engine.values import Role, Timer, TimerKind
from tests.engine.heartbeat.talk import HEARTBEAT, INTERVAL_MS, news_in, response, unsolicited
from tests.engine.lma.bench import CONFIGURATION, LMA, MAG1, MAG2, OTHER, ROUTER, Bench, node, of

DELAY_MS = 30_000
REMOVING = replace(CONFIGURATION, heartbeat=HEARTBEAT, failed_mag_delay_s=30)
PATIENT = replace(CONFIGURATION, heartbeat=HEARTBEAT)
FAILED = Timer(kind=TimerKind.MAG_FAILED, key=str(MAG1))
#: When the fourth answer in a row is missing, the session having begun after 1 ms.
DOWN_MS = 5 * INTERVAL_MS + 1

pytestmark = pytest.mark.rfc("5847 §3")


def bench(configuration: LmaConfiguration = REMOVING) -> Bench:
    """Return an LMA with one session of MAG 1, which has answered once."""
    made = Bench(configuration, ROUTER, node(), node(OTHER), start=False)
    made.handle(RestartCounterRestored(role=Role.LMA, counter=7))
    made.handle(Started())
    made.send(MAG1)
    made.handle(response(MAG1, LMA, 1))
    return made


def removals_in(effects: list[Effect]) -> list[MobileNodeIdentifier]:
    removed = [each for each in news_in(effects) if isinstance(each, BindingRemoved)]
    assert all(each.reason is RemovalReason.PEER_FAILED for each in removed)
    return [each.mobile_node_identifier for each in removed]


def answer_the_last_request(lma: Bench, counter: int = 1) -> list[Effect]:
    number = lma.lma.paths[MAG1].sequence_number
    return lma.handle(response(MAG1, LMA, number, counter=counter))


class TestDown:
    def test_sessions_go_after_the_delay(self) -> None:
        lma = bench()
        assert news_in(lma.pass_time(DOWN_MS)) == [PeerDown(peer=MAG1)]
        assert removals_in(lma.pass_time(DOWN_MS + DELAY_MS - 1)) == []
        effects = lma.pass_time(DOWN_MS + DELAY_MS)
        assert removals_in(effects) == ["mn1@example.net"]
        assert of(ForgetBinding, effects) != []
        assert lma.lma.bindings == {}
        assert lma.lma.anchor.failed_mags == {}

    def test_sessions_stay_where_no_delay_is_configured(self) -> None:
        lma = bench(PATIENT)
        lma.pass_time(10 * INTERVAL_MS)
        assert len(lma.lma.bindings) == 1
        assert FAILED not in lma.due_at_ms

    def test_sessions_stay_when_the_mag_answers_in_time(self) -> None:
        lma = bench()
        lma.pass_time(DOWN_MS + DELAY_MS - 1)
        effects = answer_the_last_request(lma)
        assert news_in(effects) == [PeerUp(peer=MAG1)]
        assert StopTimer(timer=FAILED) in effects
        lma.pass_time(DOWN_MS + DELAY_MS)
        assert len(lma.lma.bindings) == 1

    def test_a_session_that_was_registered_since_stays(self) -> None:
        lma = bench()
        lma.send(MAG1, mobile_node_identifier=OTHER)
        lma.pass_time(DOWN_MS)
        lma.send(MAG1, mobile_node_identifier=OTHER, handoff_indicator=5)
        assert removals_in(lma.pass_time(DOWN_MS + DELAY_MS)) == ["mn1@example.net"]
        assert [each.mobile_node_identifier for each in lma.lma.bindings.values()] == [OTHER]

    def test_a_session_that_moved_to_another_mag_stays(self) -> None:
        lma = bench()
        lma.send(MAG1, mobile_node_identifier=OTHER)
        lma.pass_time(DOWN_MS)
        lma.send(MAG2, handoff_indicator=3)
        assert removals_in(lma.pass_time(DOWN_MS + DELAY_MS)) == [OTHER]

    def test_a_session_that_is_about_to_be_deleted_is_left_to_its_timer(self) -> None:
        lma = bench()
        lma.pass_time(DOWN_MS + DELAY_MS - 5_000)
        lma.send(MAG1, lifetime_s=0)
        assert removals_in(lma.pass_time(DOWN_MS + DELAY_MS)) == []
        assert len(lma.lma.bindings) == 1


class TestRestarted:
    def restarted(self) -> Bench:
        lma = bench()
        lma.now_ms = 20_000
        news = news_in(lma.handle(unsolicited(MAG1, LMA, 2)))
        assert news == [PeerRestarted(peer=MAG1, restart_counter=2)]
        return lma

    def test_sessions_that_are_not_registered_anew_go(self) -> None:
        lma = self.restarted()
        lma.send(MAG1, mobile_node_identifier=OTHER)
        assert removals_in(lma.pass_time(20_000 + DELAY_MS)) == ["mn1@example.net"]

    def test_sessions_that_are_registered_anew_stay(self) -> None:
        lma = self.restarted()
        lma.send(MAG1)
        lma.pass_time(20_000 + DELAY_MS)
        assert len(lma.lma.bindings) == 1

    def test_what_may_have_been_registered_before_we_noticed_stays(self) -> None:
        lma = bench()
        lma.now_ms = 10_000
        lma.send(MAG1, mobile_node_identifier=OTHER)
        lma.pass_time(INTERVAL_MS + 1)
        answer_the_last_request(lma, counter=2)
        assert removals_in(lma.pass_time(INTERVAL_MS + 1 + DELAY_MS)) == ["mn1@example.net"]
        assert [each.mobile_node_identifier for each in lma.lma.bindings.values()] == [OTHER]

    def test_what_overtook_the_announcement_stays(self) -> None:
        lma = bench()
        lma.now_ms = 17_500
        lma.send(MAG1, mobile_node_identifier=OTHER)
        lma.now_ms = 20_000
        lma.handle(unsolicited(MAG1, LMA, 2))
        assert removals_in(lma.pass_time(20_000 + DELAY_MS)) == ["mn1@example.net"]

    def test_sessions_of_a_mag_that_comes_up_with_another_counter_go_all_the_same(self) -> None:
        lma = bench()
        lma.pass_time(DOWN_MS + 10_000)
        effects = answer_the_last_request(lma, counter=2)
        assert news_in(effects) == [PeerRestarted(peer=MAG1, restart_counter=2), PeerUp(peer=MAG1)]
        assert removals_in(lma.pass_time(DOWN_MS + DELAY_MS)) == []
        assert removals_in(lma.pass_time(DOWN_MS + 10_000 + DELAY_MS)) == ["mn1@example.net"]


class TestManySessions:
    def test_go_a_few_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(failed_mags, "BATCH", 2)
        names = [MobileNodeIdentifier(f"mn{number}@example.net") for number in range(1, 6)]
        lma = bench()
        lma.configure(*(node(each) for each in names))
        for name in names[1:]:
            lma.send(MAG1, mobile_node_identifier=name)
        lma.pass_time(DOWN_MS)
        at_ms = DOWN_MS + DELAY_MS
        batches = [removals_in(lma.pass_time(at_ms + each * 50)) for each in range(4)]
        assert batches == [names[:2], names[2:4], names[4:], []]

    def test_stay_as_far_as_they_are_left_when_the_mag_answers(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(failed_mags, "BATCH", 1)
        lma = bench()
        lma.send(MAG1, mobile_node_identifier=OTHER)
        lma.pass_time(DOWN_MS + DELAY_MS)
        answer_the_last_request(lma)
        lma.pass_time(DOWN_MS + DELAY_MS + 1_000)
        assert len(lma.lma.bindings) == 1


class TestConfiguration:
    def test_sessions_stay_when_the_delay_is_taken_back(self) -> None:
        lma = bench()
        lma.pass_time(DOWN_MS)
        assert StopTimer(timer=FAILED) in lma.configure(PATIENT)
        assert lma.expire(TimerKind.MAG_FAILED, str(MAG1)) == []

    def test_sessions_stay_when_nobody_watches_any_more(self) -> None:
        lma = bench()
        lma.pass_time(DOWN_MS)
        assert StopTimer(timer=FAILED) in lma.configure(replace(REMOVING, heartbeat=None))
        assert FAILED not in lma.due_at_ms

    def test_nothing_is_left_of_a_mag_that_is_withdrawn(self) -> None:
        lma = bench()
        lma.pass_time(DOWN_MS)
        mags = CONFIGURATION.mobile_access_gateways[1:]
        effects = lma.configure(replace(REMOVING, mobile_access_gateways=mags))
        assert StopTimer(timer=FAILED) in effects
        assert lma.lma.anchor.failed_mags == {}
