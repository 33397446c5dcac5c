"""Whom the engine has to do with: what they send is never crowded out by what others send."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from ipaddress import IPv6Address

from nf.engine.configuration import LmaConfiguration
from nf.engine.engine import Engine

log = logging.getLogger("pmip6")


class Peers:
    """Keeps ``know`` told of the peers of both roles; costs nothing while they stay the same."""

    def __init__(self, engine: Engine, know: Callable[[Collection[IPv6Address]], None]) -> None:
        self._engine = engine
        self._know = know
        self._lma: LmaConfiguration | None = None
        self._of_lma: frozenset[IPv6Address] = frozenset()
        self._of_mag: frozenset[IPv6Address] = frozenset()

    def follow(self) -> None:
        """Tell who the peers are, if they are others than the last time.

        A MAG has LMAs that its nodes are configured with, and those to which it was redirected.
        """
        lma = self._engine.configuration.local_mobility_anchor
        redirected = [tunnel.remote for tunnel in self._engine.mag.gateway.tunnel_users]
        of_mag = frozenset([*self._engine.configuration.named_anchors, *redirected])
        if lma is self._lma and of_mag == self._of_mag:
            return
        self._of_lma = _peers_of(lma) if lma is not self._lma else self._of_lma
        self._lma, self._of_mag = lma, of_mag
        try:
            self._know(self._of_lma | of_mag)
        except OSError as fault:
            log.error("peers cannot be told from others: %s", fault)


def _peers_of(lma: LmaConfiguration | None) -> frozenset[IPv6Address]:
    """Return the MAGs of an LMA, and the other anchors to which it sends registrations."""
    if lma is None:
        return frozenset()
    mags = (each.proxy_care_of_address for each in lma.mobile_access_gateways)
    anchors = lma.redirect.anchors if lma.redirect is not None else ()
    return frozenset([*mags, *(each.address for each in anchors)])
