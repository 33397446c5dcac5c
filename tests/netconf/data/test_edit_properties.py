"""Random edits against a model made of dicts: the same result, and the exact way back."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from netconf_server.datastores.journal import Journal
from netconf_server.editing.attributes import Operation
from netconf_server.editing.edit import edit
from netconf_server.errors import RpcError
from netconf_server.filters.filter import apply_filter
from netconf_server.markup import elements_in
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree
from tests.netconf.data.shop import comparable, expected, shop, shop_schema

#: Articles by name, each a price by "price"; the order of the queue; simple leafs by name.
Entry = dict[str, str]


@dataclass(slots=True)
class Model:
    """What the shop should hold."""

    leafs: dict[str, str]
    articles: dict[str, Entry]
    queue: list[str]

    def xml(self) -> str:
        leafs = "".join(f"<{name}>{value}</{name}>" for name, value in self.leafs.items())
        articles = "".join(
            f"<article><name>{escape(name)}</name>"
            + "".join(f"<{leaf}>{value}</{leaf}>" for leaf, value in entry.items())
            + "</article>"
            for name, entry in self.articles.items()
        )
        queue = "".join(f"<queue><who>{who}</who></queue>" for who in self.queue)
        return leafs + articles + queue


@dataclass(frozen=True, slots=True)
class LeafEdit:
    """One operation on a leaf of the shop."""

    name: str
    operation: str
    value: str

    def xml(self) -> str:
        return f'<{self.name} nc:operation="{self.operation}">{self.value}</{self.name}>'

    def apply(self, model: Model) -> bool:
        return _apply(model.leafs, self.name, self.operation, self.value)


@dataclass(frozen=True, slots=True)
class ArticleEdit:
    """One operation on an entry, with operations on its leafs inside."""

    name: str
    operation: str
    leafs: tuple[LeafEdit, ...]

    def xml(self) -> str:
        inner = "".join(leaf.xml() for leaf in self.leafs)
        return (
            f'<article nc:operation="{self.operation}"><name>{escape(self.name)}</name>{inner}'
            "</article>"
        )

    def apply(self, model: Model) -> bool:
        exists = self.name in model.articles
        if self.operation in ("delete", "remove"):
            model.articles.pop(self.name, None)
            return exists or self.operation == "remove"
        if self.operation == "create" and exists:
            return False
        entry = model.articles.setdefault(self.name, {})
        if self.operation == "replace":
            entry.clear()
        return all(_apply(entry, leaf.name, leaf.operation, leaf.value) for leaf in self.leafs)


@dataclass(frozen=True, slots=True)
class QueueEdit:
    """One entry of the user-ordered list, placed or not."""

    who: str
    operation: str
    place: str
    anchor: str

    def xml(self) -> str:
        attributes = f' yang:insert="{self.place}"' if self.place else ""
        if self.place in ("before", "after"):
            attributes += f""" yang:key="[sh:who='{self.anchor}']" """
        return f'<queue nc:operation="{self.operation}"{attributes}><who>{self.who}</who></queue>'

    def apply(self, model: Model) -> bool:
        queue = model.queue
        exists = self.who in queue
        if self.operation in ("delete", "remove"):
            if exists:
                queue.remove(self.who)
            return exists or self.operation == "remove"
        if self.operation == "create" and exists:
            return False
        if not exists:
            queue.append(self.who)
        return self._place(queue)

    def _place(self, queue: list[str]) -> bool:
        if self.place in ("before", "after") and self.anchor not in queue:
            return False
        if not self.place or (self.anchor == self.who and self.place in ("before", "after")):
            return True
        queue.remove(self.who)
        position = {"first": 0, "last": len(queue)}.get(self.place)
        if position is None:
            position = queue.index(self.anchor) + (self.place == "after")
        queue.insert(position, self.who)
        return True


def _apply(leafs: Entry, name: str, operation: str, value: str) -> bool:
    exists = name in leafs
    if operation in ("delete", "remove"):
        leafs.pop(name, None)
        return exists or operation == "remove"
    if operation == "create" and exists:
        return False
    leafs[name] = value
    return True


_OPERATIONS = st.sampled_from(["merge", "replace", "create", "delete", "remove"])
_NAMES = st.sampled_from(["a", "b", "it's", 'say "x"', "ä/[1]"])
_WHO = st.sampled_from("pqrs")

_leaf_edits = st.one_of(
    st.builds(LeafEdit, st.just("name"), _OPERATIONS, st.sampled_from(["n", "m"])),
    st.builds(LeafEdit, st.just("floor"), _OPERATIONS, st.sampled_from(["0", "1"])),
)
_article_leafs = st.lists(
    st.one_of(
        st.builds(LeafEdit, st.just("price"), _OPERATIONS, st.sampled_from(["1", "2"])),
        st.builds(LeafEdit, st.just("barcode"), _OPERATIONS, st.sampled_from(["8", "9"])),
    ),
    max_size=3,
).map(tuple)
_edits = st.lists(
    st.one_of(
        _leaf_edits,
        st.builds(ArticleEdit, _NAMES, _OPERATIONS, _article_leafs),
        st.builds(
            QueueEdit,
            _WHO,
            _OPERATIONS,
            st.sampled_from(["", "first", "last", "before", "after"]),
            _WHO,
        ),
    ),
    max_size=4,
)


@given(st.lists(_edits, max_size=6))
def test_edits_give_what_the_model_says_and_can_all_be_undone(
    requests: list[list[LeafEdit | ArticleEdit | QueueEdit]],
) -> None:
    schema = shop_schema()
    with schema.new_tree() as tree:
        journal = Journal(tree)
        model = Model({}, {}, [])
        trees = []
        for request in requests:
            attempt = deepcopy(model)
            is_expected = all(change.apply(attempt) for change in request)
            marked = (journal.mark, tree.duplicate())
            try:
                edit(schema, journal, shop("".join(e.xml() for e in request)), Operation.MERGE)
            except RpcError:
                assert not is_expected
                assert _equal(schema, tree, marked[1])
                marked[1].free()
            else:
                assert is_expected
                model = attempt
                trees.append(marked)
            assert _content(schema, tree) == expected(model.xml())
        for mark, before in reversed(trees):
            journal.undo(mark)
            assert _equal(schema, tree, before)
            before.free()
        assert journal.is_clean


def _content(schema: Schema, tree: DataTree) -> list[str]:
    return comparable(elements_in(b"".join(apply_filter(schema, tree, None))))


def _equal(schema: Schema, tree: DataTree, other: DataTree) -> bool:
    """Compare trees; entries that no user orders may come back in another order."""
    return _content(schema, tree) == _content(schema, other)
