"""A clock of the LMA that was ahead and is set right: what it accepted then bars nothing later.

RFC 5213 §5.5 compares with "all previously accepted" timestamps and says nothing of an LMA whose
own clock was wrong when it accepted them.
"""

from __future__ import annotations

import pytest

from nf.codec.registry import Status
from nf.codec.timestamp import timestamp_from_utc_us
from nf.engine.configuration import DomainConfiguration
from nf.engine.events import BindingClearRequested
from nf.engine.kernel_effects import InstallRoute
from nf.engine.values import BindingId, Instant
from tests.engine.lma.bench import CONFIGURATION, MAG1, MAG2, NODE, ROUTER, Bench, node, of

MS = 1_000
HOUR = 3_600_000 * MS


class Clock(Bench):
    """An LMA whose time of day is set while its own count of milliseconds goes on."""

    offset_us = 0

    @property
    def now(self) -> Instant:
        now = super().now
        return Instant(now.at_ms, now.utc_us + self.offset_us)


@pytest.mark.rfc("5213 §5.5")
class TestClockSetBack:
    def test_by_an_hour_lets_the_session_be_renewed_at_once(self) -> None:
        bench = Clock()
        assert bench.status() == 0
        bench.offset_us = -HOUR
        assert bench.status() == 0

    def test_begins_a_new_order_in_which_lower_is_lower_again(self) -> None:
        bench = Clock()
        bench.send()
        bench.offset_us = -HOUR
        bench.send()
        earlier = timestamp_from_utc_us(bench.now.utc_us - 100 * MS)
        assert bench.status(timestamp=earlier) == Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED

    def test_takes_nothing_from_before_it(self) -> None:
        bench = Clock()
        bench.send()
        of_before = timestamp_from_utc_us(bench.now.utc_us + 1)
        bench.offset_us = -HOUR
        assert bench.status(timestamp=of_before) == Status.TIMESTAMP_MISMATCH

    def test_by_less_than_the_window_keeps_the_order(self) -> None:
        bench = Clock()
        bench.send()
        last = bench.lma.anchor.last_timestamps[NODE]
        bench.offset_us = -200 * MS
        assert bench.status() == Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED
        assert bench.lma.anchor.last_timestamps[NODE] == last

    def test_is_no_matter_where_mobile_nodes_generate_timestamps(self) -> None:
        domain = DomainConfiguration(mobile_node_generated_timestamp_in_use=True)
        bench = Clock(domain, CONFIGURATION, ROUTER, node())
        bench.send()
        bench.offset_us = -HOUR
        assert bench.status() == Status.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED


class TestSharedMobileNetwork:
    def test_goes_to_the_session_accepted_last_even_if_the_clock_was_set_back_between(self) -> None:
        bench = Clock()
        for offset_us, mag, interface in ((0, MAG1, 1), (-HOUR, MAG2, 2), (-HOUR, MAG1, 3)):
            bench.offset_us = offset_us
            link_layer = bytes((2, 0, 0, 0, 0, interface))
            bench.send(mag, mobile_node_link_layer_identifier=link_layer, handoff_indicator=1)
        (shared,) = bench.lma.bindings[BindingId(3)].mobile_network_prefixes
        effects = bench.handle(BindingClearRequested(binding_id=BindingId(3)))
        routes = [each for each in of(InstallRoute, effects) if each.prefix == shared]
        assert [each.tunnel.remote for each in routes] == [MAG2]
