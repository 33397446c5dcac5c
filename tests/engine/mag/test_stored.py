"""What a MAG has in its store of its nodes, before anything is said of it."""

from __future__ import annotations

import pytest

from nf.codec.dhcpv6_messages import DhcpMessageType
from nf.codec.registry import Status
from nf.engine.effects import (
    SendDhcpMessage,
)
from nf.engine.store_effects import PersistAttachment
from tests.engine.mag.bench import (
    ADDRESS,
    HNP,
    MAC,
    MNP,
    NODE,
    SERVER,
    TUNNEL,
    Bench,
    ia_pd,
    message,
    of,
    registered,
)
from tests.engine.mag.restarting import HOLDING, leased, stored
from tests.engine.mag.test_revocation import revoked


class TestStore:
    def test_knows_of_a_node_before_anything_is_said_of_it(self) -> None:
        bench = Bench()
        bench.seen()
        (kept,) = bench.kept
        assert isinstance(kept, PersistAttachment)
        assert (kept.attachment.link, kept.attachment.link_layer_address) == ("access0", MAC)
        assert kept.attachment.registration is None
        assert kept.attachment.lease is None

    def test_knows_of_a_registration_with_its_acceptance(self) -> None:
        attachment = stored(registered())[NODE]
        assert attachment.registration is not None
        assert attachment.registration.tunnel == TUNNEL
        assert attachment.registration.home_network_prefixes == (HNP,)
        assert attachment.registration.mobile_network_prefixes == (MNP,)

    def test_knows_of_a_lease_with_its_reply(self) -> None:
        bench = registered()
        bench.kept.clear()
        effects = bench.dhcp(message(DhcpMessageType.REQUEST, ia_pd(MNP), server=SERVER))
        assert len(of(SendDhcpMessage, effects)) == len(bench.kept) == 1
        lease = stored(bench)[NODE].lease
        assert lease is not None
        assert (lease.prefixes, lease.client_address) == ((MNP,), ADDRESS)

    def test_is_told_nothing_where_nothing_but_time_has_passed(self) -> None:
        bench = leased()
        bench.kept.clear()
        for _ in range(3):
            bench.seen()
            bench.renew(after_ms=200_000)
            bench.accepted()
        assert bench.kept == []

    def test_knows_of_a_hold(self) -> None:
        bench = registered(HOLDING)
        bench.lost()
        assert stored(bench)[NODE].held_until_utc_us == bench.instant().utc_us + 5_000_000
        bench.seen()
        assert stored(bench)[NODE].held_until_utc_us is None

    def test_keeps_a_node_that_has_left_until_its_lma_knows(self) -> None:
        bench = registered()
        bench.lost()
        assert stored(bench)[NODE].held_until_utc_us == 0
        bench.receive(bench.answer())
        assert stored(bench) == {}

    def test_has_no_node_that_its_lma_has_refused_for_good(self) -> None:
        bench = Bench()
        bench.seen()
        bench.refused(Status.PROXY_REG_NOT_ENABLED)
        assert NODE in bench.mag.gateway.denied
        assert stored(bench) == {}

    @pytest.mark.rfc("5846 §9.1")
    def test_has_no_node_whose_binding_is_revoked(self) -> None:
        assert stored(revoked()) == {}
