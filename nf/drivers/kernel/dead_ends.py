"""Where packets for mobile nodes come to that have no way into a tunnel: nowhere.

The way into a tunnel goes by a device, and the kernel takes it along with that device, be it
deleted by hand or lost. Then the next best route, the default route perhaps, would take the packets
out of here as they are, to somebody who is not meant to see them or who sends them back. So below
every such way there is one more route, to no device and so never lost: worse than ours, better than
all others for the same prefix, and unreachable.

There is one for each aggregate, and one for each prefix that no aggregate covers. Those of the
aggregates are what a routing daemon announces (RFC 5213 §5.6.2): they are there as long as the
pool is, whatever becomes of bindings and devices.
"""

from __future__ import annotations

from ipaddress import IPv6Network

from nf.drivers.kernel.ledger import Ledger
from nf.drivers.kernel.plan import Plan
from nf.drivers.kernel.routes import END_METRIC, Route, RouteKind


class DeadEnds:
    """The unreachable routes below those into tunnels; called after the plan was changed."""

    def __init__(self, ledger: Ledger, plan: Plan) -> None:
        self._ledger = ledger
        self._plan = plan

    def end_route(self, prefix: IPv6Network) -> None:
        """Let a prefix come to nowhere, before there is a way that could be lost."""
        if not self._plan.is_in_aggregate(prefix):
            self._ledger.install(_dead_end(prefix))

    def open_route(self, prefix: IPv6Network) -> None:
        """Leave it to other routes of this system, unless it is an aggregate's too."""
        if prefix not in self._plan.aggregates:
            self._ledger.remove_route_at(_dead_end(prefix).place)

    def end_aggregate(self, prefix: IPv6Network) -> None:
        """Let all of an aggregate come to nowhere."""
        self._ledger.install(_dead_end(prefix))

    def open_aggregate(self, prefix: IPv6Network) -> None:
        """Give each prefix its own dead end, then take the common one."""
        for routed in self._plan.routes_within(prefix):
            self.end_route(routed)
        if prefix not in self._plan.routes or self._plan.is_in_aggregate(prefix):
            self._ledger.remove_route_at(_dead_end(prefix).place)


def _dead_end(prefix: IPv6Network) -> Route:
    return Route(destination=prefix, metric=END_METRIC, kind=RouteKind.UNREACHABLE)
