"""By which tunnels packets of a mobile network come in that several sessions share."""

from __future__ import annotations

from typing import Any, Final

import pytest

from nf.codec.registry import HandoffIndicator
from nf.engine.events import BindingClearRequested
from nf.engine.kernel_effects import ShareSource
from nf.engine.values import BindingId
from tests.engine.lma.bench import MAG1, MAG2, Bench, of

SECOND: Final[dict[str, Any]] = {
    "mag": MAG2,
    "handoff_indicator": HandoffIndicator.ATTACHMENT_OVER_NEW_INTERFACE,
    "mobile_node_link_layer_identifier": b"\x02\0\0\0\0\2",
}


def remotes(effects: list[Any]) -> list[set[str]]:
    """Return the far ends that are named, for each effect."""
    return [{str(each.remote) for each in effect.tunnels} for effect in of(ShareSource, effects)]


@pytest.mark.rfc("draft-wakikawa-netext-pmip6-nemo-support-00 §3.2")
class TestSecondSession:
    def test_lets_packets_come_by_both_gateways(self) -> None:
        bench = Bench()
        assert remotes(bench.send()) == []
        (both,) = remotes(bench.send(**SECOND))
        assert len(both) == 2
        assert str(MAG2) in both

    def test_at_the_same_gateway_is_nothing_new(self) -> None:
        bench = Bench()
        bench.send()
        assert remotes(bench.send(**{**SECOND, "mag": MAG1})) == []

    def test_is_told_of_once(self) -> None:
        bench = Bench()
        bench.send()
        bench.send(**SECOND)
        extended = HandoffIndicator.HANDOFF_STATE_NOT_CHANGED
        assert remotes(bench.send(**{**SECOND, "handoff_indicator": extended})) == []

    @pytest.mark.parametrize("ended", [1, 2])
    def test_leaves_one_way_when_either_ends(self, ended: int) -> None:
        bench = Bench()
        bench.send()
        bench.send(**SECOND)
        effects = bench.handle(BindingClearRequested(binding_id=BindingId(ended)))
        assert remotes(effects) == [set()]

    def test_shares_no_home_network(self) -> None:
        bench = Bench()
        bench.send()
        shared = {each.prefix.prefixlen for each in of(ShareSource, bench.send(**SECOND))}
        assert shared == {56}
