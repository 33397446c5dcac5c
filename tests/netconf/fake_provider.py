"""A provider that remembers what it was told, and does what a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from netconf_server.provider import (
    Change,
    ChangeSet,
    DataPath,
    InvocationError,
    Json,
    Notification,
    ProviderError,
    StateFragment,
    StateSelection,
)


@dataclass(frozen=True, slots=True)
class Call:
    """One phase of a commit as the provider saw it."""

    phase: Literal["validate", "apply"]
    changes: tuple[Change, ...]


@dataclass(slots=True)
class FakeProvider:
    """Set the fields to steer it; read ``calls``, ``selections`` and ``invocations`` afterwards."""

    #: What validate answers.
    refusals: list[ProviderError] = field(default_factory=list)
    #: What read_state yields, whatever the selection.
    state: list[dict[str, Json]] = field(default_factory=list)
    #: The output of every rpc and action.
    output: dict[str, Json] = field(default_factory=dict)
    #: Why every rpc and action fails, if it does.
    failure: ProviderError | None = None
    #: Called in each phase with the change set, while its views are open.
    observe: Callable[[str, ChangeSet], None] = field(default=lambda _phase, _changes: None)
    calls: list[Call] = field(default_factory=list)
    selections: list[StateSelection] = field(default_factory=list)
    invocations: list[tuple[DataPath, dict[str, Json]]] = field(default_factory=list)
    sinks: list[Callable[[Notification], None]] = field(default_factory=list)

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        self.calls.append(Call("validate", changes.changes))
        self.observe("validate", changes)
        return self.refusals

    def apply(self, changes: ChangeSet) -> None:
        self.calls.append(Call("apply", changes.changes))
        self.observe("apply", changes)

    def read_state(self, selection: StateSelection) -> Iterable[StateFragment]:
        self.selections.append(selection)
        return (StateFragment(data=data) for data in self.state)

    def invoke(self, path: DataPath, data: dict[str, Json]) -> dict[str, Json]:
        self.invocations.append((path, data))
        if self.failure is not None:
            raise InvocationError(self.failure)
        return self.output

    def subscribe(self, sink: Callable[[Notification], None]) -> None:
        self.sinks.append(sink)
