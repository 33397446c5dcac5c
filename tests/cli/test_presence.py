"""What ``pmip6 attach`` and ``detach`` tell is what the examples of the YANG folder show."""

from __future__ import annotations

import pytest
from lxml import etree

from nf.cli.presence import presence
from tests.cli.test_revoke import canonical, example


@pytest.mark.parametrize(("name", "is_there"), [("attach", True), ("detach", False)])
def test_link_and_node_are_named_as_in_the_example(name: str, *, is_there: bool) -> None:
    action = presence("access0", "02:00:00:00:00:07", is_there=is_there)
    assert canonical(action) == example(name)


def test_a_name_with_signs_of_xml_stays_a_name() -> None:
    root = etree.fromstring(presence("<a>&b", "&c", is_there=True))
    assert [each.text for each in root.iter("{*}interface")] == ["<a>&b"]
    assert [each.text for each in root.iter("{*}link-layer-address")] == ["&c"]
