"""Registrations that are with another anchor when the configuration of their node changes."""

from __future__ import annotations

import pytest

from nf.codec.messages import ProxyBindingUpdate
from nf.engine.configuration import MobileNodeRemoved
from nf.engine.effects import SendMessage, StopTimer
from nf.engine.values import Timer, TimerKind
from tests.engine.lma.bench import NODE, node, of
from tests.engine.lma.test_redirection import FIRST, answer_to, receive, register, sending


@pytest.mark.rfc("6463 §5.3.2")
def test_registration_of_a_node_that_is_removed_is_asked_for_no_more_and_undone() -> None:
    bench = sending()
    register(bench)
    effects = bench.configure(MobileNodeRemoved(identifier=NODE))
    timer = Timer(kind=TimerKind.REDIRECT_RETRANSMIT, key=NODE)
    assert StopTimer(timer=timer) in effects
    (sent,) = of(SendMessage, effects)
    assert isinstance(sent.message, ProxyBindingUpdate)
    assert (sent.destination, sent.message.lifetime_s) == (FIRST, 0)


def test_answer_for_a_node_that_was_disabled_meanwhile_leaves_nothing() -> None:
    bench = sending()
    (sent,) = of(SendMessage, register(bench))
    assert isinstance(sent.message, ProxyBindingUpdate)
    bench.configure(node(enabled=False))
    assert receive(bench, answer_to(sent.message)) == []
    assert bench.lma.anchor.redirections == {}
    assert bench.lma.anchor.last_timestamps == {}
