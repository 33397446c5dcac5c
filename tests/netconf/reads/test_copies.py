"""Reading in a copy of the process: what comes back, and that nothing is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from netconf_server.errors import ErrorTag, RpcError
from netconf_server.markup import BASE
from netconf_server.provider import Json
from netconf_server.reading.copies import Copies, CopyError
from netconf_server.reading.tokens import PAUSE
from tests.netconf.protocol.fakes import error_of
from tests.netconf.reads.bench import Bench, content_of

#: More entries than are looked at here.
_ITEMS = "".join(f"<item><id>{number}</id><title>t</title></item>" for number in range(1000))
_TITLES = (
    '<get-config><source><running/></source><filter type="xpath" select="//title"/></get-config>'
)


def endless() -> Iterator[bytes]:
    """Work without ever having something to show."""
    for _ in count():
        yield PAUSE


def shown(pieces: Iterator[bytes]) -> list[bytes]:
    return [piece for piece in pieces if piece]


class TestCopies:
    def test_what_is_made_there_comes_here_in_order(self) -> None:
        large = b"x" * 300_000
        assert (
            b"".join(Copies().read(lambda: iter([b"a", PAUSE, large, b"b"]))) == b"a" + large + b"b"
        )

    def test_it_has_the_data_of_the_moment_and_keeps_what_it_does_to_itself(self) -> None:
        data = ["then"]

        def work() -> Iterator[bytes]:
            data.append("there")
            yield " ".join(data).encode()

        pieces = Copies().read(work)
        data.append("now")
        assert shown(pieces) == [b"then there"]
        assert data == ["then", "now"]

    def test_an_error_is_that_of_the_work(self) -> None:
        error = RpcError(tag=ErrorTag.INVALID_VALUE, message="no", path="/a:b", info={"x": "y"})

        def work() -> Iterator[bytes]:
            raise error
            yield PAUSE

        with pytest.raises(RpcError) as caught:
            list(Copies().read(work))
        assert caught.value == error

    def test_a_fault_is_told_as_such(self) -> None:
        def work() -> Iterator[bytes]:
            yield str(1 // int("0")).encode()

        with pytest.raises(CopyError, match="ZeroDivisionError"):
            list(Copies().read(work))

    def test_work_that_takes_too_long_is_ended(self) -> None:
        with pytest.raises(RpcError, match="more than 1 seconds") as caught:
            list(Copies(limit_s=1).read(endless))
        assert caught.value.tag is ErrorTag.RESOURCE_DENIED

    def test_others_have_their_turn_meanwhile(self) -> None:
        pieces = Copies().read(endless)
        assert [next(pieces) for _ in range(3)] == [PAUSE] * 3

    def test_no_more_are_at_work_than_so_many(self) -> None:
        copies = Copies(most=1)
        first = copies.read(endless)
        with pytest.raises(RpcError) as caught:
            copies.read(endless)
        assert caught.value.tag is ErrorTag.RESOURCE_DENIED
        del first
        assert shown(copies.read(lambda: iter([b"a"]))) == [b"a"]

    def test_what_nobody_reads_any_more_is_ended(self) -> None:
        before = descendants()
        pieces = Copies().read(endless)
        assert len(descendants() - before) == 1
        del pieces
        assert descendants() == before


def descendants() -> set[str]:
    """Return the processes that this one has begun."""
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return set(children.read_text().split())


class TestLargeReads:
    @pytest.fixture
    def filled(self, bench: Bench) -> Bench:
        bench.configure(f"<label>l</label>{_ITEMS}")
        return bench

    def test_an_expression_over_much_shows_the_moment_in_which_it_was_asked(
        self, filled: Bench
    ) -> None:
        client = filled.client
        before = descendants()
        client.send(f'<rpc xmlns="{BASE}" message-id="1">{_TITLES}</rpc>')
        reply = client.session.next_reply()
        assert reply is not None
        begun = [next(reply)]
        assert len(descendants() - before) == 1
        filled.configure("<item><id>1</id><title>changed</title></item>")
        framed = b"".join(client.session.frame([*begun, *reply]))
        titles = content_of(client.read_framed(framed)).count("<title>t</title>")
        assert titles == 1000
        assert descendants() == before

    def test_a_bad_expression_is_told_as_ever(self, filled: Bench) -> None:
        error = error_of(filled.client.ask(_TITLES.replace("//title", "count(//title)")))
        assert (error["error-tag"], error["error-app-tag"]) == ("invalid-value", "not-a-node-set")

    def test_state_counts_too_but_only_the_original_asks_for_it(self, bench: Bench) -> None:
        bench.configure("<label>l</label>")
        numbers: list[Json] = [{"name": str(number), "number": number} for number in range(1000)]
        bench.provider.state = [{"example-kinds:kinds": {"entry": numbers}}]
        asked = len(bench.provider.selections)
        client, before = bench.client, descendants()
        request = '<get><filter type="xpath" select="//number"/></get>'
        client.send(f'<rpc xmlns="{BASE}" message-id="1">{request}</rpc>')
        reply = client.session.next_reply()
        assert reply is not None
        begun = []
        while descendants() == before:
            begun.append(next(reply))
        found = content_of(client.read_framed(b"".join(client.session.frame([*begun, *reply]))))
        assert found.count("<number>") == 1000
        assert len(bench.provider.selections) == asked + 1
