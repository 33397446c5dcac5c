"""What we want in the kernel, and making the kernel agree.

Everything that is installed is remembered, so that reconciling can tell what a former run left
behind and what somebody took away. What does not carry our number is never looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Final, Protocol

from nf.drivers.kernel.links import Link, dump_links
from nf.drivers.kernel.netlink import GONE, KernelError, Later, Netlink
from nf.drivers.kernel.nexthops import Nexthop, dump_nexthops
from nf.drivers.kernel.routes import Route, dump_routes
from nf.drivers.kernel.rules import Rule, dump_rules


class KernelObject(Protocol):
    """A link, nexthop object, route or rule of ours."""

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tells it from others; its first element is its class."""

    def install(self, netlink: Netlink) -> None:
        """Have it in the kernel; no harm if it is there."""

    def remove(self, netlink: Netlink) -> None:
        """Take it out of the kernel."""


#: The classes in the order in which one rests upon the other.
_LAYERS: Final = (Link, Nexthop, Route, Rule)
_DUMPS: Final[tuple[Callable[[Netlink], Iterable[KernelObject]], ...]] = (
    dump_links,
    dump_nexthops,
    dump_routes,
    dump_rules,
)
_NOTHING: Final[frozenset[int]] = frozenset()


class Ledger:
    """The objects that are wanted, by key."""

    def __init__(self, netlink: Netlink) -> None:
        self.netlink = netlink
        #: Whether routes may change later, together, and what is refused of them be told then.
        self.is_deferring = False
        self._later = Later(netlink)
        self._later_or_gone = Later(netlink, GONE)
        self._wanted: dict[tuple[object, ...], KernelObject] = {}

    def install(self, *objects: KernelObject) -> None:
        """Want objects and install them; they stay wanted if the kernel refuses one now."""
        for wanted in objects:
            self._wanted[wanted.key] = wanted
        for wanted in objects:
            if self.is_deferring and isinstance(wanted, Route):
                wanted.install(self._later)
            else:
                wanted.install(self.netlink)

    def remove(self, key: tuple[object, ...]) -> None:
        """Want an object no longer and remove it."""
        unwanted = self._wanted.pop(key, None)
        if self.is_deferring and isinstance(unwanted, Route):
            unwanted.remove(self._later_or_gone)
        elif unwanted is not None:
            self._remove(unwanted)

    def wants(self, key: tuple[object, ...]) -> bool:
        """Tell whether an object of this key is wanted."""
        return key in self._wanted

    def forget(self) -> None:
        """Want nothing; what is in the kernel stays until the next reconciliation."""
        self._wanted.clear()

    def restore(self) -> list[KernelError]:
        """Install what is wanted and missing, or not as it should be; return what was refused."""
        return self._restore(self._found())

    def reconcile(self) -> list[KernelError]:
        """Remove what is ours and not wanted, then restore; return what was refused."""
        found = list(self._found())
        unwanted = [each for each in found if each.key not in self._wanted]
        if not unwanted:
            return self._restore(found)
        refusals: list[KernelError] = []
        for each in reversed(unwanted):
            refusals += self._refusal(each.remove, tolerated=GONE)
        return refusals + self.restore()

    def _restore(self, found: Iterable[KernelObject]) -> list[KernelError]:
        """Install what is wanted and not among what was found."""
        by_key = {each.key: each for each in found}
        missing = [each for key, each in self._wanted.items() if by_key.get(key) != each]
        refusals: list[KernelError] = []
        for layer in _LAYERS:
            for each in missing:
                if isinstance(each, layer):
                    refusals += self._refusal(each.install, tolerated=_NOTHING)
        return refusals

    def _found(self) -> Iterator[KernelObject]:
        for dump in _DUMPS:
            yield from dump(self.netlink)

    def _remove(self, unwanted: KernelObject) -> None:
        """Remove an object; what rested upon another may have gone with it, and is no fault."""
        for refusal in self._refusal(unwanted.remove, tolerated=GONE):
            raise refusal

    def _refusal(
        self, operation: Callable[[Netlink], None], *, tolerated: Set[int]
    ) -> list[KernelError]:
        try:
            operation(self.netlink)
        except KernelError as refusal:
            return [] if refusal.errno in tolerated else [refusal]
        return []
