"""From configuration to policy: what a change leaves alone stays as it was compiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from netconf_server.datastores.datastore import Datastores
from netconf_server.nacm.configuration import changed_policy
from netconf_server.nacm.policy import Access, Defaults, Policy, Rule
from netconf_server.provider import Change, ChangeKind, ChangeSet
from tests.netconf.data.shop import edit
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.nacm.acme import BASE, acme_schema, group, nacm_xml, rule, rule_list

BEGINNING = group("staff", "ann") + "".join(
    rule_list("staff", rule("deny", "read", name="only"), name=name)
    for name in ("first", "second", "it's")
)


class Follower:
    """Follows the configuration by its changes, and beside it reads it as a whole each time."""

    def __init__(self, directory: Path) -> None:
        self.policy = Policy()
        self.whole = Policy()
        self._datastores = Datastores(acme_schema(), FakeProvider(observe=self._observe), directory)
        self._datastores.start()

    def close(self) -> None:
        """Free the data."""
        self._datastores.close()

    def change(self, content: str) -> None:
        """Edit and commit."""
        xml = nacm_xml(content).replace(">", f' xmlns:nc="{BASE}" xmlns:y="{_YANG}">', 1)
        edit(self._datastores, etree.fromstring(f"<config>{xml}</config>"))
        assert self._datastores.commit()

    def names(self) -> list[str]:
        """Return the names of the rule lists, in order."""
        return [rules.name for rules in self.policy.rule_lists]

    def _observe(self, phase: str, changes: ChangeSet) -> None:
        if phase == "apply":
            everything = (Change(kind=ChangeKind.CREATED, path="/ietf-netconf-acm:nacm"),)
            self.policy = changed_policy(self.policy, changes)
            self.whole = changed_policy(Policy(), replace(changes, changes=everything))


_YANG = "urn:ietf:params:xml:ns:yang:1"


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    """Follow three rule lists."""
    follower = Follower(tmp_path)
    follower.change(BEGINNING)
    yield follower
    follower.close()


def in_list(name: str, content: str, attributes: str = "") -> str:
    """Write an edit of a rule list."""
    return f"<rule-list {attributes}><name>{name}</name>{content}</rule-list>"


EDITS = [
    ("<read-default>deny</read-default>", {"first", "second", "it's"}),
    (group("staff", "bob"), {"first", "second", "it's"}),
    ('<groups nc:operation="remove"/>', {"first", "second", "it's"}),
    (in_list("second", "<group>other</group>"), {"first", "it's"}),
    (in_list("second", rule("permit", name="more")), {"first", "it's"}),
    (
        in_list("second", "<rule><name>only</name><action>permit</action></rule>"),
        {"first", "it's"},
    ),
    (
        in_list("it's", '<rule nc:operation="delete"><name>only</name></rule>'),
        {"first", "second"},
    ),
    (in_list("first", "", 'nc:operation="delete"'), {"second", "it's"}),
    (in_list("new", rule("permit", name="only")), {"first", "second", "it's"}),
    (in_list("new", "", 'y:insert="first"'), {"first", "second", "it's"}),
]


@pytest.mark.parametrize(("content", "kept"), EDITS)
def test_a_change_leads_to_what_reading_the_whole_does(
    follower: Follower, content: str, kept: set[str]
) -> None:
    before = follower.policy.rule_lists
    follower.change(content)
    assert written(follower.policy) == written(follower.whole)
    same = {rules.name for rules in follower.policy.rule_lists if rules in before}
    assert same == kept


def test_the_order_of_rule_lists_and_rules_is_that_of_the_user(follower: Follower) -> None:
    follower.change(in_list("it's", "", 'y:insert="first" nc:operation="merge"'))
    assert follower.names() == ["it's", "first", "second"]
    follower.change(
        in_list("first", rule("permit", name="before").replace("<rule>", '<rule y:insert="first">'))
    )
    assert [rule.name for rule in follower.policy.rule_lists[1].rules] == ["before", "only"]


def test_everything_deleted_is_the_policy_without_configuration(follower: Follower) -> None:
    follower.change("<read-default>deny</read-default>")
    edit_all = '<rule-list nc:operation="delete"><name>{}</name></rule-list>'
    follower.change(
        '<groups nc:operation="remove"/><read-default nc:operation="remove"/>'
        + "".join(edit_all.format(name) for name in follower.names())
    )
    assert follower.policy == Policy()


@pytest.mark.rfc("8341 §3.5.2")
def test_every_leaf_is_taken_over(follower: Follower) -> None:
    follower.change(
        "<enable-nacm>false</enable-nacm><read-default>deny</read-default>"
        "<write-default>permit</write-default><exec-default>deny</exec-default>"
        "<enable-external-groups>false</enable-external-groups>"
        + in_list(
            "first",
            "<group>*</group>"
            + rule("permit", "create exec", name="a", module_name="vault", rpc_name="count")
            + rule("deny", "*", name="b", notification_name="counted")
            + rule("deny", "read", name="c", path="/v:vault"),
        )
    )
    policy = follower.policy
    assert not policy.is_enabled
    assert not policy.are_external_groups_used
    assert policy.defaults == Defaults(may_read=False, may_write=True, may_execute=False)
    assert policy.groups == {"staff": frozenset({"ann"})}
    assert policy.rule_lists[0].groups == {"staff", "*"}
    assert policy.rule_lists[0].rules[1:] == (
        Rule(
            name="a",
            is_permit=True,
            module_name="vault",
            rpc_name="count",
            accesses=frozenset({Access.CREATE, Access.EXEC}),
        ),
        Rule(name="b", is_permit=False, notification_name="counted"),
        Rule(name="c", is_permit=False, path="/vault:vault", accesses=frozenset({Access.READ})),
    )


def written(policy: Policy) -> object:
    """Make policies comparable, whose rule lists are equal to themselves only."""
    lists = [(rules.name, rules.groups, rules.rules) for rules in policy.rule_lists]
    return replace(policy, rule_lists=()), lists
