"""Making the kernel agree with the ledger, a step at a time.

There may be millions of routes, and what they are for goes on meanwhile. So each of the functions
here is a generator that others may have their turn between two steps of, and that tells after each
what the kernel refused. What is wanted may change between the steps: to install what is there
already, or to remove what is gone, does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import closing
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from nf.drivers.kernel.ledger import KernelObject, Ledger, dump_objects
from nf.drivers.kernel.links import Link
from nf.drivers.kernel.netlink import GONE, KernelError, Netlink
from nf.drivers.kernel.nexthops import Nexthop, NexthopGroup
from nf.drivers.kernel.routes import Place, dump_routes
from nf.drivers.kernel.rules import Rule

#: What the kernel refused in one step after the other.
Steps: TypeAlias = Iterator[Sequence[KernelError]]

Item = TypeVar("Item")

#: Routes that are looked at in one step.
SLICE: Final = 256

_NOTHING: Final[frozenset[int]] = frozenset()


def restore(ledger: Ledger) -> Steps:
    """Install what is wanted and missing, or not as it should be."""
    found = dump_objects(ledger.netlink)
    yield from _install_missing(ledger, found, Link)
    yield from _install_missing(ledger, found, Nexthop)
    yield from _install_missing(ledger, found, NexthopGroup)
    yield from _mend_routes(ledger, is_removing=False)
    yield from _install_missing(ledger, found, Rule)


def reconcile(ledger: Ledger) -> Steps:
    """Restore, and remove what is ours and not wanted: first of all what leads to other things."""
    ledger.doubt()
    found = dump_objects(ledger.netlink)
    yield from _remove_unwanted(ledger, found, Rule)
    yield from _install_missing(ledger, found, Link)
    yield from _install_missing(ledger, found, Nexthop)
    yield from _install_missing(ledger, found, NexthopGroup)
    yield from _mend_routes(ledger, is_removing=True)
    yield from _install_missing(ledger, found, Rule)
    yield from _remove_unwanted(ledger, found, NexthopGroup)
    yield from _remove_unwanted(ledger, found, Nexthop)
    yield from _remove_unwanted(ledger, found, Link)
    ledger.is_doubtful = False


def clean_up(ledger: Ledger) -> Steps:
    """Remove what a former run left and nobody wants, as far as it was looked for."""
    if ledger.is_doubtful:
        yield from reconcile(ledger)
        return
    ledger.objects_left_over.clear()
    found = dump_objects(ledger.netlink)
    yield from _remove_unwanted(ledger, found, Rule)
    while ledger.left_over:
        for _ in range(min(SLICE, len(ledger.left_over))):
            ledger.remove_later(*ledger.left_over.popitem())
        yield ledger.flush()
    yield from _remove_unwanted(ledger, found, NexthopGroup)
    yield from _remove_unwanted(ledger, found, Nexthop)
    yield from _remove_unwanted(ledger, found, Link)


def _install_missing(
    ledger: Ledger, found: dict[tuple[object, ...], KernelObject], kind: type[KernelObject]
) -> Steps:
    for key, wanted in list(ledger.objects.items()):
        if isinstance(wanted, kind) and found.get(key) != wanted:
            yield _refusal(ledger, wanted.install, tolerated=_NOTHING)


def _remove_unwanted(
    ledger: Ledger, found: dict[tuple[object, ...], KernelObject], kind: type[KernelObject]
) -> Steps:
    for key, each in reversed(found.items()):
        if isinstance(each, kind) and not ledger.wants(key):
            yield _refusal(ledger, each.remove, tolerated=GONE)


def _mend_routes(ledger: Ledger, *, is_removing: bool) -> Steps:
    """Compare the kernel's routes with those that are wanted.

    They are read by a socket of their own, since the other one is used between two steps.
    """
    unseen = set(ledger.routes)
    with closing(Netlink()) as reader:
        for found in _slices(dump_routes(reader)):
            refusals: list[KernelError] = []
            for place, way in found:
                unseen.discard(place)
                wanted = ledger.routes.get(place)
                if wanted is None and is_removing:
                    ledger.remove_later(place, way)
                elif wanted != way:
                    refusals += _install_later(ledger, place)
            yield refusals + ledger.flush()
    for missing in _slices(unseen):
        refusals = [refusal for place in missing for refusal in _install_later(ledger, place)]
        yield refusals + ledger.flush()


def _slices(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while part := list(islice(iterator, SLICE)):
        yield part


def _install_later(ledger: Ledger, place: Place) -> Sequence[KernelError]:
    """Have a route with the next flush, if it is still wanted and its device is there."""
    way = ledger.routes.get(place)
    try:
        if way is not None:
            ledger.install_later(place, way)
    except KernelError as refusal:
        return [refusal]
    return []


def _refusal(
    ledger: Ledger, operation: Callable[[Netlink], None], *, tolerated: Set[int]
) -> Sequence[KernelError]:
    try:
        operation(ledger.netlink)
    except KernelError as refusal:
        return [] if refusal.errno in tolerated else [refusal]
    return []
