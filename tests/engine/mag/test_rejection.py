"""Mobility Header packets that could not be read."""

from __future__ import annotations

import pytest

from nf.codec.errors import RejectReason
from nf.codec.messages import BindingError
from nf.engine.effects import Effect, SendMessage, SendParameterProblem
from nf.engine.events import MessageRejected
from tests.engine.mag.bench import LMA, MAG, Bench

BINDING_ERROR = SendMessage(source=MAG, destination=LMA, message=BindingError(status=2))
PARAMETER_PROBLEM = SendParameterProblem(source=MAG, destination=LMA, offset=1)


@pytest.mark.rfc("6275 §9.2")
@pytest.mark.parametrize(
    ("reason", "effects"),
    [
        (RejectReason.UNKNOWN_MESSAGE_TYPE, [BINDING_ERROR]),
        (RejectReason.BAD_PAYLOAD_PROTOCOL, [PARAMETER_PROBLEM]),
        (RejectReason.BAD_HEADER_LENGTH, [PARAMETER_PROBLEM]),
        (RejectReason.BAD_CHECKSUM, []),
        (RejectReason.TRUNCATED, []),
    ],
)
def test_each_reason_is_counted_and_told_as_the_rfc_says(
    reason: RejectReason, effects: list[Effect]
) -> None:
    bench = Bench()
    event = MessageRejected(source=LMA, destination=MAG, reason=reason, offset=1, message_type=77)
    assert bench.handle(event) == effects
    assert bench.mag.statistics.rejected == {reason.value: 1}
