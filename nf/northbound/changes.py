"""From changed data nodes to the configuration objects that they belong to.

An object is what the engine takes as one item: the domain, the data plane, a policy profile, a
mobile node, a role. The cost is that of the objects touched, never that of their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from nf.codec.messages import MobileNodeIdentifier
from nf.engine.configuration import (
    ConfigurationItem,
    DataPlaneConfiguration,
    DomainConfiguration,
    LmaConfiguration,
    LmaRemoved,
    MagConfiguration,
    MagRemoved,
    MobileNode,
    MobileNodeRemoved,
    PolicyProfile,
    PolicyProfileRemoved,
)
from nf.northbound.from_yang import (
    data_plane_from_yang,
    domain_from_yang,
    lma_from_yang,
    mag_from_yang,
    mobile_node_from_yang,
    policy_profile_from_yang,
)
from nf.northbound.json_values import Json, JsonObject, as_object
from nf.northbound.paths import ROOT, Step, node_path, parse_path


class ConfigurationReader(Protocol):
    """One whole configuration, read piece by piece."""

    def read(self, path: str) -> Json | None:
        """Return the value at a container, list entry or leaf with its defaults, None if absent."""

    def keys(self, path: str) -> Iterable[str]:
        """Return the paths of all entries of the list at ``path``."""


ConfigurationObject: TypeAlias = (
    DomainConfiguration
    | DataPlaneConfiguration
    | PolicyProfile
    | MobileNode
    | LmaConfiguration
    | MagConfiguration
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectChange:
    """One object before and after an edit, None where it was not or is not."""

    path: str
    before: ConfigurationObject | None
    after: ConfigurationObject | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """How objects of one kind are read, and what is said when one has gone."""

    read: Callable[[JsonObject], ConfigurationObject]
    removed: Callable[[str], ConfigurationItem]
    is_list: bool = False


#: By the name of the node below the root, in the order in which the engine is told.
_KINDS: Final[dict[str, _Kind]] = {
    "domain": _Kind(domain_from_yang, lambda _: DomainConfiguration()),
    "data-plane": _Kind(data_plane_from_yang, lambda _: DataPlaneConfiguration()),
    "policy-profile": _Kind(
        policy_profile_from_yang, lambda name: PolicyProfileRemoved(name=name), is_list=True
    ),
    "mobile-node": _Kind(
        mobile_node_from_yang,
        lambda key: MobileNodeRemoved(identifier=MobileNodeIdentifier(key)),
        is_list=True,
    ),
    "local-mobility-anchor": _Kind(lma_from_yang, lambda _: LmaRemoved()),
    "mobile-access-gateway": _Kind(mag_from_yang, lambda _: MagRemoved()),
}


def items_from_changes(
    paths: Iterable[str], before: ConfigurationReader, after: ConfigurationReader
) -> tuple[ConfigurationItem, ...]:
    """Return what the engine must be told about an edit of the nodes at ``paths``."""
    return tuple(item_of(change) for change in object_changes(paths, before, after))


def item_of(change: ObjectChange) -> ConfigurationItem:
    """Return an object as it is now, or that it is gone."""
    if change.after is not None:
        return change.after
    step = parse_path(change.path)[1]
    key = step.keys[0][1] if step.keys else ""
    return _KINDS[step.name].removed(key)


def object_changes(
    paths: Iterable[str], before: ConfigurationReader, after: ConfigurationReader
) -> tuple[ObjectChange, ...]:
    """Return every object that an edit of the nodes at ``paths`` touches, each once."""
    touched: dict[str, dict[str, None]] = {name: {} for name in _KINDS}
    for path in paths:
        for step in _object_steps(path, before, after):
            touched[step.name][node_path(step)] = None
    changes = (
        ObjectChange(
            path=path,
            before=_read(before, path, _KINDS[name]),
            after=_read(after, path, _KINDS[name]),
        )
        for name, object_paths in touched.items()
        for path in object_paths
    )
    return tuple(change for change in changes if change.before or change.after)


def _object_steps(
    path: str, before: ConfigurationReader, after: ConfigurationReader
) -> Iterator[Step]:
    steps = parse_path(path)
    if not steps or steps[0].name != ROOT:
        return
    if len(steps) > 1:
        if steps[1].name in _KINDS:
            yield steps[1]
        return
    for name, kind in _KINDS.items():
        if kind.is_list:
            for reader in (before, after):
                yield from (parse_path(entry)[1] for entry in reader.keys(node_path(name)))
        else:
            yield Step(name)


def _read(reader: ConfigurationReader, path: str, kind: _Kind) -> ConfigurationObject | None:
    value = reader.read(path)
    return None if value is None else kind.read(as_object(value))
