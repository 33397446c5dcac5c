"""What one commit did, as a value: it can be stored, done again on another tree, and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netconf_server.datastores.journal import Journal, Touched
from netconf_server.provider import DataPath
from netconf_server.schema.data import DataFormat, DataNode
from netconf_server.schema.tree import DataTree
from netconf_server.validation.regions import Region


@dataclass(frozen=True, slots=True)
class Step:
    """What is at a path afterwards: nothing, or this, as last of its kind."""

    path: DataPath
    xml: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedChange:
    """The steps from the old running to the new one, and back.

    A subtree that came, went or changed is one pair of steps. A user-ordered list in which the
    order of what stayed may be another one is written out as a whole.
    """

    redo: tuple[Step, ...]
    undo: tuple[Step, ...]

    @property
    def inverse(self) -> CommittedChange:
        """The change that takes this one back."""
        return CommittedChange(redo=self.undo, undo=self.redo)

    def apply(self, journal: Journal) -> None:
        """Make the change on a tree; raises LibraryError if it does not fit the schema."""
        for step in self.redo:
            existing = journal.tree.find(step.path)
            if existing is not None:
                journal.remove(existing)
            if step.xml is not None:
                journal.graft(step.path, step.xml.encode())

    def to_json(self) -> bytes:
        """Write the change as one line of JSON."""
        sides = {"redo": _pairs(self.redo), "undo": _pairs(self.undo)}
        return json.dumps(sides, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, line: bytes) -> CommittedChange:
        """Read what ``to_json`` wrote; raises ValueError, KeyError or TypeError."""
        sides = json.loads(line)
        return cls(
            redo=tuple(Step(path, xml) for path, xml in sides["redo"]),
            undo=tuple(Step(path, xml) for path, xml in sides["undo"]),
        )


def _pairs(steps: tuple[Step, ...]) -> list[tuple[DataPath, str | None]]:
    return [(step.path, step.xml) for step in steps]


def committed_change(before: DataTree, after: DataTree, touched: Touched) -> CommittedChange:
    """Compare two trees where they were touched; what is equal is left out."""
    if touched.is_everything:
        top = dict.fromkeys(node.path for tree in (before, after) for node in tree.children)
        return _change((_at(before, path), _at(after, path)) for path in top)
    return _change(
        (_all_at(before, path), _all_at(after, path))
        if path in touched.reordered
        else (_at(before, path), _at(after, path))
        for path in touched.places
    )


def committed_in(regions: Iterable[Region]) -> CommittedChange:
    """Write out what was and what is at each place of a change."""
    return _change(
        (_steps_at(region, region.before), _steps_at(region, region.after)) for region in regions
    )


def _change(sides: Iterable[tuple[list[Step], list[Step]]]) -> CommittedChange:
    redo: list[Step] = []
    undo: list[Step] = []
    for old, new in sides:
        if old != new:
            redo += _steps_between(old, new)
            undo += _steps_between(new, old)
    return CommittedChange(redo=tuple(redo), undo=tuple(undo))


def _at(tree: DataTree, path: DataPath) -> list[Step]:
    node = tree.find(path)
    return [] if node is None else _steps([node])


def _all_at(tree: DataTree, path: DataPath) -> list[Step]:
    return _steps(tree.select(path))


def _steps_at(region: Region, nodes: Sequence[DataNode]) -> list[Step]:
    """Write out one side of a region, the path of which need not be asked for again."""
    if region.is_list:
        return _steps(nodes)
    return [step for node in nodes for step in _step(region.path, node)]


def _steps(nodes: Iterable[DataNode]) -> list[Step]:
    return [step for node in nodes for step in _step(node.path, node)]


def _step(path: DataPath, node: DataNode) -> list[Step]:
    """Write out what a client set; what it did not set is not there."""
    xml = node.print(DataFormat.XML)
    return [Step(path, xml.decode())] if xml else []


def _steps_between(old: Sequence[Step], new: Sequence[Step]) -> list[Step]:
    kept = {step.path for step in new}
    return [*(Step(step.path, None) for step in old if step.path not in kept), *new]
