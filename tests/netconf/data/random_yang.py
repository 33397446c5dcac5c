"""Random modules with every kind of constraint, and random edits of their data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume
from hypothesis import strategies as st

from netconf_server.schema.schema import Schema

NAMESPACE = "urn:test:random"

#: Conditions that can be written at any leaf of the list ``item``.
_CONDITIONS = [
    "../u != ../v",
    "not(../u) or ../v",
    "../../mode < 2",
    "count(../../item) <= 2",
    "count(/r:top/r:item) < 3",
    "../box/x > 0",
    "not(../sub)",
    "../sub/s = 'a'",
    "../preceding-sibling::item",
    "string(..) != 'aa'",
    "not(/r:top/r:target[r:k = current()/../u])",
    "/r:top/r:target[r:k = current()/../ref]/r:n = 1 or not(../ref)",
    "count(//r:item) < 3",
    "/r:top/r:flag = 'true'",
    "../../target",
    "deref(../ref)/../n > 0",
    "not(../../item[v = current()/../v][2])",
    "../tags[. = 'a']",
    "not(../a1)",
]
_HIGH_CONDITIONS = ["mode < 2", "count(item) < 3", "not(item/box/x = 2)", "target or not(item)"]
_TARGET_CONDITIONS = ["../../mode = 1", "../n < 3", "not(../../item[ref = current()/../k])"]


@dataclass(slots=True)
class Node:
    """What the texts of edits are made of."""

    name: str
    values: Sequence[str] = ()
    key: str = ""
    children: list[Node] = field(default_factory=list)


_LETTERS = ("a", "b", "c")
_NUMBERS = ("0", "1", "2", "3")


def _leaf(name: str, values: Sequence[str] = _LETTERS) -> Node:
    return Node(name, values)


TREE = Node(
    "top",
    children=[
        _leaf("flag", ("true", "false")),
        _leaf("mode", _NUMBERS),
        Node(
            "item",
            key="k",
            children=[
                _leaf("u"),
                _leaf("v"),
                _leaf("ref"),
                Node("box", children=[_leaf("w"), _leaf("x", _NUMBERS)]),
                _leaf("a1"),
                _leaf("a2"),
                _leaf("b1"),
                _leaf("tags"),
                Node("sub", key="s", children=[_leaf("t"), _leaf("near")]),
            ],
        ),
        Node("target", key="k", children=[_leaf("n", _NUMBERS), _leaf("y")]),
    ],
)


_TARGETS = "<target><k>a</k><n>1</n><y>a</y></target><target><k>b</k><n>2</n><y>b</y></target>"
_ITEM = "<item><k>a</k><u>a</u><v>b</v><ref>a</ref>%s</item>"
_TAIL = "<tags>a</tags><sub><s>a</s><t>a</t></sub>"

#: Configurations to begin with, the richest first; for most modules one of them is valid.
BEGINNINGS = [
    f'<top xmlns="{NAMESPACE}"><flag>true</flag><mode>1</mode>{content}</top>'
    for content in (
        _ITEM % f"<box><w>c</w><x>1</x></box><b1>a</b1><b1>b</b1>{_TAIL}" + _TARGETS,
        _ITEM % f"<box><x>1</x></box><a1>a</a1><a2>b</a2>{_TAIL}" + _TARGETS,
        _ITEM % "<box><x>0</x></box><a2>a</a2>" + _TARGETS,
        "<item><k>a</k><ref>a</ref><a1>a</a1><a2>a</a2><box><x>0</x></box></item>" + _TARGETS,
        _TARGETS,
        "",
    )
]


@st.composite
def modules(draw: st.DrawFn) -> str:
    """Write the tree as a module, its constraints chosen at random."""

    def some(*statements: str) -> str:
        return " ".join(text for text in statements if draw(st.integers(0, 3)) == 0)

    def condition(pool: list[str] = _CONDITIONS) -> str:
        kind = draw(st.sampled_from(["", "", "", "", "", "must", "when"]))
        return f'{kind} "{draw(st.sampled_from(pool))}";' if kind else ""

    def must(pool: list[str]) -> str:
        return f'must "{draw(st.sampled_from(pool))}";' if draw(st.booleans()) else ""

    def either(*statements: str) -> str:
        return draw(st.sampled_from(["", "", "", *statements]))

    leafref = 'type leafref { path "%s"; }'
    reference = draw(
        st.sampled_from(
            [
                leafref % "../../target/k",
                leafref % "/r:top/r:target/r:k",
                leafref % "/r:top/r:target[r:n = current()/../box/x]/r:k",
                leafref % "../../item/u",
                leafref % "../sub/s",
                "type string;",
                "type union { type uint8; %s }" % (leafref % "/r:top/r:target/r:k"),
            ]
        )
    )
    text = f"""
module r {{
  yang-version 1.1; namespace "{NAMESPACE}"; prefix r;
  container top {{
    {some("presence p;")} {must(_HIGH_CONDITIONS)}
    leaf flag {{ type boolean; {either('default "true";', "mandatory true;")} }}
    leaf mode {{ type uint8; {either('default "1";')} }}
    list item {{
      key k; {either('unique "u";', 'unique "u v";', 'unique "box/x";')}
      {either("ordered-by user;")} {either("max-elements 2;", "min-elements 1;")}
      leaf k {{ type string; }}
      leaf u {{ type string; {condition()} {either('default "b";', "mandatory true;")} }}
      leaf v {{ type string; {condition()} {either('default "a";')} }}
      leaf ref {{ {reference} {either("mandatory true;")} {condition()} }}
      container box {{
        {some("presence p;")}
        leaf w {{ {either('when "../x = 1";')} type string; {either('default "c";')} }}
        leaf x {{ type uint8; {either('must ". < 3";')}
                  {either('default "1";', "mandatory true;")} }}
      }}
      choice ch {{
        {either("mandatory true;", "default b;")}
        case a {{ leaf a1 {{ type string; }}
                  leaf a2 {{ type string; {either('default "a";', "mandatory true;")} }} }}
        case b {{ leaf-list b1 {{ type string; {either("min-elements 2;")} }} }}
      }}
      leaf-list tags {{
        type string; {condition()} {either("max-elements 1;", 'default "a";')}
        {either("ordered-by user;")}
      }}
      list sub {{
        key s; leaf s {{ type string; }} leaf t {{ type string; {either('default "t";')} }}
        leaf near {{ {either(leafref % "../../sub/s") or "type string;"} }}
        {either('unique "t";')}
      }}
    }}
    list target {{
      key k; leaf k {{ type string; }}
      leaf n {{ type uint8; {either('default "1";')} }}
      leaf y {{ type string; {must(_TARGET_CONDITIONS)}
                {either('default "a";', "mandatory true;")} }}
    }}
  }}
}}
"""
    # libyang crashes on deref() of what is no reference.
    assume("deref" not in text or reference.startswith("type leafref"))
    return text


def load(text: str) -> Schema:
    """Compile a module; raises SchemaError."""
    with TemporaryDirectory() as directory:
        (Path(directory) / "r.yang").write_text(text)
        return Schema([Path(directory)], {"r": []})


@st.composite
def edits(draw: st.DrawFn) -> str:
    """Write an edit of some nodes, with operations here and there."""
    return f'<top xmlns="{NAMESPACE}">{"".join(_children(draw, TREE))}</top>'


def _children(draw: st.DrawFn, node: Node) -> Iterator[str]:
    for child in node.children:
        times = draw(st.sampled_from((0, 0, 1, 2) if child.key else (0, 0, 0, 0, 1)))
        for _ in range(times):
            yield _element(draw, child)


def _element(draw: st.DrawFn, node: Node) -> str:
    operation = draw(st.sampled_from(["", "", "", "remove", "replace", "merge"]))
    attributes = f' nc:operation="{operation}"' if operation else ""
    if node.values:
        return f"<{node.name}{attributes}>{draw(st.sampled_from(node.values))}</{node.name}>"
    key = f"<{node.key}>{draw(st.sampled_from(_LETTERS))}</{node.key}>" if node.key else ""
    return f"<{node.name}{attributes}>{key}{''.join(_children(draw, node))}</{node.name}>"
