"""What ``pmip6 revoke`` asks for is what the examples of the YANG folder show."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from lxml import etree

from nf.cli import revoke
from nf.cli.revoke import (
    binding_revocation,
    gateway_revocation,
    node_revocation,
    realm_revocation,
)

EXAMPLES = Path(__file__).parents[2] / "yang" / "examples"


def canonical(xml: str) -> bytes:
    """Return a document with no more white space than its values have."""
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.tostring(etree.fromstring(xml, parser), method="c14n")


def example(name: str) -> bytes:
    return canonical((EXAMPLES / f"{name}-action.xml").read_text())


def test_a_node_is_named_as_in_the_example() -> None:
    action = node_revocation("bus-7@operator.example", "user-initiated-session-termination")
    assert canonical(action) == example("revoke-node")


def test_a_gateway_is_named_as_in_the_example() -> None:
    assert canonical(gateway_revocation("2001:db8:ffff::11")) == example("revoke-gateway")


def test_a_realm_is_named_as_in_the_example() -> None:
    assert canonical(realm_revocation("operator.example")) == example("revoke-realm")


def test_a_name_with_signs_of_xml_stays_a_name() -> None:
    root = etree.fromstring(node_revocation("<a>&b"))
    assert [each.text for each in root.iter("{*}identifier")] == ["<a>&b"]


def test_without_a_reason_the_default_of_the_module_is_meant() -> None:
    assert "<revoke/>" in binding_revocation(7)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"binding": 7}, "binding 7"),
        ({"node": "bus-7"}, "bindings of bus-7"),
        ({"realm": "example.net"}, "bindings of realm example.net"),
        ({"gateway": "2001:db8::11"}, "bindings of gateway 2001:db8::11"),
        ({"anchor": "2001:db8::1"}, "bindings with anchor 2001:db8::1"),
    ],
)
def test_the_arguments_choose_one_of_five(chosen: dict[str, object], words: str) -> None:
    nothing = dict.fromkeys(("binding", "node", "realm", "gateway", "anchor", "trigger"))
    action, what = revoke._chosen(argparse.Namespace(**{**nothing, **chosen}))
    assert what == words
    assert str(next(iter(chosen.values()))) in action
