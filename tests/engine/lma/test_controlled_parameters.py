"""An LMA tells MAGs what to go by in its acceptances (RFC 8127 §5.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nf.codec.messages import (
    BindingReregistrationControl,
    HeartbeatControl,
    LmaControlledParameters,
)
from tests.engine.lma.bench import CONFIGURATION, ROUTER, Bench, answer_in, node

PARAMETERS = LmaControlledParameters(
    reregistration=BindingReregistrationControl(
        reregistration_start_s=40, initial_retransmission_s=1, maximum_retransmission_s=32
    ),
    heartbeat=HeartbeatControl(interval_s=60, retransmission_delay_s=5, maximum_retransmissions=3),
)
CONTROLLING = replace(CONFIGURATION, lma_controlled_parameters=PARAMETERS)

pytestmark = pytest.mark.rfc("8127 §5.1")


def test_each_registration_and_renewal_is_told() -> None:
    bench = Bench(CONTROLLING, ROUTER, node())
    assert answer_in(bench.send()).lma_controlled_parameters == PARAMETERS
    assert answer_in(bench.send(handoff_indicator=5)).lma_controlled_parameters == PARAMETERS


def test_the_end_of_a_session_is_not() -> None:
    bench = Bench(CONTROLLING, ROUTER, node())
    bench.send()
    assert answer_in(bench.send(lifetime_s=0)).lma_controlled_parameters is None


def test_a_refusal_is_not() -> None:
    bench = Bench(CONTROLLING, ROUTER, node())
    answer = answer_in(bench.send(handoff_indicator=None))
    assert (answer.status >= 128, answer.lma_controlled_parameters) == (True, None)


def test_a_commit_holds_from_the_next_answer_on() -> None:
    bench = Bench(CONFIGURATION, ROUTER, node())
    assert answer_in(bench.send()).lma_controlled_parameters is None
    bench.configure(CONTROLLING)
    assert answer_in(bench.send(handoff_indicator=5)).lma_controlled_parameters == PARAMETERS
