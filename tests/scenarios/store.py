"""A store that survives its daemon, as dicts; a commit is durable whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Network

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.events import (
    AssignmentRestored,
    AttachmentRestored,
    BindingRestored,
    Event,
    ReplayDetectionRestored,
    RestartCounterRestored,
)
from nf.engine.store_effects import (
    ForgetAssignment,
    ForgetAttachment,
    ForgetBinding,
    PersistAssignment,
    PersistAttachment,
    PersistBinding,
    PersistReplayDetection,
    PersistRestartCounter,
    StoreEffect,
)
from nf.engine.values import BindingId, Role, StoredAssignment, StoredAttachment, StoredBinding
from tests.scenarios.faults import require


class VirtualStore:
    """What one host keeps: bindings and assignments of an LMA, attachments of a MAG, counters."""

    def __init__(self) -> None:
        self.bindings: dict[BindingId, StoredBinding] = {}
        self.assignments: dict[IPv6Network, StoredAssignment] = {}
        self.restart_counters: dict[Role, int] = {}
        self.attachments: dict[MobileNodeIdentifier, StoredAttachment] = {}
        self.replay_detection = 0

    def commit(self, effects: Iterable[StoreEffect]) -> None:
        """Make effects durable; raises BrokenRuleError where one makes no sense."""
        for effect in effects:
            match effect:
                case PersistBinding():
                    self.bindings[effect.binding.binding_id] = effect.binding
                case ForgetBinding():
                    require(effect.binding_id in self.bindings, "not stored:", effect)
                    del self.bindings[effect.binding_id]
                case PersistAssignment():
                    self._put(effect.assignment)
                case ForgetAssignment():
                    require(effect.prefix in self.assignments, "not stored:", effect)
                    del self.assignments[effect.prefix]
                case PersistRestartCounter():
                    self.restart_counters[effect.role] = effect.counter
                case PersistReplayDetection():
                    require(effect.number > self.replay_detection, "goes back:", effect)
                    self.replay_detection = effect.number
                case PersistAttachment():
                    node = effect.attachment.mobile_node_identifier
                    self.attachments[node] = effect.attachment
                case ForgetAttachment():
                    node = effect.mobile_node_identifier
                    require(node in self.attachments, "not stored:", effect)
                    del self.attachments[node]

    def restore(self) -> list[Event]:
        """Return what a daemon that starts is told, assignments before bindings."""
        counters = self.restart_counters.items()
        return [
            *(RestartCounterRestored(role=role, counter=counter) for role, counter in counters),
            *(AssignmentRestored(assignment=each) for each in self.assignments.values()),
            *(BindingRestored(binding=each) for each in self.bindings.values()),
            *(AttachmentRestored(attachment=each) for each in self.attachments.values()),
            ReplayDetectionRestored(number=self.replay_detection),
        ]

    def _put(self, assignment: StoredAssignment) -> None:
        known = self.assignments.get(assignment.prefix)
        is_same = known is None or (
            known.mobile_node_identifier == assignment.mobile_node_identifier
        )
        require(is_same, "another node's:", assignment, known)
        self.assignments[assignment.prefix] = assignment
