"""Which prefixes may be sources of what comes out of which tunnel: what the plan says of it.

A prefix is admitted out of the tunnel that it is routed into, and out of those that its router uses
besides. So a handover is one step: the new gateway's packets are let in before anybody tells it
that it is registered, those of the old gateway are not from then on.

Where the kernel has no packet filter for IPv6 packets flow unlooked at, and the state says so.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv6Network
from typing import Final

from nf.drivers.kernel.access_counter import UNREGISTERED_ON_LINK
from nf.drivers.kernel.inlets import inlet_of
from nf.drivers.kernel.mending import Steps
from nf.drivers.kernel.netlink import KernelError
from nf.drivers.kernel.plan import Plan
from nf.drivers.kernel.source_filter import (
    UNREGISTERED_SOURCE,
    SourceFilter,
    Wanted,
    remove_source_filter,
)
from nf.engine.configuration import DriverName
from nf.engine.values import Tunnel

log = logging.getLogger(__name__)

_NONE: Final[tuple[Tunnel, ...]] = ()
#: What a kernel without nftables, or without its family ip6, says.
_HAS_NONE: Final = frozenset({errno.EOPNOTSUPP, errno.EPROTONOSUPPORT, errno.EINVAL})


class Admission:
    """Keeps the source filter as the plan wants it; called after the plan was changed."""

    def __init__(self, plan: Plan, report: Callable[[KernelError], None]) -> None:
        self._plan = plan
        self._report = report
        self._filter: SourceFilter | None = None
        self._looked_at: set[Tunnel] = set()
        self._links: set[str] = set()

    def start(self, driver: DriverName) -> None:
        """Have the filter for a way into the tunnel; what a former run let in still comes in."""
        self.stop()
        try:
            self._filter = SourceFilter(inlet_of(driver))
            self._filter.start()
            for link in self._links:
                self._filter.guard(link)
        except OSError as refusal:
            self._give_up(refusal)

    def stop(self) -> None:
        """Leave the kernel as it is."""
        if self._filter is not None:
            self._filter.close()
            self._filter = None
        self._looked_at.clear()

    def is_lost(self) -> bool:
        """Tell whether somebody took the filter away."""
        return self._filter is not None and not self._filter.is_there()

    def route(self, prefix: IPv6Network, before: Tunnel | None, tunnel: Tunnel) -> None:
        """Admit a prefix out of the tunnel that it is routed into now."""
        self._admit(prefix, tunnel)
        if before is not None and before != tunnel:
            self._refuse(prefix, before)

    def unroute(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        """Admit it no longer."""
        self._refuse(prefix, tunnel)

    def share(self, prefix: IPv6Network, before: tuple[Tunnel, ...]) -> None:
        """Admit a prefix out of other tunnels than ``before``, besides the one of its route."""
        for tunnel in self._plan.shared.get(prefix, _NONE):
            self._admit(prefix, tunnel)
        for tunnel in before:
            self._refuse(prefix, tunnel)

    def forget(self, tunnel: Tunnel) -> None:
        """Look at a tunnel no longer: it is gone."""
        if self._filter is not None and tunnel in self._looked_at:
            self._looked_at.discard(tunnel)
            self._filter.overlook(tunnel)

    def guard(self, link: str) -> None:
        """Count what is dropped on an access link."""
        self._links.add(link)
        if self._filter is not None:
            self._filter.guard(link)

    def release(self, link: str) -> None:
        """Count it no longer."""
        self._links.discard(link)
        if self._filter is not None:
            self._filter.release(link)

    def flush(self) -> None:
        """Have it all in the kernel."""
        if self._filter is not None:
            try:
                self._filter.flush()
            except KernelError as refusal:
                self._report(refusal)

    def mend(self, is_removing: bool) -> Steps:
        """Have in the kernel what the plan wants; ``is_removing``: and nothing else."""
        try:
            if self._filter is not None:
                wanted = Wanted(
                    tunnels=list(self._looked_at),
                    sources=list(self._sources()),
                    links=list(self._links),
                )
                for _ in self._filter.mend(wanted, is_removing=is_removing):
                    yield []
            elif is_removing:
                remove_source_filter()
        except KernelError as refusal:
            yield [refusal]

    def drops(self) -> Mapping[str, int] | None:
        """Return how many packets were dropped, by reason; None while nobody looks."""
        if self._filter is None:
            return None
        counts = {UNREGISTERED_SOURCE: self._filter.packets_dropped()}
        on_links = self._filter.packets_dropped_on_links() if self._links else None
        return counts if on_links is None else {**counts, UNREGISTERED_ON_LINK: on_links}

    def _admit(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        if self._filter is None:
            return
        if tunnel not in self._looked_at:
            self._looked_at.add(tunnel)
            self._filter.look_at(tunnel)
        self._filter.admit(prefix, tunnel)

    def _refuse(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        """Admit a prefix no longer out of a tunnel, unless there is another reason to."""
        is_routed = self._plan.routes.get(prefix) == tunnel
        is_shared = tunnel in self._plan.shared.get(prefix, _NONE)
        if self._filter is not None and not is_routed and not is_shared:
            self._filter.refuse(prefix, tunnel)

    def _sources(self) -> Iterator[tuple[IPv6Network, Tunnel]]:
        yield from self._plan.routes.items()
        for prefix, tunnels in self._plan.shared.items():
            for tunnel in tunnels:
                yield prefix, tunnel

    def _give_up(self, refusal: OSError) -> None:
        self.stop()
        if refusal.errno in _HAS_NONE:
            log.warning("this kernel cannot filter IPv6: sources of tunnelled packets go unchecked")
            return
        if not isinstance(refusal, KernelError):
            refusal = KernelError(refusal.errno or 0, "open the packet filter")
        self._report(refusal)
