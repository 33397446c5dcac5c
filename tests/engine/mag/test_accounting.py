"""The socket for accounting messages is open while role and configuration want it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

from nf.engine.access_configuration import RadiusAccounting
from nf.engine.configuration import MagRemoved
from nf.engine.effects import CloseAccounting, Effect, OpenAccounting
from tests.engine.mag.bench import ROLE, Bench, of

ACCOUNTING = RadiusAccounting(address=IPv6Address("2001:db8::11"))
ACCOUNTED = replace(ROLE, radius_accounting=ACCOUNTING)


def changes(effects: list[Effect]) -> list[Effect]:
    return [each for each in effects if isinstance(each, OpenAccounting | CloseAccounting)]


def test_is_opened_with_the_role() -> None:
    bench = Bench(start=False)
    assert changes(bench.configure(ACCOUNTED)) == [OpenAccounting(accounting=ACCOUNTING)]


def test_stays_as_it_is_where_something_else_changes() -> None:
    bench = Bench(ACCOUNTED)
    assert changes(bench.configure(replace(ACCOUNTED, detach_hold_ms=1))) == []


def test_is_opened_anew_where_it_changes() -> None:
    bench = Bench(ACCOUNTED)
    other = replace(ACCOUNTING, port=1646)
    effects = bench.configure(replace(ROLE, radius_accounting=other))
    assert of(OpenAccounting, effects) == [OpenAccounting(accounting=other)]


def test_is_closed_where_it_is_not_wanted_any_more() -> None:
    for item in (ROLE, replace(ACCOUNTED, enabled=False), MagRemoved()):
        bench = Bench(ACCOUNTED)
        assert changes(bench.configure(item)) == [CloseAccounting()]


def test_is_not_closed_twice() -> None:
    bench = Bench(ACCOUNTED)
    bench.configure(ROLE)
    assert changes(bench.configure(replace(ROLE, detach_hold_ms=1))) == []
