"""Reading through sessions: what is hidden is left out, and no filter finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from netconf_server.provider import Json
from tests.netconf.nacm.acme import VAULT, group, rule, rule_list
from tests.netconf.nacm.served import (
    Served,
    get,
    get_config,
    nacm,
    served,
    subtree,
    vault,
    xpath,
)
from tests.netconf.protocol.fakes import Client

BOXES = (
    "<name>deep</name>"
    "<box><owner>ann</owner><number>1</number><secret>x</secret><colour>red</colour></box>"
    "<box><owner>bob</owner><number>1</number><secret>y</secret>"
    "<inside><coin>5</coin><item><name>ring</name><worth>9</worth></item></inside></box>"
    "<box><owner>bob</owner><number>2</number><secret>x</secret></box>"
    "<alarm><level>3</level></alarm><walls><thickness>4</thickness></walls>"
)
STATE: list[dict[str, Json]] = [
    {
        "vault:vault": {
            "box": [
                {"owner": "ann", "number": 1, "openings": 11},
                {"owner": "bob", "number": 1, "openings": 12},
            ]
        }
    }
]


#: Reads with a filter.
Read: TypeAlias = Callable[[Client, str], str]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Served]:
    """Serve some boxes; the group ``staff`` is that of ann."""
    with served(tmp_path) as bench:
        bench.provider.state = STATE
        bench.configure(vault(BOXES))
        yield bench


def bind(bench: Served, *rules: str, switches: str = "") -> None:
    """Bind ann by some rules."""
    bench.configure(nacm(switches + group("staff", "ann") + rule_list("staff", *rules)))


HIDE_SECRETS = rule("deny", "read", path="/v:vault/v:box/v:secret")
HIDE_BOBS = rule("deny", "read", path="/v:vault/v:box[v:owner='bob']")


@pytest.mark.rfc("8341 §3.2.4")
@pytest.mark.parametrize("read", [get, get_config])
def test_without_rules_only_what_is_sensitive_is_left_out(bench: Served, read: Read) -> None:
    shown = read(bench.client("zoe"), "")
    assert "secret=x" in shown
    assert "thickness=4" in shown
    assert "alarm" not in shown
    assert "nacm" not in shown
    assert "level=3" in read(bench.client("root"), "")


@pytest.mark.rfc("8341 §3.2.4")
@pytest.mark.parametrize("read", [get, get_config])
@pytest.mark.parametrize(
    ("filter_text"),
    [
        "",
        subtree(vault("")),
        subtree(vault("<box/>")),
        subtree(vault("<box><secret/></box>")),
        subtree(vault("<box><owner>ann</owner></box>")),
        xpath("/v:vault"),
        xpath("/v:vault/v:box"),
        xpath("/v:vault/v:box/v:secret"),
        xpath("//v:secret"),
        xpath("//*"),
    ],
)
def test_a_hidden_leaf_is_left_out_whatever_the_filter(
    bench: Served, read: Read, filter_text: str
) -> None:
    assert "secret=x" in read(bench.client("ann"), filter_text)
    bind(bench, HIDE_SECRETS)
    assert "secret" not in read(bench.client("ann"), filter_text)
    assert "secret=x" in read(bench.client("zoe"), filter_text)


PROBES = [
    (subtree(vault("<box><secret>x</secret><colour/></box>")), "colour=red"),
    (subtree(vault("<box><secret>x</secret></box>")), "owner=ann"),
    (subtree('<vault xmlns=""><box><secret>x</secret></box></vault>'), "owner=ann"),
    (xpath("/v:vault/v:box[v:secret='x']"), "owner=ann"),
    (xpath("/v:vault/v:box[v:secret='x']/v:colour"), "colour=red"),
    (xpath("/v:vault/v:name[../v:box/v:secret='x']"), "name=deep"),
    (xpath("/v:vault[v:box/v:secret]/v:name"), "name=deep"),
    (xpath("/v:vault/v:name[count(//v:secret) = 3]"), "name=deep"),
    (xpath("/v:vault/v:name[starts-with(string(/v:vault/v:box[1]/v:secret), 'x')]"), "name=deep"),
    (xpath("//v:colour[preceding-sibling::v:secret='x']"), "colour=red"),
    (xpath("//v:secret[.='x']/../v:colour"), "colour=red"),
    (xpath("/v:vault/v:name[//*[.='x']]"), "name=deep"),
    (xpath("/v:vault/v:name | //v:box[v:secret='x']/v:owner"), "owner=ann"),
]


@pytest.mark.rfc("8341 §3.2.4")
@pytest.mark.parametrize("read", [get, get_config])
@pytest.mark.parametrize(("probe", "found"), PROBES)
def test_no_filter_can_probe_a_hidden_leaf(
    bench: Served, read: Read, probe: str, found: str
) -> None:
    assert found in read(bench.client("ann"), probe)
    bind(bench, HIDE_SECRETS)
    assert found not in read(bench.client("ann"), probe)


@pytest.mark.rfc("8341 §3.2.4")
@pytest.mark.parametrize("read", [get, get_config])
@pytest.mark.parametrize(
    "probe",
    [
        xpath("/v:vault/v:name[../v:alarm/v:level='3']"),
        xpath("/v:vault/v:name[../v:alarm]"),
        subtree(vault("<name/><alarm><level>3</level></alarm>")).replace("<name/>", ""),
    ],
)
def test_no_filter_can_probe_a_sensitive_node(bench: Served, read: Read, probe: str) -> None:
    bench.configure(nacm("<exec-default>permit</exec-default>"))
    assert read(bench.client("root"), probe)
    assert read(bench.client("zoe"), probe) == ""


@pytest.mark.rfc("8341 §3.2.4")
def test_hidden_top_level_nodes_cannot_be_counted(bench: Served) -> None:
    bench.configure(nacm("<exec-default>permit</exec-default>"))
    probe = xpath("/v:vault/v:name[count(/*) &gt; 1]")
    assert "name=deep" in get_config(bench.client("root"), probe)
    assert get_config(bench.client("zoe"), probe) == ""


@pytest.mark.rfc("8341 §3.4.5")
@pytest.mark.parametrize("read", [get, get_config])
@pytest.mark.parametrize(
    "filter_text",
    ["", subtree(vault("<box/>")), xpath("//v:box"), xpath("/v:vault/v:box")],
)
def test_hidden_entries_are_left_out_with_all_that_is_in_them(
    bench: Served, read: Read, filter_text: str
) -> None:
    bind(bench, HIDE_BOBS)
    shown = read(bench.client("ann"), filter_text)
    assert "owner=ann number=1 secret=x colour=red" in shown
    assert "bob" not in shown
    assert "name=ring" not in shown
    assert "openings=12" not in shown


@pytest.mark.rfc("8341 §3.4.5")
def test_an_entry_can_be_hidden_by_its_keys_in_any_order(bench: Served) -> None:
    boxes = "".join(f"<box><owner>eve</owner><number>{n}</number></box>" for n in (1, 2, 3))
    bench.configure(vault(boxes))
    bind(bench, rule("deny", "read", path="/v:vault/v:box[v:number='2'][v:owner='eve']"))
    shown = get_config(bench.client("ann"))
    assert "owner=eve number=1" in shown
    assert "owner=eve number=2" not in shown
    assert "owner=eve number=3" in shown


@pytest.mark.rfc("8341 §3.2.4")
def test_hidden_state_is_left_out(bench: Served) -> None:
    ask = subtree(vault("<box><openings/></box>"))
    assert "openings=11" in get(bench.client("ann"), ask)
    bind(bench, rule("deny", "read", path="/v:vault/v:box/v:openings"))
    assert "openings" not in get(bench.client("ann"), ask)
    assert "openings" not in get(bench.client("ann"), subtree(vault("")))


@pytest.mark.rfc("8341 §3.2.4")
def test_a_provider_is_not_asked_for_what_nobody_sees(bench: Served) -> None:
    bind(bench, rule("deny", "read", path="/v:vault"))
    bench.provider.selections.clear()
    assert get(bench.client("ann"), subtree(vault("<box/>"))) == ""
    assert bench.provider.selections == []


@pytest.mark.rfc("8341 §3.4.5")
def test_state_of_one_entry_can_be_hidden(bench: Served) -> None:
    bind(bench, rule("deny", "read", path="/v:vault/v:box[v:owner='ann']/v:openings"))
    shown = get(bench.client("ann"), subtree(vault("<box><openings/></box>")))
    assert "openings=12" in shown
    assert "openings=11" not in shown


@pytest.mark.rfc("8341 §3.4.5")
def test_read_default_deny_shows_what_rules_permit_on_the_whole_way(bench: Served) -> None:
    bind(
        bench,
        rule("deny", "read", path="/v:vault/v:box/v:secret"),
        rule("permit", "read", path="/v:vault"),
        switches="<read-default>deny</read-default>",
    )
    shown = get_config(bench.client("ann"))
    assert "owner=ann number=1 colour=red" in shown
    assert "secret" not in shown
    assert get_config(bench.client("zoe")) == ""


@pytest.mark.rfc("8341 §3.4.5")
def test_what_is_permitted_below_what_is_not_stays_hidden(bench: Served) -> None:
    bind(
        bench,
        rule("permit", "read", path="/v:vault/v:box"),
        switches="<read-default>deny</read-default>",
    )
    assert get_config(bench.client("ann")) == ""


@pytest.mark.rfc("8341 §3.4.2")
def test_a_change_of_the_rules_binds_open_sessions_from_their_next_request(bench: Served) -> None:
    ann = bench.client("ann")
    assert "secret=x" in get_config(ann)
    bind(bench, HIDE_SECRETS)
    assert "secret" not in get_config(ann)


def test_candidate_is_bound_as_running_is(bench: Served) -> None:
    bind(bench, HIDE_SECRETS)
    assert "colour=red" in get_config(bench.client("ann"), source="candidate")
    assert "secret" not in get_config(bench.client("ann"), source="candidate")


def test_startup_is_bound_as_running_is(bench: Served) -> None:
    bind(bench, HIDE_SECRETS)
    copy = "<copy-config><target><startup/></target><source><running/></source></copy-config>"
    assert len(bench.client("root").ask(copy)) == 1
    assert "colour=red" in get_config(bench.client("ann"), source="startup")
    assert "secret" not in get_config(bench.client("ann"), source="startup")


@pytest.mark.rfc("8341 §3.2.4")
def test_an_entry_without_readable_keys_is_left_out(bench: Served) -> None:
    bind(bench, rule("deny", "read", path="/v:vault/v:box/v:number"))
    shown = get_config(bench.client("ann"), subtree(f'<vault xmlns="{VAULT}"/>'))
    assert "name=deep" in shown
    assert "box" not in shown
