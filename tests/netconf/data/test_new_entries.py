"""Entries that are made at one stroke must be those that would be made one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from lxml import etree

from netconf_server.access import Side, WriteKind
from netconf_server.datastores.journal import Journal
from netconf_server.editing.attributes import Operation
from netconf_server.editing.edit import edit
from netconf_server.editing.new_entries import NewEntries
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.provider import Change, DataPath
from netconf_server.schema.data import DataFormat, DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.tree import DataTree
from tests.netconf.data.shop import shop, shop_schema


@dataclass
class Warden:
    """A gate that forbids some paths, and what is in them, and notes what it has refused."""

    forbidden: frozenset[DataPath] = frozenset()
    refused: list[str] = field(default_factory=list)

    def require(self, kind: WriteKind, node: SchemaNode, path: DataPath) -> None:
        self._decide(f"{kind.value} {node.name}", path)

    def require_subtree(self, kind: WriteKind, node: DataNode) -> None:
        self._decide(f"{kind.value} all of {node.schema.name}", node.path)
        for child in node.children:
            self.require_subtree(kind, child)

    def require_changes(self, changes: Iterable[Change], before: Side, after: Side) -> None:
        raise AssertionError("nothing is committed here")

    def _decide(self, what: str, path: DataPath) -> None:
        if path in self.forbidden:
            self.refused.append(f"{what} {path}")
            raise RpcError(tag=ErrorTag.ACCESS_DENIED, message=f"{what} {path}")


class Candidate:
    """A tree, and what can be seen of the edits that it goes through."""

    def __init__(self) -> None:
        self.tree = shop_schema().new_tree()
        self.journal = Journal(self.tree)

    def __enter__(self) -> Candidate:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.journal.close()

    def edit(self, config: etree._Element, default: Operation, warden: Warden) -> list[object]:
        fault = None
        try:
            edit(shop_schema(), self.journal, config, default, warden)
        except RpcError as error:
            fault = (error.tag, error.message, error.path, error.app_tag, error.info)
        return [fault, self.content, self.journal.touched, warden.refused]

    @property
    def content(self) -> bytes:
        return self.tree.print(DataFormat.XML, with_implicit=True)


def one_by_one() -> AbstractContextManager[object]:
    """Leave everything to the general way."""
    return patch.object(NewEntries, "create", lambda _self, elements, *_context: elements)


_NAMES = st.sampled_from(["a", "b", "c", "it's", "ä&amp;"])
_OPERATIONS = st.sampled_from(["", "", "", "", "create", "remove", "no such"])
_SIZES = st.sampled_from(["st:small", "se:huge", "st:none"])
_ROWS = st.sampled_from(["1", "01", "2"])
_KEYS = {"article": "name", "queue": "who", "branch": "city"}
_LEAFS = {
    "article": ("<price>1</price>", "<price>x</price>", "<tag>t</tag><tag>t</tag>", "<stock/>"),
    "queue": ("<wish>w</wish>", "<wish/>", "text", "<wish><b/></wish>"),
    "branch": ("<person>p</person>", "<person>p</person><company>c</company>", "<phone>1</phone>"),
}
_OTHERS = ("<name>n</name>", "<!-- -->", "<unknown/>", "<motto>m</motto>", "text")


@st.composite
def elements(draw: st.DrawFn) -> str:
    """Write a child of the shop: most are new entries, some are at fault."""
    kind = draw(st.sampled_from(["article", "article", "article", "queue", "branch", "place", ""]))
    if not kind:
        return draw(st.sampled_from(_OTHERS))
    if kind == "place":
        return f"<place><aisle>{draw(_SIZES)}</aisle><row>{draw(_ROWS)}</row></place>"
    key = f"<{_KEYS[kind]}>{draw(_NAMES)}</{_KEYS[kind]}>"
    content = [key, *draw(st.lists(st.sampled_from(_LEAFS[kind]), max_size=1))]
    if draw(st.integers(0, 9)) == 0:
        content = content[1:] if draw(st.booleans()) else content[::-1]
    operation = draw(_OPERATIONS)
    attribute = f" nc:operation='{operation}'" if operation else ""
    return f"<{kind}{attribute}>{''.join(content)}</{kind}>"


_DEFAULTS = st.sampled_from([Operation.MERGE, Operation.REPLACE, Operation.NONE])
_FORBIDDEN = st.sets(
    st.sampled_from(
        [
            "/shop:shop/article[name='a']",
            "/shop:shop/article[name='b']/price",
            "/shop:shop/queue[who='c']",
            "/shop:shop/place[aisle='shop-types:small'][row='01']",
            "/shop:shop/place[aisle='shop-types:small'][row='1']",
        ]
    ),
    max_size=1,
).map(frozenset)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.lists(elements(), max_size=6), _DEFAULTS, _FORBIDDEN), max_size=4))
def test_random_edits_do_what_they_do_element_by_element(
    requests: list[tuple[list[str], Operation, frozenset[DataPath]]],
) -> None:
    with Candidate() as candidate, Candidate() as other:
        for content, default, forbidden in requests:
            text = "".join(content)
            seen = candidate.edit(shop(text), default, Warden(forbidden))
            with one_by_one():
                assert seen == other.edit(shop(text), default, Warden(forbidden))
            event("refused" if seen[0] else "done")
        candidate.journal.undo()
        assert candidate.content == b""


@pytest.fixture
def candidate() -> Iterator[Candidate]:
    """Return an empty one."""
    with Candidate() as empty:
        yield empty


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note what is parsed as an element of its own."""
    single: list[bytes] = []
    parse = DataTree.parse_into

    def note(
        tree: DataTree, parent: DataNode | None, xml: bytes, schema: SchemaNode, key: str | None
    ) -> DataNode:
        single.append(xml)
        return parse(tree, parent, xml, schema, key)

    monkeypatch.setattr(DataTree, "parse_into", note)
    return single


def articles(names: str) -> str:
    return "".join(f"<article><name>{name}</name></article>" for name in names)


class TestRunOfNewEntries:
    def test_is_parsed_at_one_stroke(self, candidate: Candidate, parsed: list[bytes]) -> None:
        candidate.edit(shop("<name>n</name>"), Operation.MERGE, Warden())
        parsed.clear()
        candidate.edit(shop(articles("abcd")), Operation.MERGE, Warden())
        assert parsed == []
        assert candidate.content.count(b"<article>") == len("abcd")

    def test_ends_at_the_first_that_is_there_already(
        self, candidate: Candidate, parsed: list[bytes]
    ) -> None:
        candidate.edit(shop(articles("x")), Operation.MERGE, Warden())
        parsed.clear()
        candidate.edit(shop(articles("abxcd")), Operation.MERGE, Warden())
        assert len(parsed) == len("cd")
        assert candidate.content.count(b"<article>") == len("xabcd")

    def test_is_as_long_as_it_may_be_and_goes_on_in_another(
        self, candidate: Candidate, parsed: list[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("netconf_server.editing.new_entries._MOST_AT_ONCE", 2)
        candidate.edit(shop(articles("x")), Operation.MERGE, Warden())
        parsed.clear()
        candidate.edit(shop(articles("abcdef")), Operation.MERGE, Warden())
        assert parsed == []
        assert candidate.content.count(b"<article>") == len("xabcdef")

    def test_is_refused_at_the_path_that_the_client_wrote(self, candidate: Candidate) -> None:
        places = "".join(
            f"<place><aisle>st:small</aisle><row>{row}</row></place>" for row in ("01", "02")
        )
        written = "/shop:shop/place[aisle='shop-types:small'][row='02']"
        candidate.edit(shop("<name>n</name>"), Operation.MERGE, Warden())
        seen = candidate.edit(shop(places), Operation.MERGE, Warden(frozenset({written})))
        assert seen[-1] == [f"create place {written}"]
