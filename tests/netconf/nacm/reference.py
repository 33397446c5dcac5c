"""RFC 8341 §3.4.5 step by step and without any cleverness, to hold the compiled rules against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import NodeKind

#: What each sensitive node of the module ``vault`` denies, and all that is in it (steps 9, 10).
_SENSITIVE = {"alarm": {"read", "write"}, "walls": {"write"}, "nacm": {"read", "write"}}


@dataclass(frozen=True)
class Step:
    """One step of a path: a node's module and name, and the keys that are asked for or there."""

    module: str
    name: str
    keys: tuple[tuple[str, str], ...] = ()

    def is_match(self, other: Step) -> bool:
        """Tell whether another step is what this step asks for."""
        is_named = (self.module, self.name) == (other.module, other.name)
        return is_named and set(self.keys) <= set(other.keys)


@dataclass(frozen=True)
class NaiveRule:
    """A rule that may match data; ``path`` None for one without a rule type."""

    action: str
    accesses: frozenset[str]
    module: str = "*"
    path: tuple[Step, ...] | None = None

    def is_match(self, access: str, steps: Sequence[Step]) -> bool:
        """Tell whether a node with these steps is what the rule is about (step 6)."""
        if self.module not in ("*", steps[-1].module) or access not in self.accesses:
            return False
        if self.path is None:
            return True
        if len(self.path) > len(steps):
            return False
        return all(mine.is_match(its) for mine, its in zip(self.path, steps, strict=False))


def is_permitted(
    rules: Sequence[NaiveRule], defaults: Mapping[str, bool], access: str, steps: Sequence[Step]
) -> bool:
    """Decide about one data node by itself."""
    for rule in rules:
        if rule.is_match(access, steps):
            return rule.action == "permit"
    kind = access if access in ("read", "exec") else "write"
    if any(kind in _SENSITIVE.get(step.name, ()) for step in steps):
        return False
    return defaults[kind]


def is_visible(rules: Sequence[NaiveRule], defaults: Mapping[str, bool], node: DataNode) -> bool:
    """Tell whether a node is shown: with all that is around it, and entries with their keys."""
    current: DataNode | None = node
    while current is not None:
        deciding = [current, *(child for child in current.children if child.schema.is_key)]
        if not all(is_permitted(rules, defaults, "read", steps_of(each)) for each in deciding):
            return False
        current = current.parent
    return True


def may_write_all(
    rules: Sequence[NaiveRule], defaults: Mapping[str, bool], access: str, node: DataNode
) -> bool:
    """Tell whether a node may be created or deleted with all that was set in it."""
    schema = node.schema
    is_mere_container = schema.kind is NodeKind.CONTAINER and not schema.is_presence
    if not is_mere_container and not is_permitted(rules, defaults, access, steps_of(node)):
        return False
    return all(
        may_write_all(rules, defaults, access, child)
        for child in node.children
        if not child.is_default
    )


def steps_of(node: DataNode) -> tuple[Step, ...]:
    """Return the steps from the root to a node."""
    around = node.parent
    schema = node.schema
    keys = [(child.schema.name, child.value) for child in node.children if child.schema.is_key]
    if schema.kind is NodeKind.LEAF_LIST:
        keys = [(".", node.value)]
    mine = Step(schema.module, schema.name, tuple(keys))
    return (*steps_of(around), mine) if around is not None else (mine,)


def everything(nodes: Iterator[DataNode]) -> Iterator[DataNode]:
    """Yield nodes and all that is in them."""
    for node in nodes:
        yield node
        yield from everything(node.children)
