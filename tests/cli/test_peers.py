"""Whom the mobility sockets are told to hear above all others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from ipaddress import IPv6Address

import pytest

from nf.cli.peers import Peers
from nf.engine.configuration import (
    ConfigurationItem,
    MobileNode,
    RedirectAnchor,
    RedirectConfiguration,
)
from nf.engine.engine import Engine
from nf.engine.values import Tunnel
from tests.engine.lma.bench import CONFIGURATION, LMA, MAG1, MAG2, NODE, OTHER, node

ANCHOR = IPv6Address("2001:db8:f::2")


class Told:
    """Peers of an engine, and what was told of them."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.lists: list[set[IPv6Address]] = []
        self.peers = Peers(self.engine, self._take)

    def configure(self, *items: ConfigurationItem) -> None:
        for item in items:
            self.engine.configuration.take(item)
        self.peers.follow()

    def _take(self, peers: Collection[IPv6Address]) -> None:
        self.lists.append(set(peers))


def test_of_an_lma_are_its_mags_and_other_anchors() -> None:
    told = Told()
    told.configure(CONFIGURATION)
    anchors = RedirectConfiguration(anchors=(RedirectAnchor(address=ANCHOR),))
    told.configure(replace(CONFIGURATION, redirect=anchors))
    assert told.lists == [{MAG1, MAG2}, {MAG1, MAG2, ANCHOR}]


def test_of_a_mag_are_the_anchors_of_its_nodes_and_where_they_were_redirected() -> None:
    told = Told()
    told.configure(node(local_mobility_anchor=LMA), node(OTHER, local_mobility_anchor=ANCHOR))
    redirected = Tunnel(local=MAG1, remote=MAG2)
    told.engine.mag.gateway.tunnel_users[redirected] = {NODE}
    told.peers.follow()
    assert told.lists == [{LMA, ANCHOR}, {LMA, ANCHOR, MAG2}]


def test_that_stay_the_same_are_not_told_again() -> None:
    told = Told()
    told.configure(CONFIGURATION)
    told.configure(MobileNode(identifier=OTHER, policy_profile="router"))
    assert told.lists == [{MAG1, MAG2}]


def test_that_cannot_be_told_from_others_end_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(peers: Collection[IPv6Address]) -> None:
        raise OSError("no room for a filter")

    engine = Engine()
    engine.configuration.take(CONFIGURATION)
    Peers(engine, refuse).follow()
    assert caplog.messages == ["peers cannot be told from others: no room for a filter"]
