"""State written straight from JSON values is what the library prints of the same values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from netconf_server.datastores.operational import parse_fragment
from netconf_server.errors import RpcError
from netconf_server.provider import Json, StateFragment
from netconf_server.reading.state_xml import StateWriters, is_writable
from netconf_server.schema.data import DataFormat
from netconf_server.schema.nodes import SchemaNode
from tests.netconf.reads.kinds import KINDS, MORE, kinds_schema, plain

_COLOURS = st.sampled_from(["red", "example-kinds:red", "example-kinds-more:blue"])
#: What XML can hold, and no reader changes.
_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12
)
_WORD = st.text(st.sampled_from("abz<>&\"']"), min_size=1, max_size=6)
_PLACES = st.sampled_from(
    [
        "/example-kinds:kinds/entry[name='a']/number",
        "/example-kinds:kinds/entry[name='x:y']/example-kinds-more:more/depth",
        "/example-kinds:kinds/entry[name='a']/part[a='1'][b='2']/c",
    ]
)


def _optional(children: dict[str, st.SearchStrategy[Json]]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=children)


def _keys(part: object) -> str:
    assert isinstance(part, dict)
    return f"{part['a']} {part['b']}"


_BYTE = st.integers(0, 255)
_PARTS: st.SearchStrategy[Json] = st.lists(
    st.fixed_dictionaries({"a": _WORD, "b": _BYTE}, optional={"c": _TEXT}),
    max_size=3,
    unique_by=_keys,
)
_ENTRIES = st.fixed_dictionaries(
    {"name": _WORD},
    optional={
        "number": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(0, 2**64 - 1).map(str),
        "fraction": st.integers(-(10**9), 10**9).map(lambda number: f"{number / 1000:.3f}"),
        "flag": st.booleans(),
        "nothing": st.just([None]),
        "word": st.sampled_from(["first", "second word"]),
        "flags": st.lists(st.sampled_from(["zero", "one", "two"]), unique=True).map(" ".join),
        "octets": st.sampled_from(["", "AAEC", "/+8="]),
        "colour": _COLOURS,
        "place": _PLACES,
        "mixed": st.one_of(_BYTE, st.booleans(), _COLOURS, _WORD),
        "text": st.lists(_TEXT, unique=True, max_size=3),
        "shade": st.lists(_COLOURS, max_size=1),
        "inner": _optional({"depth": _BYTE, "deeper": _optional({"depth": _BYTE})}),
        "presence": _optional({"depth": _BYTE}),
        "part": _PARTS,
        "keyless": st.lists(st.fixed_dictionaries({"c": _TEXT}), max_size=2),
        "first-way": _TEXT,
        "example-kinds-more:added": _TEXT,
        "example-kinds-more:more": _optional({"depth": _BYTE}),
    },
)


def entry_node(name: str = "entry") -> SchemaNode:
    return kinds_schema().nodes.top[KINDS, "kinds"].children[KINDS, name]


def written(*entries: Json) -> str:
    modules = {each.name: (each.prefix, each.namespace) for each in kinds_schema().modules()}
    return plain(StateWriters(modules).entries(entry_node(), entries))


def printed(*entries: Json) -> str:
    data: dict[str, Json] = {"example-kinds:kinds": {"entry": list(entries)}}
    with parse_fragment(kinds_schema(), StateFragment(data=data)) as tree:
        return plain(tree.print(DataFormat.XML)).removeprefix("<kinds>").removesuffix("</kinds>")


@given(st.lists(_ENTRIES, min_size=1, max_size=3, unique_by=lambda entry: str(entry["name"])))
def test_everything_is_written_as_the_library_prints_it(entries: list[dict[str, Json]]) -> None:
    assert written(*entries) == printed(*entries)


def test_modules_with_the_same_prefix_are_told_apart() -> None:
    place = "/example-kinds:kinds/entry[name='a:b']/example-kinds-more:more/depth"
    modules = {"example-kinds": ("k", KINDS), "example-kinds-more": ("k", MORE)}
    entries: list[Json] = [{"name": "a", "place": place}]
    xml = StateWriters(modules).entries(entry_node(), entries).decode()
    ((_, shown),) = etree.fromstring(f'<d xmlns="{KINDS}">{xml}</d>')
    assert (shown.nsmap["k"], shown.nsmap["example-kinds-more"]) == (KINDS, MORE)
    assert shown.text == (
        "/k:kinds/k:entry[k:name='a:b']/example-kinds-more:more/example-kinds-more:depth"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\rb", "a&#13;b"),
        ("a\x00b\x1f", "a\ufffdb\ufffd"),
        ("\ud800", "\ufffd"),
        ("]]>", "]]&gt;"),
    ],
)
def test_text_that_xml_cannot_hold_breaks_no_reply(text: str, shown: str) -> None:
    assert f"<text>{shown}</text>" in written({"name": "a", "text": [text]})


def test_names_may_have_their_module_before_them() -> None:
    value: Json = {"example-kinds:name": "a", "example-kinds:inner": {"example-kinds:depth": 1}}
    assert written(value) == "<entry><name>a</name><inner><depth>1</depth></inner></entry>"


@pytest.mark.parametrize(
    "value",
    [
        {"name": "a", "unheard-of": 1},
        {"name": "a", "text": "not a list"},
        {"name": "a", "inner": [1]},
        {"name": "a", "part": {}},
        {"name": {"a": 1}},
        {"name": "a", "colour": "green"},
        {"name": 1.5},
        "no object",
    ],
)
def test_what_is_not_of_the_schema_is_an_error_that_names_the_place(value: Json) -> None:
    with pytest.raises(RpcError) as caught:
        written(value)
    assert "/example-kinds:kinds/example-kinds:entry" in caught.value.message


def test_anydata_is_left_to_the_library() -> None:
    assert is_writable(entry_node())
    assert not is_writable(entry_node("free"))
