"""A store that survives its daemon, as dicts; a commit is durable whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Network

from nf.engine.effects import (
    ForgetAssignment,
    ForgetBinding,
    PersistAssignment,
    PersistBinding,
    PersistRestartCounter,
    StoreEffect,
)
from nf.engine.events import AssignmentRestored, BindingRestored, Event, RestartCounterRestored
from nf.engine.values import BindingId, Role, StoredAssignment, StoredBinding
from tests.scenarios.faults import require


class VirtualStore:
    """The bindings, assignments and restart counters of one host."""

    def __init__(self) -> None:
        self.bindings: dict[BindingId, StoredBinding] = {}
        self.assignments: dict[IPv6Network, StoredAssignment] = {}
        self.restart_counters: dict[Role, int] = {}

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

    def restore(self) -> list[Event]:
        """Return what a daemon that starts is told, assignments before bindings."""
        counters = self.restart_counters.items()
        return [
            *(RestartCounterRestored(role=role, counter=counter) for role, counter in counters),
            *(AssignmentRestored(assignment=each) for each in self.assignments.values()),
            *(BindingRestored(binding=each) for each in self.bindings.values()),
        ]

    def _put(self, assignment: StoredAssignment) -> None:
        known = self.assignments.get(assignment.prefix)
        is_same = known is None or (
            known.mobile_node_identifier == assignment.mobile_node_identifier
        )
        require(is_same, "another node's:", assignment, known)
        self.assignments[assignment.prefix] = assignment
