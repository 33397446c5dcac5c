"""By which of its sessions a mobile network is reached that several share, for each policy."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address
from typing import Any, Final

import pytest

from nf.codec.messages import Heartbeat, SequenceNumber
from nf.codec.registry import AccessTechnologyType, HandoffIndicator
from nf.engine.configuration import (
    AuthorisedMag,
    HeartbeatConfiguration,
    LmaConfiguration,
    MobileNodeRemoved,
    MultihomingPolicy,
    PolicyProfile,
)
from nf.engine.effects import Effect
from nf.engine.events import (
    AssignmentRestored,
    BindingClearRequested,
    BindingRestored,
    BindingRevocationRequested,
    Event,
    MessageReceived,
    Started,
)
from nf.engine.kernel_effects import (
    InstallRoute,
    InstallTunnel,
    RemoveRoute,
    RemoveTunnel,
    ShareSource,
    SpreadRoute,
)
from nf.engine.store_effects import PersistAssignment, PersistBinding
from nf.engine.values import BindingId, TimerKind
from tests.engine.lma.bench import CONFIGURATION, LMA, MAG1, MAG2, NODE, ROUTER, Bench, node, of

MAG3: Final = IPv6Address("2001:db8:f::13")
WIFI: Final = AccessTechnologyType.IEEE_802_11
WIRE: Final = AccessTechnologyType.IEEE_802_3
HEARTBEATS: Final = replace(
    CONFIGURATION,
    heartbeat=HeartbeatConfiguration(interval_s=30, missing_heartbeats_allowed=0),
    mobile_access_gateways=(
        *CONFIGURATION.mobile_access_gateways,
        AuthorisedMag(proxy_care_of_address=MAG3),
    ),
)
ANCHOR: Final = replace(HEARTBEATS, heartbeat=None)
MOST_RECENT: Final = ROUTER
EQUAL_COST: Final = replace(ROUTER, multihoming_policy=MultihomingPolicy.EQUAL_COST)
PRIMARY_BACKUP: Final = replace(ROUTER, multihoming_policy=MultihomingPolicy.PRIMARY_BACKUP)
WIRE_FIRST: Final = replace(PRIMARY_BACKUP, access_technology_preference=(WIRE, WIFI))
POLICIES: Final = (MOST_RECENT, EQUAL_COST, PRIMARY_BACKUP)


class Router(Bench):
    """A mobile router, and the ways that its mobile network goes."""

    def __init__(
        self,
        profile: PolicyProfile,
        anchor: LmaConfiguration = ANCHOR,
        *,
        start: bool = True,
    ) -> None:
        self.said: list[Effect] = []
        super().__init__(anchor, profile, node(), start=start)

    def handle(self, event: Event) -> list[Effect]:
        self.said = super().handle(event)
        return self.said

    def attach(self, interface: int, mag: IPv6Address, technology: int = WIFI) -> None:
        """Register the router by one more interface."""
        self.send(
            mag,
            handoff_indicator=HandoffIndicator.ATTACHMENT_OVER_NEW_INTERFACE,
            access_technology_type=technology,
            mobile_node_link_layer_identifier=bytes([2, 0, 0, 0, 0, interface]),
        )

    def again(self, number: int, mag: IPv6Address, indicator: int, **fields: Any) -> None:  # noqa: ANN401
        """Renew a session, move it or end it."""
        entry = self.lma.bindings[BindingId(number)]
        known: dict[str, Any] = {
            "home_network_prefixes": entry.home_network_prefixes,
            "handoff_indicator": indicator,
            "access_technology_type": entry.access_technology_type,
            "mobile_node_link_layer_identifier": entry.link_layer_identifier,
        }
        self.send(mag, **{**known, **fields})

    def renew(self, number: int, mag: IPv6Address) -> None:
        self.again(number, mag, HandoffIndicator.HANDOFF_STATE_NOT_CHANGED)

    @property
    def ways(self) -> list[IPv6Address]:
        """The gateways by which the mobile network goes."""
        (mobile,) = (p for p in self.lma.assignments if p.prefixlen == 56)
        return [tunnel.remote for tunnel in self.lma.routes.tunnels_of(mobile)]

    @property
    def steps(self) -> list[list[IPv6Address]]:
        """What the kernel was told of the mobile network's ways by the last event."""
        found: list[list[IPv6Address]] = []
        for effect in self.said:
            if isinstance(effect, SpreadRoute):
                found.append([each.remote for each in effect.tunnels])
            elif isinstance(effect, InstallRoute | RemoveRoute) and effect.prefix.prefixlen == 56:
                remote = effect.tunnel.remote
                found.append([remote] if isinstance(effect, InstallRoute) else [])
        return found


def twice(profile: PolicyProfile, anchor: LmaConfiguration = ANCHOR) -> Router:
    """Return a router with Wi-Fi to the first gateway and a wire to the second."""
    router = Router(profile, anchor)
    router.attach(1, MAG1, WIFI)
    router.attach(2, MAG2, WIRE)
    return router


class TestMostRecent:
    def test_follows_the_session_that_came_last(self) -> None:
        router = twice(MOST_RECENT)
        assert router.ways == [MAG2]
        router.attach(3, MAG3)
        assert router.steps == [[MAG3]]

    def test_is_not_changed_by_a_renewal(self) -> None:
        router = twice(MOST_RECENT)
        router.renew(1, MAG1)
        assert router.steps == []
        assert router.ways == [MAG2]

    def test_follows_a_handover(self) -> None:
        router = twice(MOST_RECENT)
        router.again(1, MAG3, HandoffIndicator.HANDOFF_BETWEEN_MAGS_SAME_INTERFACE)
        assert router.ways == [MAG3]

    def test_falls_back_to_the_session_that_was_accepted_last(self) -> None:
        router = twice(MOST_RECENT)
        router.attach(3, MAG3)
        router.renew(1, MAG1)
        router.handle(BindingClearRequested(binding_id=BindingId(3)))
        assert router.ways == [MAG1]


class TestEqualCost:
    @pytest.mark.rfc("draft-wakikawa-netext-pmip6-nemo-support-00 §3.2")
    def test_goes_by_all_sessions(self) -> None:
        router = twice(EQUAL_COST)
        assert router.steps == [[MAG1, MAG2]]
        router.attach(3, MAG3)
        assert router.steps == [[MAG1, MAG2, MAG3]]

    def test_has_one_way_for_two_interfaces_at_one_gateway(self) -> None:
        router = Router(EQUAL_COST)
        router.attach(1, MAG1)
        router.attach(2, MAG1)
        assert router.steps == []
        assert router.ways == [MAG1]
        router.attach(3, MAG2)
        assert router.ways == [MAG1, MAG2]

    def test_leaves_home_networks_with_their_own_session(self) -> None:
        router = twice(EQUAL_COST)
        home = of(InstallRoute, router.said)
        assert [(each.prefix.prefixlen, each.tunnel.remote) for each in home] == [(64, MAG2)]

    def test_follows_a_handover_and_leaves_no_route_to_the_old_gateway(self) -> None:
        router = twice(EQUAL_COST)
        router.again(2, MAG3, HandoffIndicator.HANDOFF_BETWEEN_MAGS_SAME_INTERFACE)
        assert router.steps == [[MAG1, MAG3]]
        kinds = [type(effect) for effect in router.said]
        assert kinds.index(InstallTunnel) < kinds.index(SpreadRoute) < kinds.index(RemoveTunnel)

    def test_is_not_said_again_by_a_renewal(self) -> None:
        router = twice(EQUAL_COST)
        router.renew(2, MAG2)
        assert router.steps == []


class TestPrimaryBackup:
    def test_stays_with_the_oldest_session(self) -> None:
        router = twice(PRIMARY_BACKUP)
        assert router.steps == []
        assert router.ways == [MAG1]

    def test_goes_by_the_preferred_access_technology(self) -> None:
        assert twice(WIRE_FIRST).ways == [MAG2]

    def test_takes_technologies_that_are_not_listed_last(self) -> None:
        router = Router(replace(WIRE_FIRST, access_technology_preference=(WIRE,)))
        router.attach(1, MAG1, WIFI)
        router.attach(2, MAG2, WIRE)
        router.attach(3, MAG3, WIFI)
        assert router.ways == [MAG2]

    def test_uses_the_backup_only_while_the_primary_is_gone(self) -> None:
        router = twice(WIRE_FIRST)
        router.again(2, MAG2, HandoffIndicator.HANDOFF_STATE_UNKNOWN, lifetime_s=0)
        assert router.steps == [[MAG1]]
        router.again(2, MAG2, HandoffIndicator.HANDOFF_STATE_UNKNOWN)
        assert router.steps == [[MAG2]]

    def test_is_chosen_anew_when_a_session_changes_its_technology(self) -> None:
        router = Router(WIRE_FIRST)
        router.attach(1, MAG1, WIFI)
        router.attach(2, MAG2, WIFI)
        change = HandoffIndicator.HANDOFF_BETWEEN_INTERFACES
        router.again(2, MAG2, change, access_technology_type=WIRE)
        assert router.steps == [[MAG2]]


@pytest.mark.parametrize("profile", POLICIES, ids=lambda each: each.multihoming_policy.value)
class TestLostPath:
    """Whatever the policy: what went by a session that ends goes by the other one at once."""

    @pytest.mark.parametrize("lost", [1, 2])
    def test_is_left_in_one_step(self, profile: PolicyProfile, lost: int) -> None:
        router = twice(profile)
        left = MAG2 if lost == 1 else MAG1
        was_used = router.ways != [left]
        router.handle(BindingClearRequested(binding_id=BindingId(lost)))
        assert router.steps == ([[left]] if was_used else [])
        assert router.ways == [left]

    @pytest.mark.parametrize("how", ["de-registered", "revoked", "expired"])
    def test_may_be_lost_in_many_ways(self, profile: PolicyProfile, how: str) -> None:
        router = twice(profile)
        if how == "de-registered":
            router.again(1, MAG1, HandoffIndicator.HANDOFF_STATE_UNKNOWN, lifetime_s=0)
        elif how == "revoked":
            router.handle(BindingRevocationRequested(binding_id=BindingId(1), trigger=1))
        else:
            router.expire(TimerKind.BINDING_LIFETIME, "1")
        assert router.ways == [MAG2]

    def test_leaves_nothing_when_it_is_the_last(self, profile: PolicyProfile) -> None:
        router = twice(profile)
        router.handle(BindingClearRequested(binding_id=BindingId(1)))
        router.handle(BindingClearRequested(binding_id=BindingId(2)))
        assert router.steps == [[]]
        assert router.ways == []

    def test_moves_nothing_when_the_entry_is_deleted_at_last(self, profile: PolicyProfile) -> None:
        router = twice(profile)
        router.again(1, MAG1, HandoffIndicator.HANDOFF_STATE_UNKNOWN, lifetime_s=0)
        router.expire(TimerKind.BCE_DELETE, "1")
        assert router.steps == []
        assert router.ways == [MAG2]

    def test_is_left_one_after_the_other_when_the_node_is_removed(
        self, profile: PolicyProfile
    ) -> None:
        router = twice(profile)
        router.configure(MobileNodeRemoved(identifier=NODE))
        assert router.steps[-1] == []
        assert router.ways == []
        assert not router.lma.routes.shared
        assert not router.lma.routes.spread

    def test_lets_packets_come_by_each_session_that_there_is(self, profile: PolicyProfile) -> None:
        router = twice(profile)
        assert [len(each.tunnels) for each in of(ShareSource, router.said)] == [2]
        router.handle(BindingClearRequested(binding_id=BindingId(1)))
        assert [len(each.tunnels) for each in of(ShareSource, router.said)] == [0]


@pytest.mark.rfc("5847 §3")
class TestFailedGateway:
    @pytest.mark.parametrize("profile", POLICIES, ids=lambda each: each.multihoming_policy.value)
    def test_is_passed_over_before_its_sessions_are_removed(self, profile: PolicyProfile) -> None:
        router = twice(profile, HEARTBEATS)
        self._fall_silent(router, MAG1)
        assert router.ways == [MAG2]
        assert len(router.lma.bindings) == 2

    def test_has_its_share_again_when_it_answers(self) -> None:
        router = twice(EQUAL_COST, HEARTBEATS)
        self._fall_silent(router, MAG1)
        self._answer(router, MAG1)
        assert router.steps == [[MAG1, MAG2]]

    def test_is_the_primary_again_when_it_answers(self) -> None:
        router = twice(PRIMARY_BACKUP, HEARTBEATS)
        self._fall_silent(router, MAG1)
        self._answer(router, MAG1)
        assert router.ways == [MAG1]

    def test_gets_nothing_back_that_went_to_the_most_recent(self) -> None:
        router = twice(MOST_RECENT, HEARTBEATS)
        self._fall_silent(router, MAG2)
        assert router.ways == [MAG1]
        self._answer(router, MAG2)
        assert router.ways == [MAG1]

    def test_is_used_all_the_same_where_there_is_no_other(self) -> None:
        router = twice(EQUAL_COST, HEARTBEATS)
        self._fall_silent(router, MAG1)
        self._fall_silent(router, MAG2)
        assert router.ways == [MAG1, MAG2]

    def test_is_passed_over_no_longer_when_nobody_watches(self) -> None:
        router = twice(EQUAL_COST, HEARTBEATS)
        self._fall_silent(router, MAG1)
        router.configure(ANCHOR)
        assert router.ways == [MAG1, MAG2]

    @staticmethod
    def _fall_silent(router: Router, mag: IPv6Address) -> None:
        """Let a gateway leave a request unanswered."""
        for _ in range(2):
            router.expire(TimerKind.MAG_HEARTBEAT, str(mag))

    @staticmethod
    def _answer(router: Router, mag: IPv6Address) -> None:
        number = SequenceNumber(router.lma.paths[mag].sequence_number)
        answer = Heartbeat(sequence_number=number, is_response=True, restart_counter=1)
        router.handle(MessageReceived(source=mag, destination=LMA, message=answer))


class TestCommit:
    @pytest.mark.parametrize(
        ("before", "after", "ways"),
        [
            (MOST_RECENT, EQUAL_COST, [MAG1, MAG2]),
            (MOST_RECENT, PRIMARY_BACKUP, [MAG1]),
            (EQUAL_COST, MOST_RECENT, [MAG2]),
            (EQUAL_COST, WIRE_FIRST, [MAG2]),
            (PRIMARY_BACKUP, EQUAL_COST, [MAG1, MAG2]),
            (PRIMARY_BACKUP, WIRE_FIRST, [MAG2]),
        ],
    )
    def test_of_another_policy_takes_effect_at_once(
        self, before: PolicyProfile, after: PolicyProfile, ways: list[IPv6Address]
    ) -> None:
        router = twice(before)
        router.configure(after)
        assert router.steps == [ways]
        router.configure(after)
        assert router.steps == []

    def test_that_gives_a_node_another_profile_takes_effect_at_once(self) -> None:
        router = twice(MOST_RECENT)
        router.configure(replace(EQUAL_COST, name="spread"), node(policy_profile="spread"))
        assert router.ways == [MAG1, MAG2]


class TestRestart:
    @pytest.mark.parametrize("profile", POLICIES, ids=lambda each: each.multihoming_policy.value)
    def test_goes_on_by_the_same_ways_in_one_step(self, profile: PolicyProfile) -> None:
        router = Router(profile)
        stored: list[Effect] = []
        for interface, mag in ((1, MAG1), (2, MAG2)):
            router.attach(interface, mag)
            stored += router.said
        again = Router(profile, start=False)
        for binding in of(PersistBinding, stored):
            again.handle(BindingRestored(binding=binding.binding))
        for assignment in of(PersistAssignment, stored):
            again.handle(AssignmentRestored(assignment=assignment.assignment))
        again.handle(Started())
        assert again.steps == [router.ways] == [again.ways]
