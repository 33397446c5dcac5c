"""What an engine remembers is bounded by what is configured, whatever comes its way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tests.scenarios.faults import require
from tests.scenarios.host import Host

#: More than any collection needs for the nodes, MAGs and links of a plan: a node has at most 16
#: sessions with two prefixes or three each, and an LMA tells of 256 unknown nodes.
BOUND = 300
_LEAVES = (str, bytes, int, float, type(None))


def check_memory(host: Host) -> None:
    """Check that no collection within the engine is larger than the configuration makes it."""
    for path, size in _collections(host.engine, host.name, set()):
        require(size <= BOUND, path, "has", size, "elements")


def _collections(thing: object, path: str, seen: set[int]) -> Iterator[tuple[str, int]]:
    """Yield every collection that can be reached, with its size."""
    if isinstance(thing, _LEAVES) or id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, dict | set | frozenset | list | tuple | deque):
        yield path, len(thing)
        members = thing.values() if isinstance(thing, dict) else thing
        for member in members:
            yield from _collections(member, f"{path}[]", seen)
        return
    for name in _fields(thing):
        yield from _collections(getattr(thing, name, None), f"{path}.{name}", seen)


def _fields(thing: object) -> list[str]:
    """Return the fields of one of our own objects; others are leaves."""
    kind = type(thing)
    if not kind.__module__.startswith("nf.engine"):
        return []
    slots = (name for base in kind.__mro__ for name in getattr(base, "__slots__", ()))
    return [*slots, *getattr(thing, "__dict__", ())]
