"""Random rules over a random tree: the compiled verdicts are those of RFC 8341, taken literally."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netconf_server.access import Extent, ReadGate, WriteGate, WriteKind
from netconf_server.errors import RpcError
from netconf_server.nacm import Nacm
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.schema.data import DataFormat, DataNode
from tests.netconf.nacm.acme import VAULT, acme_schema, group, nacm_with, session
from tests.netconf.nacm.reference import (
    NaiveRule,
    Step,
    everything,
    is_permitted,
    is_visible,
    may_write_all,
    steps_of,
)

_OWNERS = ("ann", "bob")
_NUMBERS = ("1", "2")

#: The way to every node that a rule may name; the keys are chosen later.
_PLACES = [
    "vault",
    "vault name",
    "vault box",
    "vault box owner",
    "vault box number",
    "vault box inside item name",
    "vault box secret",
    "vault box colour",
    "vault box lid",
    "vault box lid code",
    "vault box inside",
    "vault box inside coin",
    "vault box inside item",
    "vault box inside item worth",
    "vault box key",
    "vault box label",
    "vault box openings",
    "vault alarm",
    "vault alarm level",
    "vault walls thickness",
]
_KEYS = {
    "box": {"owner": _OWNERS, "number": _NUMBERS},
    "item": {"name": ("ring", "coin")},
    "coin": {".": ("1", "2")},
}

_LABEL = '<label xmlns="urn:test:vault-extra">l</label>'


@st.composite
def paths(draw: st.DrawFn) -> tuple[Step, ...]:
    """Choose a node, and keys for some of the lists on the way."""
    steps = []
    for name in draw(st.sampled_from(_PLACES)).split():
        chosen = {
            key: draw(st.sampled_from(values))
            for key, values in _KEYS.get(name, {}).items()
            if draw(st.booleans())
        }
        module = "vault-extra" if name == "label" else "vault"
        steps.append(Step(module, name, tuple(chosen.items())))
    return tuple(steps)


@st.composite
def rules(draw: st.DrawFn) -> NaiveRule:
    """Write a rule."""
    accesses = st.sets(st.sampled_from(["create", "read", "update", "delete", "exec"]), min_size=1)
    return NaiveRule(
        action=draw(st.sampled_from(["permit", "deny"])),
        accesses=frozenset(draw(accesses)),
        module=draw(st.sampled_from(["*", "*", "*", "vault", "vault-extra"])),
        path=draw(st.one_of(st.none(), paths(), paths(), paths())),
    )


@st.composite
def boxes(draw: st.DrawFn, *, with_state: bool) -> str:
    """Write the data."""

    def some(text: str) -> str:
        return text if draw(st.booleans()) else ""

    def box(owner: str, number: str) -> str:
        lock = draw(st.sampled_from(["", "<key>k</key>", "<dial>d</dial>"]))
        item = some("<item><name>ring</name><worth>9</worth></item>")
        openings = some("<openings>3</openings>") if with_state else ""
        inside = f"{some('<coin>1</coin>')}{some('<coin>2</coin>')}{item}"
        return (
            f"<box><owner>{owner}</owner><number>{number}</number>{some('<secret>s</secret>')}"
            f"{some('<lid/>') or some('<lid><code>c</code></lid>')}<inside>{inside}</inside>"
            f"{lock}{some(_LABEL)}{openings}</box>"
        )

    content = "".join(box(owner, number) for owner in _OWNERS for number in _NUMBERS)
    alarm, walls = (
        some("<alarm><level>1</level></alarm>"),
        "<walls><thickness>1</thickness></walls>",
    )
    return f'<vault xmlns="{VAULT}">{some("<name>n</name>")}{content}{alarm}{walls}</vault>'


def written(chosen: Sequence[NaiveRule], defaults: dict[str, bool]) -> str:
    """Write the configuration of the rules for the group of the user ``ann``."""
    switches = "".join(
        f"<{name}-default>{'permit' if is_permit else 'deny'}</{name}-default>"
        for name, is_permit in defaults.items()
    )
    entries = "".join(_entry(place, rule) for place, rule in enumerate(chosen))
    rule_list = f"<rule-list><name>r</name><group>g</group>{entries}</rule-list>"
    return switches + group("g", "ann") + rule_list


def _entry(place: int, rule: NaiveRule) -> str:
    path = "" if rule.path is None else f"<path>{''.join(map(_step, rule.path))}</path>"
    return (
        f"<rule><name>{place}</name><module-name>{rule.module}</module-name>{path}"
        f"<access-operations>{' '.join(sorted(rule.accesses))}</access-operations>"
        f"<action>{rule.action}</action></rule>"
    )


def _step(step: Step) -> str:
    prefix = "x" if step.module == "vault-extra" else "v"
    predicates = "".join(
        f"[.='{value}']" if key == "." else f"[v:{key}='{value}']" for key, value in step.keys
    )
    return f"/{prefix}:{step.name}{predicates}"


class _Everything:
    """What a gate that is None stands for."""

    def is_whole_readable(self, _node: object) -> bool:
        return True

    def is_never_readable(self, _node: object) -> bool:
        return False

    def may_read(self, _node: object) -> bool:
        return True

    def may_read_whole(self, _node: object) -> bool:
        return True

    def extent(self, _node: object) -> Extent:
        return Extent.EVERYTHING

    def common_extent(self, _node: object) -> Extent:
        return Extent.EVERYTHING


def shown(gate: ReadGate, nodes: Iterator[DataNode]) -> Iterator[str]:
    """Yield the paths of what a reader of these nodes is shown, asking no more than needed."""
    for node in nodes:
        if gate.is_whole_readable(node.schema):
            assert gate.may_read_whole(node)
            assert gate.extent(node) is Extent.EVERYTHING
            yield from (each.path for each in everything(iter([node])))
        elif gate.is_never_readable(node.schema):
            assert not gate.may_read(node)
            assert gate.extent(node) is Extent.NOTHING
        elif gate.may_read_whole(node):
            assert gate.may_read(node)
            assert gate.extent(node) is Extent.EVERYTHING
            yield from (each.path for each in everything(iter([node])))
        elif gate.may_read(node):
            assert gate.extent(node) is Extent.SOME
            yield node.path
            yield from shown(gate, node.children)


def is_refused(gate: WriteGate | None, kind: WriteKind, node: DataNode, *, whole: bool) -> bool:
    """Ask a gate."""
    if gate is None:
        return False
    try:
        if whole:
            gate.require_subtree(kind, node)
        else:
            gate.require(kind, node.schema, node.path)
    except RpcError:
        return True
    return False


def gates(chosen: list[NaiveRule], defaults: dict[str, bool]) -> tuple[Nacm, SessionRecord]:
    """Make access control with the rules, and a session that they bind."""
    return nacm_with(written(chosen, defaults)), session("ann")


SWITCHES = st.fixed_dictionaries({kind: st.booleans() for kind in ("read", "write", "exec")})


@pytest.mark.rfc("8341 §3.4.5")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chosen=st.lists(rules(), max_size=8), defaults=SWITCHES, data=boxes(with_state=True))
def test_what_is_shown_is_what_the_rules_permit(
    chosen: list[NaiveRule], defaults: dict[str, bool], data: str
) -> None:
    nacm, record = gates(chosen, defaults)
    gate = nacm.read_gate(record) or _Everything()
    with acme_schema().parse(data.encode(), DataFormat.XML, with_state=True) as tree:
        expected = [
            node.path for node in everything(tree.children) if is_visible(chosen, defaults, node)
        ]
        assert list(shown(gate, tree.children)) == expected


@pytest.mark.rfc("8341 §3.4.5")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chosen=st.lists(rules(), max_size=8), defaults=SWITCHES, data=boxes(with_state=False))
def test_what_may_be_written_is_what_the_rules_permit(
    chosen: list[NaiveRule], defaults: dict[str, bool], data: str
) -> None:
    nacm, record = gates(chosen, defaults)
    gate = nacm.write_gate(record)
    with acme_schema().parse(data.encode(), DataFormat.XML, with_state=True) as tree:
        for node in everything(tree.children):
            if not node.schema.is_config:
                continue
            is_mere_container = node.schema.name in ("vault", "inside", "alarm", "walls")
            for kind in WriteKind:
                single = is_permitted(chosen, defaults, kind.value, steps_of(node))
                expected = is_mere_container or single
                assert is_refused(gate, kind, node, whole=False) is not expected
                all_of_it = may_write_all(chosen, defaults, kind.value, node)
                assert is_refused(gate, kind, node, whole=True) is not all_of_it
