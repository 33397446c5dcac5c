"""Operational state cut to what was asked for, in pieces that hold up nobody.

A source knows one ``config false`` part of the tree. A selection is matched against the sources'
paths before anything is rendered; one entry that is named by its key costs one look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from nf.northbound.json_values import Json, JsonObject
from nf.northbound.paths import ROOT, Step, parse_path

#: How many list entries are rendered at a stretch.
PIECE: Final = 50

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")
#: The keys in a path's step: none, or all of the list's.
Keys: TypeAlias = Mapping[str, str]


class StateSource(Protocol):
    """One part of the operational state."""

    @property
    def path(self) -> tuple[str, ...]:
        """Names of the nodes below the root, down to the container or list that is rendered."""

    @property
    def within(self) -> tuple[str, ...]:
        """Names further down to where the state begins, for state in a configuration list."""

    def render(self, keys: Keys) -> Iterator[Json]:
        """Yield pieces of what stands at ``path``, of the entry with these keys if there are any.

        None is a piece too, an empty one: a place to let others have their turn.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSource:
    """A container or leaf with state, rendered as a whole; absent if its value is None."""

    path: tuple[str, ...]
    value: Callable[[], Json]
    within: tuple[str, ...] = ()

    def render(self, keys: Keys) -> Iterator[Json]:
        """Yield the one piece."""
        yield self.value()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource(Generic[K, R]):
    """A list whose entries are records in a mapping; they may come and go between two pieces."""

    path: tuple[str, ...]
    records: Callable[[], Mapping[K, R]]
    #: Reads an entry's key out of a path; raises ValueError or KeyError where it is none.
    key: Callable[[Keys], K]
    entry: Callable[[K, R], JsonObject]
    within: tuple[str, ...] = ()

    def render(self, keys: Keys) -> Iterator[Json]:
        """Yield the entries that there are, a piece at a time."""
        records = self.records()
        wanted = self._wanted(keys) if keys else tuple(records)
        for start in range(0, len(wanted), PIECE):
            names = wanted[start : start + PIECE]
            rendered: list[Json] = [
                self.entry(name, records[name]) for name in names if name in records
            ]
            if rendered:
                yield rendered

    def _wanted(self, keys: Keys) -> tuple[K, ...]:
        try:
            return (self.key(keys),)
        except (ValueError, KeyError):
            return ()


def fragments(sources: Iterable[StateSource], paths: Sequence[str]) -> Iterator[JsonObject]:
    """Yield the state that ``paths`` select, or all of it, as data from the root down."""
    selections = [parse_path(path) for path in paths] or [(Step(ROOT),)]
    for source in sources:
        for keys in _keys_for(source, selections):
            for piece in source.render(keys):
                yield {} if piece is None else _from_root(source.path, piece)


def _keys_for(source: StateSource, selections: Iterable[tuple[Step, ...]]) -> list[Keys]:
    """Return the entries to render, each by its keys: all of them by no keys, alone."""
    found: list[Keys] = []
    for selection in selections:
        if _is_on_the_way(source, selection):
            depth = len(source.path)
            keys = dict(selection[depth].keys) if len(selection) > depth else {}
            if not keys:
                return [{}]
            found.append(keys)
    return found


def _is_on_the_way(source: StateSource, selection: Sequence[Step]) -> bool:
    names = (ROOT, *source.path, *source.within)
    return all(step.name == name for step, name in zip(selection, names, strict=False))


def _from_root(path: tuple[str, ...], value: Json) -> JsonObject:
    for name in reversed(path):
        value = {name: value}
    return {ROOT: value}
