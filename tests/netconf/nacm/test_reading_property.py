"""Random rules over random data: what a session is shown is what RFC 8341 says, to the leaf."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import NodeKind
from tests.netconf.nacm.acme import parsed, rule, rule_list
from tests.netconf.nacm.reference import NaiveRule, is_visible
from tests.netconf.nacm.served import Served, get, get_config, nacm, served, subtree, vault, xpath
from tests.netconf.nacm.test_reference import SWITCHES, boxes, rules, written

FILTERS = st.sampled_from(
    [
        subtree(vault("")),
        subtree(vault("<box/><name/><alarm/><walls/>")),
        xpath("/v:vault"),
        xpath("//v:vault"),
    ]
)


@pytest.fixture(scope="module")
def bench() -> Iterator[Served]:
    """Serve one management for all examples."""
    with TemporaryDirectory() as directory, served(Path(directory)) as bench:
        yield bench


def told(
    chosen: Sequence[NaiveRule], defaults: dict[str, bool], nodes: Iterator[DataNode]
) -> Iterator[str]:
    """Yield what a reader is told of each node, in the words of ``data_of``."""
    for node in nodes:
        if node.is_default or not is_visible(chosen, defaults, node):
            continue
        schema = node.schema
        if not schema.is_inner:
            yield f"{schema.name}={node.value}"
            continue
        inside = list(told(chosen, defaults, node.children))
        if inside or schema.kind is NodeKind.LIST or schema.is_presence:
            yield schema.name
            yield from inside


@pytest.mark.rfc("8341 §3.2.4")
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    chosen=st.lists(rules(), max_size=6),
    defaults=SWITCHES,
    data=boxes(with_state=False),
    filter_text=FILTERS,
)
def test_a_session_is_shown_what_the_rules_permit(
    bench: Served,
    chosen: list[NaiveRule],
    defaults: dict[str, bool],
    data: str,
    filter_text: str,
) -> None:
    replaced = "<default-operation>replace</default-operation>"
    root = bench.client("root")
    operations = rule_list("g", rule("permit", "exec", rpc_name="*"), name="operations")
    config = nacm(operations + written(chosen, defaults)) + data
    root.ask(
        f"<edit-config><target><candidate/></target>{replaced}<config>{config}</config></edit-config>"
    )
    root.ask("<commit/>")
    with parsed(data) as tree:
        vaults = (node for node in tree.children if node.schema.name == "vault")
        expected = " ".join(told(chosen, defaults, vaults))
    ann = bench.client("ann")
    assert get_config(ann, filter_text) == expected
    assert get(ann, filter_text) == expected
    ann.ask("<close-session/>")
    root.ask("<close-session/>")
