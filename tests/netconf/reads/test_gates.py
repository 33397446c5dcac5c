"""What a session may not read is not asked for, not shown, and not told by a filter."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from netconf_server.access import Extent
from netconf_server.datastores.datastore import Datastores
from netconf_server.filters.filter import Filter, XPathFilter
from netconf_server.provider import StateSelection
from netconf_server.reading.request import Reading
from netconf_server.reading.shape import data_children
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.reads.kinds import KINDS, configure, read, subtree


@dataclass(frozen=True)
class Without:
    """Hides the nodes of one name."""

    name: str

    def is_whole_readable(self, node: SchemaNode) -> bool:
        return not self.is_never_readable(node) and all(
            self.is_whole_readable(child) for child in data_children(node)
        )

    def is_never_readable(self, node: SchemaNode) -> bool:
        return node.name == self.name

    def may_read(self, node: DataNode) -> bool:
        return node.schema.name != self.name

    def may_read_whole(self, node: DataNode) -> bool:
        return self.is_whole_readable(node.schema)

    def extent(self, node: DataNode) -> Extent:
        if not self.may_read(node):
            return Extent.NOTHING
        return Extent.EVERYTHING if self.may_read_whole(node) else Extent.SOME

    def common_extent(self, node: SchemaNode) -> Extent | None:
        return None


@pytest.fixture
def filled(datastores: Datastores, provider: FakeProvider) -> Datastores:
    configure(datastores, "<label>x</label><item><id>1</id><title>t</title></item>")
    provider.state = [{"example-kinds:kinds": {"entry": [{"name": "a", "number": 5}], "total": 1}}]
    return datastores


def shown(datastores: Datastores, hidden: str, selection: Filter | None, *, state: bool) -> str:
    reading = Reading(selection=selection, with_state=state, gate=Without(hidden))
    return read(datastores, reading)


@pytest.mark.rfc("8341 §3.2.4")
@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize(
    ("hidden", "selection"),
    [
        ("label", subtree("<settings><label>x</label><item/></settings>")),
        ("title", subtree("<settings><item><title>t</title></item></settings>")),
        ("title", subtree("<settings><item><id>1</id><title>t</title></item></settings>")),
        ("title", XPathFilter("/k:settings/k:item[k:title='t']", {"k": KINDS})),
        ("title", XPathFilter("/k:settings/k:item[k:title='t']/k:id", {"k": KINDS})),
        ("label", XPathFilter("//k:item[../k:label='x']", {"k": KINDS})),
        ("label", XPathFilter("/k:settings[k:label='x']/k:item", {"k": KINDS})),
    ],
)
def test_a_filter_does_not_find_out_what_is_hidden(
    filled: Datastores, hidden: str, selection: Filter, state: bool
) -> None:
    assert shown(filled, "nothing", selection, state=state) != ""
    assert shown(filled, hidden, selection, state=state) == ""


@pytest.mark.rfc("8341 §3.2.4")
@pytest.mark.parametrize(
    ("hidden", "selection"),
    [
        ("number", subtree("<kinds><entry><number>5</number></entry></kinds>")),
        ("total", subtree("<kinds><total>1</total><entry/></kinds>")),
        ("number", XPathFilter("/k:kinds/k:entry[k:number > 4]/k:name", {"k": KINDS})),
    ],
)
def test_nor_does_one_about_state(filled: Datastores, hidden: str, selection: Filter) -> None:
    assert shown(filled, "nothing", selection, state=True) != ""
    assert shown(filled, hidden, selection, state=True) == ""


@pytest.mark.parametrize(("hidden", "path"), [("entry", "/entry"), ("total", "/total")])
def test_the_provider_is_not_asked_for_what_is_never_shown(
    filled: Datastores, provider: FakeProvider, hidden: str, path: str
) -> None:
    whole = subtree("<kinds/>")
    shown(filled, "nothing", whole, state=True)
    assert f"/example-kinds:kinds{path}" in asked(provider.selections)
    provider.selections.clear()
    shown(filled, hidden, whole, state=True)
    assert f"/example-kinds:kinds{path}" not in asked(provider.selections)


def asked(selections: list[StateSelection]) -> set[str]:
    return {path for selection in selections for path in selection.paths}
