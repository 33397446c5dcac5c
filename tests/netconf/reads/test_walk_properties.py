"""Reading in slices gives what filtering one whole tree gives, with and without a gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from netconf_server.access import Extent, ReadGate
from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.datastores.operational import add_state
from netconf_server.filters.filter import Filter, apply_filter
from netconf_server.filters.selection import state_selection
from netconf_server.markup import elements_in
from netconf_server.provider import Json
from netconf_server.reading.prune import prune
from netconf_server.reading.request import Reading
from netconf_server.reading.shape import data_children
from netconf_server.schema.data import DataFormat, DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.printing import Defaults
from tests.netconf.data.shop import comparable
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.reads.kinds import KINDS, configure, kinds_schema, subtree

_SMALL = st.integers(0, 3)
_WORDS = st.sampled_from("abc")


@st.composite
def _items(draw: st.DrawFn) -> str:
    ids = draw(st.lists(_SMALL, unique=True, max_size=3))
    return "".join(f"<item><id>{number}</id>{draw(_INSIDE_ITEM)}</item>" for number in ids)


_INSIDE_ITEM = st.sampled_from(
    [
        "",
        "<title>a</title>",
        "<title>b</title><size>1</size>",
        "<size>2</size><detail><id>1</id><text>a</text></detail><detail><id>2</id></detail>",
    ]
)
_SETTINGS = st.tuples(
    st.sampled_from(["", "<label>a</label>", "<label>b</label><level>3</level>"]),
    _items(),
    st.sampled_from(["", "<extra/>", "<extra><item><id>1</id></item></extra>"]),
    st.sampled_from(["", "<word>b</word><word>a</word>"]),
).map("".join)


def _entry(key: str, inside: dict[str, Json]) -> dict[str, Json]:
    return {"example-kinds:kinds": {"entry": [{"name": key, **inside}]}}


def _usage(number: int, count: int) -> dict[str, Json]:
    item: Json = {"id": number, "usage": {"count": f"{count}"}}
    return {"example-kinds:settings": {"item": [item]}}


def _identity(data: object) -> str:
    """Return what an entry is known by: each comes whole in one fragment."""
    return str(data).partition(",")[0].rstrip("}]")


_STATE = st.lists(
    st.one_of(
        st.builds(
            _entry,
            _WORDS,
            st.sampled_from([{}, {"number": 1}, {"inner": {"depth": 2}, "colour": "red"}]),
        ),
        st.builds(_usage, _SMALL, _SMALL),
        st.builds(lambda number: {"example-kinds:kinds": {"usual": [{"id": number}]}}, st.just(1)),
        st.just({"example-kinds:kinds": {"total": 5}}),
    ),
    max_size=5,
    unique_by=_identity,
)

_IN_ITEM = st.lists(
    st.sampled_from(
        [
            "<id/>",
            "<id>1</id>",
            "<title/>",
            "<title>a</title>",
            "<size/>",
            "<size>1</size>",
            "<usage/>",
            "<usage><count/></usage>",
            "<usage><count>1</count></usage>",
            "<detail/>",
            "<detail><id>1</id></detail>",
            "<nothing/>",
        ]
    ),
    max_size=3,
).map("".join)
_IN_ENTRY = st.lists(
    st.sampled_from(
        ["<name/>", "<name>a</name>", "<number/>", "<number>1</number>", "<inner><depth/></inner>"]
    ),
    max_size=2,
).map("".join)
_SELECTED = st.lists(
    st.one_of(
        _IN_ITEM.map(lambda inside: f"<settings><item>{inside}</item></settings>"),
        st.tuples(_IN_ITEM, _IN_ITEM).map(
            lambda pair: f"<settings><item>{pair[0]}</item><item>{pair[1]}</item></settings>"
        ),
        _IN_ENTRY.map(lambda inside: f"<kinds><entry>{inside}</entry></kinds>"),
        st.sampled_from(
            [
                "<settings/>",
                "<settings><label>a</label></settings>",
                "<settings><label>a</label><item/></settings>",
                "<settings><label/><level/></settings>",
                "<settings><word>a</word><extra/></settings>",
                "<settings><extra><item/></extra></settings>",
                "<kinds/>",
                "<kinds><total>5</total><entry/></kinds>",
                "<kinds><total/><usual/></kinds>",
                '<kinds><entry a="b"/></kinds>',
            ]
        ),
    ),
    max_size=3,
).map("".join)


@dataclass(frozen=True)
class NameGate:
    """Hides every node with one of some names, or that has one of some values in it."""

    names: frozenset[str]
    values: frozenset[str]

    def is_whole_readable(self, node: SchemaNode) -> bool:
        return not self._concerns(node)

    def _concerns(self, node: SchemaNode) -> bool:
        if node.name in self.names or (self.values and node.name in ("id", "item", "entry")):
            return True
        return any(self._concerns(child) for child in data_children(node))

    def is_never_readable(self, node: SchemaNode) -> bool:
        return node.name in self.names

    def may_read(self, node: DataNode) -> bool:
        if node.schema.name in self.names:
            return False
        return not any(f"='{value}']" in node.own_selector for value in self.values)

    def may_read_whole(self, node: DataNode) -> bool:
        return self.may_read(node) and not any(
            self._concerns(child) for child in data_children(node.schema)
        )

    def extent(self, node: DataNode) -> Extent:
        if self.may_read_whole(node):
            return Extent.EVERYTHING
        return Extent.SOME if self.may_read(node) else Extent.NOTHING

    def common_extent(self, node: SchemaNode) -> Extent | None:
        if self.is_never_readable(node):
            return Extent.NOTHING
        if self.is_whole_readable(node):
            return Extent.EVERYTHING
        return None if self.values else Extent.SOME


_GATES = st.one_of(
    st.none(),
    st.builds(
        NameGate,
        st.frozensets(
            st.sampled_from(["title", "usage", "entry", "total", "label", "detail", "extra", "id"]),
            max_size=2,
        ),
        st.frozensets(st.sampled_from(["1", "a"]), max_size=1),
    ),
)


@contextmanager
def _datastores(content: str, state: list[dict[str, Json]]) -> Iterator[Datastores]:
    with TemporaryDirectory() as directory:
        datastores = Datastores(kinds_schema(), FakeProvider(state=state), Path(directory))
        datastores.start()
        configure(datastores, content)
        yield datastores
        datastores.close()


def _by_one_tree(
    content: str, state: list[dict[str, Json]], reading: Reading, selection: Filter | None
) -> list[str]:
    """Do the same in the plainest way: everything in one tree, hidden, then filtered."""
    schema = kinds_schema()
    document = f'<settings xmlns="{KINDS}">{content}</settings>'.encode()
    with schema.parse(document, DataFormat.XML) as tree:
        tree.validate()
        wanted = state_selection(schema, selection)
        if reading.with_state and wanted is not None:
            add_state(schema, tree, FakeProvider(state=state), wanted)
        if reading.adds_defaults:
            tree.add_defaults(with_state=reading.with_state)
        prune(tree, reading.gate)
        return comparable(
            elements_in(b"".join(apply_filter(schema, tree, selection, reading.defaults)))
        )


@settings(max_examples=300, deadline=None)
@given(_SETTINGS, _STATE, st.none() | _SELECTED, _GATES, st.sampled_from(Defaults), st.booleans())
def test_slices_and_one_tree_show_the_same(
    content: str,
    state: list[dict[str, Json]],
    selected: str | None,
    gate: ReadGate | None,
    defaults: Defaults,
    with_state: bool,
) -> None:
    selection = None if selected is None else subtree(selected)
    reading = Reading(selection=selection, with_state=with_state, gate=gate, defaults=defaults)
    with _datastores(content, state) as datastores:
        found = b"".join(datastores.read(DatastoreName.RUNNING, reading))
    own = [
        element
        for element in elements_in(found)
        if isinstance(element.tag, str) and element.tag.startswith(f"{{{KINDS}}}")
    ]
    reference = _by_one_tree(content, state, reading, selection)
    assert comparable(own) == [form for form in reference if form.startswith(f"{{{KINDS}}}")]
