"""What a rule matches, what holds without one, and who is bound at all (RFC 8341 §3.4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netconf_server.access import WriteKind
from netconf_server.errors import RpcError
from netconf_server.nacm import Nacm
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import Json, StateSelection
from netconf_server.schema.data import DataFormat, LibraryError
from tests.netconf.nacm.acme import (
    BASE,
    VAULT,
    acme_schema,
    configure,
    group,
    may_execute,
    nacm_with,
    nacm_xml,
    node_at,
    parsed,
    rule,
    rule_list,
    session,
)

BOX = "vault:vault/box"
BOXES = f"""
  <vault xmlns="{VAULT}">
    <box><owner>ann</owner><number>1</number><secret>a</secret></box>
    <box><owner>bob</owner><number>1</number><secret>b</secret></box>
    <box><owner>bob</owner><number>2</number><secret>c</secret></box>
  </vault>
"""


def with_rules(*rules: str, switches: str = "") -> Nacm:
    """Bind the users ann and bob by some rules."""
    return nacm_with(switches + group("staff", "ann", "bob") + rule_list("staff", *rules))


def shown_secrets(nacm: Nacm, user: str, *groups: str) -> list[str]:
    """Return the secrets that a user can read."""
    gate = nacm.read_gate(session(user, *groups))
    with parsed(BOXES) as tree:
        leafs = tree.select("/vault:vault/box/secret")
        return [leaf.value for leaf in leafs if gate is None or gate.may_read(leaf)]


def is_writable(nacm: Nacm, record: SessionRecord, names: str, path: str = "") -> bool:
    """Ask whether a node may be created."""
    gate = nacm.write_gate(record)
    try:
        if gate is not None:
            gate.require(WriteKind.CREATE, node_at(names), path or f"/{names}")
    except RpcError:
        return False
    return True


def counters(nacm: Nacm) -> dict[str, Json]:
    """Read the state of ``/nacm``."""
    (fragment,) = nacm.read_state(StateSelection())
    content = fragment.data["ietf-netconf-acm:nacm"]
    assert isinstance(content, dict)
    return content


class TestWithoutConfiguration:
    nacm = Nacm(acme_schema(), frozenset({"root"}))

    @pytest.mark.rfc("8341 §3.4.1")
    def test_nobody_may_write_but_the_recovery_user(self) -> None:
        assert not is_writable(self.nacm, session("ann"), "vault:vault/name")
        assert is_writable(self.nacm, session("root"), "vault:vault/name")

    @pytest.mark.rfc("8341 §3.3.4.2")
    def test_everybody_may_read_what_is_not_sensitive(self) -> None:
        gate = self.nacm.read_gate(session("ann"))
        assert gate is not None
        assert gate.is_whole_readable(node_at(BOX))
        assert gate.is_never_readable(node_at("vault:vault/alarm"))
        assert gate.is_never_readable(node_at("ietf-netconf-acm:nacm"))
        assert not gate.is_whole_readable(node_at("vault:vault"))

    @pytest.mark.rfc("8341 §3.3.3")
    def test_a_recovery_user_is_bound_by_nothing(self) -> None:
        record = session("root")
        assert self.nacm.read_gate(record) is None
        assert self.nacm.write_gate(record) is None
        assert may_execute(self.nacm, record, "kill-session")
        assert may_execute(self.nacm, record, "vault:burn")
        assert self.nacm.may_receive(record, node_at("vault:burnt"), "/vault:burnt")

    @pytest.mark.rfc("8341 §3.2.7", "8341 §3.2.10", "8341 §3.4.4")
    @pytest.mark.parametrize(
        ("operation", "executes"),
        [
            ("get", True),
            ("edit-config", True),
            ("vault:count", True),
            ("close-session", True),
            ("kill-session", False),
            ("delete-config", False),
            ("vault:burn", False),
        ],
    )
    def test_operations_are_permitted_but_for_those_that_are_sensitive(
        self, operation: str, executes: bool
    ) -> None:
        assert may_execute(self.nacm, session("ann"), operation) is executes


class TestSwitches:
    @pytest.mark.rfc("8341 §3.3.4.1")
    def test_nothing_is_denied_while_it_is_disabled(self) -> None:
        nacm = nacm_with("<enable-nacm>false</enable-nacm><exec-default>deny</exec-default>")
        record = session("ann")
        assert nacm.read_gate(record) is None
        assert nacm.write_gate(record) is None
        assert may_execute(nacm, record, "kill-session")

    @pytest.mark.rfc("8341 §3.3.4.2")
    def test_read_default_deny_hides_data_and_notifications(self) -> None:
        nacm = nacm_with("<read-default>deny</read-default>")
        gate = nacm.read_gate(session("ann"))
        assert gate is not None
        assert gate.is_never_readable(node_at("vault:vault"))
        assert not nacm.may_receive(session("ann"), node_at("vault:counted"), "/vault:counted")

    @pytest.mark.rfc("8341 §3.3.4.3")
    def test_write_default_permit_leaves_what_is_sensitive(self) -> None:
        nacm = nacm_with("<write-default>permit</write-default>")
        assert is_writable(nacm, session("ann"), "vault:vault/name")
        assert not is_writable(nacm, session("ann"), "vault:vault/walls/thickness")
        assert not is_writable(nacm, session("ann"), "vault:vault/alarm/level")

    @pytest.mark.rfc("8341 §3.3.4.4")
    def test_exec_default_deny_leaves_close_session(self) -> None:
        nacm = nacm_with("<exec-default>deny</exec-default>")
        assert not may_execute(nacm, session("ann"), "get")
        assert may_execute(nacm, session("ann"), "close-session")

    @pytest.mark.rfc("8341 §3.3.4.5")
    @pytest.mark.parametrize(("switch", "executes"), [("true", True), ("false", False)])
    def test_groups_of_the_transport_count_if_they_are_enabled(
        self, switch: str, executes: bool
    ) -> None:
        external = f"<enable-external-groups>{switch}</enable-external-groups>"
        permit = rule_list("wheel", rule("permit", "exec", rpc_name="kill-session"))
        nacm = nacm_with(external + permit)
        assert may_execute(nacm, session("zoe", "wheel"), "kill-session") is executes
        assert not may_execute(nacm, session("zoe"), "kill-session")


class TestGroups:
    @pytest.mark.rfc("8341 §3.4.4")
    def test_a_rule_list_for_all_groups_is_not_for_those_in_none(self) -> None:
        nacm = nacm_with(group("staff", "ann") + rule_list("*", rule("permit")))
        assert may_execute(nacm, session("ann"), "kill-session")
        assert not may_execute(nacm, session("zoe"), "kill-session")

    @pytest.mark.rfc("8341 §3.4.4")
    def test_the_first_rule_that_matches_decides_over_all_lists(self) -> None:
        first = rule_list("staff", rule("deny", "exec", rpc_name="get"), name="first")
        second = rule_list("staff", rule("permit"), name="second")
        nacm = nacm_with(group("staff", "ann") + first + second)
        assert not may_execute(nacm, session("ann"), "get")
        assert may_execute(nacm, session("ann"), "kill-session")


class TestOperations:
    @pytest.mark.rfc("8341 §3.4.4")
    @pytest.mark.parametrize(
        ("about", "executes"),
        [
            ({"rpc_name": "count"}, False),
            ({"rpc_name": "*"}, False),
            ({}, False),
            ({"module_name": "vault"}, False),
            ({"module_name": "vault", "rpc_name": "count"}, False),
            ({"rpc_name": "burn"}, True),
            ({"module_name": "vault-extra"}, True),
            ({"module_name": "ietf-netconf", "rpc_name": "count"}, True),
            ({"notification_name": "*"}, True),
            ({"path": "/"}, True),
        ],
    )
    def test_what_a_rule_matches(self, about: dict[str, str], executes: bool) -> None:
        nacm = with_rules(rule("deny", "exec", **about))
        assert may_execute(nacm, session("ann"), "vault:count") is executes

    @pytest.mark.rfc("8341 §3.4.4")
    def test_a_rule_for_other_access_does_not_match(self) -> None:
        nacm = with_rules(rule("deny", "read create update delete"))
        assert may_execute(nacm, session("ann"), "vault:count")

    @pytest.mark.rfc("8341 §3.4.4")
    def test_the_error_names_the_operation(self) -> None:
        nacm = with_rules(rule("deny", "exec"))
        with pytest.raises(RpcError) as refusal:
            nacm.require_operation(session("ann"), node_at("vault:count"), f"{{{VAULT}}}count")
        assert refusal.value.tag.value == "access-denied"
        assert refusal.value.path == "/ietf-netconf:rpc/vault:count"

    @pytest.mark.rfc("8341 §3.4.4")
    def test_an_operation_without_a_schema_node_is_judged_by_its_name(self) -> None:
        nacm = with_rules(rule("deny", "exec", module_name="ietf-netconf", rpc_name="commit"))
        with pytest.raises(RpcError):
            nacm.require_operation(session("ann"), None, f"{{{BASE}}}commit")


class TestNotifications:
    @pytest.mark.rfc("8341 §3.4.6")
    @pytest.mark.parametrize(
        ("about", "receives"),
        [
            ({"notification_name": "counted"}, False),
            ({"notification_name": "*"}, False),
            ({}, False),
            ({"module_name": "vault"}, False),
            ({"notification_name": "burnt"}, True),
            ({"rpc_name": "*"}, True),
            ({"path": "/"}, True),
        ],
    )
    def test_what_a_rule_matches(self, about: dict[str, str], receives: bool) -> None:
        nacm = with_rules(rule("deny", "read", **about))
        record = session("ann")
        assert nacm.may_receive(record, node_at("vault:counted"), "/vault:counted") is receives

    @pytest.mark.rfc("8341 §3.4.6")
    def test_a_sensitive_one_needs_a_rule(self) -> None:
        burnt = node_at("vault:burnt")
        assert not nacm_with("").may_receive(session("ann"), burnt, "/vault:burnt")
        nacm = with_rules(rule("permit", "read", notification_name="burnt"))
        assert nacm.may_receive(session("ann"), burnt, "/vault:burnt")

    @pytest.mark.rfc("8341 §3.4.6")
    @pytest.mark.parametrize(
        ("rules", "receives"),
        [
            ([], True),
            ([rule("deny", "read", path="/v:vault")], False),
            ([rule("deny", "read", path="/v:vault/v:box[v:owner='ann']")], False),
            ([rule("deny", "read", path="/v:vault/v:box[v:owner='bob']")], True),
            ([rule("deny", "read", path="/v:vault/v:box/v:opened")], False),
            ([rule("deny", "read", path="/v:vault/v:box/v:secret")], True),
            ([rule("deny", "read", notification_name="opened")], True),
        ],
    )
    def test_one_in_data_is_read_as_data_is(self, rules: list[str], receives: bool) -> None:
        path = "/vault:vault/box[owner='ann'][number='1']/opened"
        nacm = with_rules(*rules)
        assert nacm.may_receive(session("ann"), node_at(f"{BOX}/opened"), path) is receives


class TestPaths:
    @pytest.mark.rfc("8341 §3.5.2")
    @pytest.mark.parametrize(
        ("path", "shown"),
        [
            ("/", []),
            ("/v:vault", []),
            ("/v:vault/v:box", []),
            ("/v:vault/v:box/v:secret", []),
            ("/v:vault/v:box[v:owner='bob'][v:number='1']", ["a", "c"]),
            ("/v:vault/v:box[v:number='1'][v:owner='bob']/v:secret", ["a", "c"]),
            ("/v:vault/v:box[v:owner='bob']", ["a"]),
            ("/v:vault/v:box[v:number='1']", ["c"]),
            ('/v:vault/v:box[v:owner="ann"]/v:secret', ["b", "c"]),
            ("/v:vault/v:box[v:number='01']", ["c"]),
            ("/v:vault/v:box[v:owner='zoe']", ["a", "b", "c"]),
            ("/v:vault/v:name", ["a", "b", "c"]),
        ],
    )
    def test_keys_may_be_left_out(self, path: str, shown: list[str]) -> None:
        assert shown_secrets(with_rules(rule("deny", "read", path=path)), "ann") == shown

    @pytest.mark.rfc("8341 §3.4.5")
    def test_a_module_with_a_path_must_be_that_of_the_node(self) -> None:
        nacm = with_rules(rule("deny", "read", path="/v:vault/v:box", module_name="vault-extra"))
        gate = nacm.read_gate(session("ann"))
        assert gate is not None
        assert gate.is_never_readable(node_at(f"{BOX}/vault-extra:label"))
        assert gate.is_whole_readable(node_at(f"{BOX}/secret"))

    @pytest.mark.rfc("8341 §3.2.4")
    def test_an_entry_goes_with_its_keys(self) -> None:
        gate = with_rules(rule("deny", "read", path="/v:vault/v:box/v:number")).read_gate(
            session("ann")
        )
        assert gate is not None
        assert gate.is_never_readable(node_at(BOX))
        with parsed(BOXES) as tree:
            assert not any(gate.may_read(box) for box in tree.select("/vault:vault/box"))

    @pytest.mark.rfc("8341 §3.5.2")
    def test_the_variable_stands_for_the_user_of_the_session(self) -> None:
        nacm = with_rules(
            rule("permit", "read", path="/v:vault/v:box[v:owner=$USER]"),
            rule("deny", "read", path="/v:vault/v:box"),
        )
        assert shown_secrets(nacm, "ann") == ["a"]
        assert shown_secrets(nacm, "bob") == ["b", "c"]

    @pytest.mark.rfc("8341 §3.5.2")
    @pytest.mark.parametrize(
        ("path", "canonical"),
        [
            (
                "/v:vault/v:box[v:owner=$USER][v:number='1']/v:secret",
                "/vault:vault/box[owner=$USER][number='1']/secret",
            ),
            ("/v:vault/v:box[ v:number = '1' ]", "/vault:vault/box[number='1']"),
            (
                "/v:vault/v:box[v:owner='$USER'][v:number='1']",
                "/vault:vault/box[owner='$USER'][number='1']",
            ),
            (
                "/v:vault/v:box/v:inside/v:item[v:name=$USER]",
                "/vault:vault/box/inside/item[name=$USER]",
            ),
            ("/v:vault/v:box/x:label", "/vault:vault/box/vault-extra:label"),
            ("/", "/"),
        ],
    )
    @pytest.mark.parametrize("encoding", list(DataFormat))
    def test_a_path_is_handed_out_as_it_was_taken(
        self, path: str, canonical: str, encoding: DataFormat
    ) -> None:
        content = rule_list("staff", rule("deny", path=path, name="r"))
        with parsed(nacm_xml(content)) as tree, tree.duplicate() as copy:
            printed = copy.print(encoding)
            with acme_schema().parse(printed, encoding) as again:
                values = again.count_values("/ietf-netconf-acm:nacm/rule-list/rule/path")
                assert list(values) == [canonical]
                assert again.print(encoding) == printed

    @pytest.mark.rfc("8341 §3.5.2")
    @pytest.mark.parametrize(
        "path",
        ["/v:nothing", "/q:vault", "vault", "/v:vault[v:name > 1]", "//v:box", "/v:vault/v:box[1]"],
    )
    def test_what_is_no_instance_identifier_is_no_value(self, path: str) -> None:
        text = nacm_xml(rule_list("staff", rule("deny", path=path, name="r")))
        text = text.replace("[v:name > 1]", "[v:name &gt; 1]")
        with pytest.raises(LibraryError):
            parsed(text)

    @pytest.mark.rfc("8341 §3.5.2")
    @pytest.mark.parametrize(
        "path",
        [
            "/v:vault/v:box[v:colour='red']",
            "/v:vault/v:box[v:colour=$USER]",
            "/v:vault/v:box[v:number='many']",
            "/v:vault[v:name='n']",
        ],
    )
    def test_a_rule_that_can_match_nothing_is_refused(self, path: str) -> None:
        content = rule_list("staff", rule("deny", path=path, name="r"))
        configure(nacm_with(""), content, is_valid=False)


class TestSensitiveNodes:
    @pytest.mark.rfc("8341 §3.4.5")
    def test_a_rule_opens_them(self) -> None:
        nacm = with_rules(rule("permit", path="/v:vault"))
        gate = nacm.read_gate(session("ann"))
        assert gate is not None
        assert gate.is_whole_readable(node_at("vault:vault/alarm"))
        assert is_writable(nacm, session("ann"), "vault:vault/walls/thickness")

    @pytest.mark.rfc("8341 §3.4.5")
    def test_walls_that_may_not_be_written_can_be_read(self) -> None:
        gate = nacm_with("").read_gate(session("ann"))
        assert gate is not None
        assert gate.is_whole_readable(node_at("vault:vault/walls"))


class TestCounters:
    @pytest.mark.rfc("8341 §3.5.2")
    @pytest.mark.parametrize(
        ("name", "ask"),
        [
            ("denied-operations", lambda nacm: may_execute(nacm, session("ann"), "kill-session")),
            (
                "denied-data-writes",
                lambda nacm: is_writable(nacm, session("ann"), "vault:vault/name"),
            ),
            (
                "denied-notifications",
                lambda nacm: nacm.may_receive(
                    session("ann"), node_at("vault:burnt"), "/vault:burnt"
                ),
            ),
        ],
    )
    def test_what_is_denied_is_counted(self, name: str, ask: Callable[[Nacm], bool]) -> None:
        nacm = nacm_with("")
        assert set(counters(nacm).values()) == {0}
        assert not ask(nacm)
        assert counters(nacm).pop(name) == 1
        assert sum(value == 0 for value in counters(nacm).values()) == 2
