"""Operational state is cut to what was asked for, and comes in small pieces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nf.engine.lma.records import BindingCacheEntry
from nf.engine.values import BindingId
from nf.northbound.fragments import PIECE
from tests.northbound.reading import CACHE, ROOT, cache_entries, pieces, state
from tests.northbound.records import (
    BINDING,
    BUS_7,
    LMA,
    MNP,
    add_bindings,
    busy_engine,
    engine_with,
)


class TestSelection:
    def test_one_binding_by_its_key_costs_one_look_up(self) -> None:
        looked_up: list[object] = []

        class Watched(dict[BindingId, BindingCacheEntry]):
            def __getitem__(self, key: BindingId) -> BindingCacheEntry:
                looked_up.append(key)
                return super().__getitem__(key)

            def __iter__(self) -> Iterator[BindingId]:
                raise AssertionError("somebody walks the binding cache")

        engine = busy_engine()
        add_bindings(engine, 100)
        engine.lma.bindings = Watched(engine.lma.bindings)
        (only,) = pieces(engine, f"{CACHE}[binding-id='42']/state")
        (entry,) = cache_entries(only)
        assert entry["binding-id"] == "42"
        assert looked_up == [BindingId(42)]

    @pytest.mark.parametrize("key", ["2", "none", "-1", ""])
    def test_entry_that_is_not_there_is_nothing(self, key: str) -> None:
        assert list(pieces(busy_engine(), f"{CACHE}[binding-id='{key}']")) == []

    def test_two_entries_by_their_keys(self) -> None:
        engine = engine_with(LMA)
        add_bindings(engine, 9)
        found = state(engine, f"{CACHE}[binding-id='3']", f"{CACHE}[binding-id='5']")
        entries = found["local-mobility-anchor"]["binding-cache"]["entry"]
        assert [entry["binding-id"] for entry in entries] == ["3", "5"]

    @pytest.mark.parametrize(
        "path",
        [
            f"{ROOT}/local-mobility-anchor/prefix-assignment[prefix='{MNP}']",
            f"{ROOT}/local-mobility-anchor/home-network-prefix-pool[name='home']/usage/used",
            f"{ROOT}/local-mobility-anchor/statistics/peer"
            "[proxy-care-of-address='2001:db8:ffff::11']",
            f"{ROOT}/mobile-access-gateway/binding-update-list/entry"
            f"[mobile-node-identifier='{BUS_7}']",
            f"{ROOT}/mobile-access-gateway/attached-node[mobile-node-identifier='{BUS_7}']/link",
            f"{ROOT}/data-plane/tunnel[local='2001:db8:ffff::1'][remote='2001:db8:ffff::11']",
            f"{ROOT}/data-plane/driver-in-use",
            f"{ROOT}/mobile-access-gateway/statistics/pbu-sent",
        ],
    )
    def test_each_part_can_be_had_by_its_path(self, path: str) -> None:
        assert len([piece for piece in pieces(busy_engine(), path) if piece]) >= 1

    @pytest.mark.parametrize(
        "path",
        [
            f"{ROOT}/domain",
            f"{ROOT}/policy-profile[name='buses']",
            f"{ROOT}/local-mobility-anchor/address",
            f"{ROOT}/local-mobility-anchor/home-network-prefix-pool[name='home']/prefix",
            f"{ROOT}/data-plane/mtu",
            "/ietf-system:system-state",
        ],
    )
    def test_configuration_and_other_modules_cost_nothing(self, path: str) -> None:
        assert list(pieces(busy_engine(), path)) == []

    def test_overlapping_selections_render_once(self) -> None:
        found = state(busy_engine(), f"{CACHE}[binding-id='1']", f"{ROOT}/local-mobility-anchor")
        assert len(found["local-mobility-anchor"]["binding-cache"]["entry"]) == 1

    def test_no_path_and_the_root_are_both_everything(self) -> None:
        assert state(busy_engine()) == state(busy_engine(), ROOT)


class TestPieces:
    def test_long_list_comes_in_small_pieces(self) -> None:
        engine = engine_with(LMA)
        add_bindings(engine, 2 * PIECE + 1)
        sizes = [len(cache_entries(piece)) for piece in pieces(engine, CACHE)]
        assert sizes == [PIECE, PIECE, 1]

    def test_entries_may_come_and_go_between_two_pieces(self) -> None:
        engine = engine_with(LMA)
        add_bindings(engine, 2 * PIECE)
        running = pieces(engine, CACHE)
        next(running)
        del engine.lma.bindings[BindingId(2 * PIECE)]
        engine.lma.bindings[BindingId(999)] = BINDING
        (rest,) = running
        entries = cache_entries(rest)
        assert len(entries) == PIECE - 1
