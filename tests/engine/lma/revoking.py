"""What tests of revocation share: a session, its revocation, the MAG's answer."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address

from nf.codec.messages import (
    BindingRevocationAcknowledgement,
    BindingRevocationIndication,
    SequenceNumber,
)
from nf.codec.registry import RevocationStatus
from nf.engine.effects import Effect, SendMessage
from nf.engine.events import BindingRevocationRequested, MessageReceived
from nf.engine.lma.records import BindingState
from nf.engine.values import BindingId
from tests.engine.lma.bench import LMA, MAG1, Bench


def bound(lma: Bench | None = None) -> Bench:
    """Return an LMA with a session at MAG1."""
    bench = lma or Bench()
    bench.send(MAG1)
    return bench


def revoke(bench: Bench, binding: int = 1, trigger: int = 1) -> list[Effect]:
    """Let an operator revoke a session."""
    event = BindingRevocationRequested(binding_id=BindingId(binding), trigger=trigger)
    return bench.handle(event)


def indications(effects: Iterable[Effect]) -> list[BindingRevocationIndication]:
    """Return what MAGs are told of revocations."""
    messages = [each.message for each in effects if isinstance(each, SendMessage)]
    return [each for each in messages if isinstance(each, BindingRevocationIndication)]


def answer(
    bench: Bench, number: int, status: int = RevocationStatus.SUCCESS, mag: IPv6Address = MAG1
) -> list[Effect]:
    """Let a MAG acknowledge a revocation."""
    sequence_number = SequenceNumber(number)
    message = BindingRevocationAcknowledgement(status=status, sequence_number=sequence_number)
    return bench.handle(MessageReceived(source=mag, destination=LMA, message=message))


def states(bench: Bench) -> list[BindingState]:
    """Return the states of all sessions."""
    return [entry.state for entry in bench.lma.bindings.values()]
