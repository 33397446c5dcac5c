"""The examples of RFC 8341 Appendix A, as one table: what each group may after each of them."""

from __future__ import annotations

import pytest

from netconf_server.access import WriteKind
from netconf_server.errors import RpcError
from netconf_server.nacm import Nacm
from netconf_server.protocol.sessions import SessionRecord
from tests.netconf.nacm.acme import may_execute, nacm_with, node_at, session

GROUPS = """
  <groups>
    <group><name>admin</name><user-name>admin</user-name><user-name>andy</user-name></group>
    <group><name>limited</name><user-name>wilma</user-name><user-name>bam-bam</user-name></group>
    <group>
      <name>guest</name><user-name>guest</user-name><user-name>guest@example.com</user-name>
    </group>
  </groups>
"""

MODULE_RULES = """
  <rule-list>
    <name>guest-acl</name>
    <group>guest</group>
    <rule>
      <name>deny-ncm</name>
      <module-name>ietf-netconf-monitoring</module-name>
      <access-operations>*</access-operations>
      <action>deny</action>
    </rule>
  </rule-list>
  <rule-list>
    <name>limited-acl</name>
    <group>limited</group>
    <rule>
      <name>permit-ncm</name>
      <module-name>ietf-netconf-monitoring</module-name>
      <access-operations>read</access-operations>
      <action>permit</action>
    </rule>
    <rule>
      <name>permit-exec</name>
      <module-name>*</module-name>
      <access-operations>exec</access-operations>
      <action>permit</action>
    </rule>
  </rule-list>
  <rule-list>
    <name>admin-acl</name>
    <group>admin</group>
    <rule>
      <name>permit-all</name>
      <module-name>*</module-name>
      <access-operations>*</access-operations>
      <action>permit</action>
    </rule>
  </rule-list>
"""

OPERATION_RULES = """
  <rule-list>
    <name>guest-limited-acl</name>
    <group>limited</group>
    <group>guest</group>
    <rule>
      <name>deny-kill-session</name>
      <module-name>ietf-netconf</module-name>
      <rpc-name>kill-session</rpc-name>
      <access-operations>exec</access-operations>
      <action>deny</action>
    </rule>
    <rule>
      <name>deny-delete-config</name>
      <module-name>ietf-netconf</module-name>
      <rpc-name>delete-config</rpc-name>
      <access-operations>exec</access-operations>
      <action>deny</action>
    </rule>
  </rule-list>
  <rule-list>
    <name>limited-acl</name>
    <group>limited</group>
    <rule>
      <name>permit-edit-config</name>
      <module-name>ietf-netconf</module-name>
      <rpc-name>edit-config</rpc-name>
      <access-operations>exec</access-operations>
      <action>permit</action>
    </rule>
  </rule-list>
"""

DATA_RULES = """
  <rule-list>
    <name>guest-acl</name>
    <group>guest</group>
    <rule>
      <name>deny-nacm</name>
      <path xmlns:n="urn:ietf:params:xml:ns:yang:ietf-netconf-acm">
        /n:nacm
      </path>
      <access-operations>*</access-operations>
      <action>deny</action>
    </rule>
  </rule-list>
  <rule-list>
    <name>limited-acl</name>
    <group>limited</group>
    <rule>
      <name>permit-acme-config</name>
      <path xmlns:acme="http://example.com/ns/netconf">
        /acme:acme-netconf/acme:config-parameters
      </path>
      <access-operations>
        read create update delete
      </access-operations>
      <action>permit</action>
    </rule>
  </rule-list>
  <rule-list>
    <name>guest-limited-acl</name>
    <group>guest</group>
    <group>limited</group>
    <rule>
      <name>permit-dummy-interface</name>
      <path xmlns:acme="http://example.com/ns/itf">
        /acme:interfaces/acme:interface[acme:name='dummy']
      </path>
      <access-operations>read update</access-operations>
      <action>permit</action>
    </rule>
  </rule-list>
  <rule-list>
    <name>admin-acl</name>
    <group>admin</group>
    <rule>
      <name>permit-interface</name>
      <path xmlns:acme="http://example.com/ns/itf">
        /acme:interfaces/acme:interface
      </path>
      <access-operations>*</access-operations>
      <action>permit</action>
    </rule>
  </rule-list>
"""

NOTIFICATION_RULES = """
  <rule-list>
    <name>sys-acl</name>
    <group>limited</group>
    <group>guest</group>
    <rule>
      <name>deny-config-change</name>
      <module-name>acme-system</module-name>
      <notification-name>sys-config-change</notification-name>
      <access-operations>read</access-operations>
      <action>deny</action>
    </rule>
  </rule-list>
"""

ADMIN, LIMITED, GUEST, NOBODY = "andy", "wilma", "guest@example.com", "fred"


def may_write(nacm: Nacm, record: SessionRecord, kind: WriteKind, names: str, path: str) -> bool:
    """Ask whether a node with a path may be written."""
    gate = nacm.write_gate(record)
    try:
        if gate is not None:
            gate.require(kind, node_at(names), path)
    except RpcError as error:
        assert error.path == path
        return False
    return True


def may_read(nacm: Nacm, record: SessionRecord, names: str) -> bool:
    """Ask whether all instances of a node can be read."""
    gate = nacm.read_gate(record)
    return gate is None or gate.is_whole_readable(node_at(names))


def may_receive(nacm: Nacm, record: SessionRecord, names: str) -> bool:
    """Ask whether a notification may be received."""
    return nacm.may_receive(record, node_at(names), f"/{names}")


@pytest.mark.rfc("8341 §A.1")
@pytest.mark.parametrize(
    ("user", "executes"), [(ADMIN, True), (LIMITED, False), (GUEST, False), (NOBODY, False)]
)
def test_a_user_is_in_the_groups_that_name_the_user(user: str, executes: bool) -> None:
    rules = """
      <rule-list><name>r</name><group>admin</group>
        <rule><name>r</name><rpc-name>kill-session</rpc-name><action>permit</action></rule>
      </rule-list>
    """
    assert may_execute(nacm_with(GROUPS + rules), session(user), "kill-session") is executes


class TestModuleRules:
    nacm = nacm_with(GROUPS + MODULE_RULES)

    @pytest.mark.rfc("8341 §A.2")
    @pytest.mark.parametrize(
        ("user", "reads"), [(ADMIN, True), (LIMITED, True), (GUEST, False), (NOBODY, True)]
    )
    def test_monitoring_is_hidden_from_guests(self, user: str, reads: bool) -> None:
        names = "ietf-netconf-monitoring:netconf-state"
        assert may_read(self.nacm, session(user), names) is reads

    @pytest.mark.rfc("8341 §A.2")
    @pytest.mark.parametrize(
        ("user", "executes"), [(ADMIN, True), (LIMITED, True), (GUEST, False), (NOBODY, True)]
    )
    def test_guests_may_not_use_the_operations_of_the_module(
        self, user: str, executes: bool
    ) -> None:
        operation = "ietf-netconf-monitoring:get-schema"
        assert may_execute(self.nacm, session(user), operation) is executes

    @pytest.mark.rfc("8341 §A.2")
    @pytest.mark.parametrize(
        ("user", "executes"), [(ADMIN, True), (LIMITED, True), (GUEST, False), (NOBODY, False)]
    )
    def test_permit_exec_is_for_every_operation(self, user: str, executes: bool) -> None:
        assert may_execute(self.nacm, session(user), "kill-session") is executes

    @pytest.mark.rfc("8341 §A.2")
    def test_an_admin_is_bound_by_nothing(self) -> None:
        assert self.nacm.read_gate(session(ADMIN)) is None
        assert self.nacm.write_gate(session(ADMIN)) is None
        assert may_execute(self.nacm, session(ADMIN), "vault:burn")


class TestOperationRules:
    @pytest.mark.rfc("8341 §A.3")
    @pytest.mark.parametrize("user", [LIMITED, GUEST])
    @pytest.mark.parametrize("operation", ["kill-session", "delete-config"])
    def test_disruptive_operations_are_denied(self, user: str, operation: str) -> None:
        permit = """
          <rule-list><name>later</name><group>*</group>
            <rule><name>all</name><action>permit</action></rule>
          </rule-list>
        """
        nacm = nacm_with(GROUPS + OPERATION_RULES + permit)
        assert not may_execute(nacm, session(user), operation)
        assert may_execute(nacm, session(ADMIN), operation)

    @pytest.mark.rfc("8341 §A.3")
    @pytest.mark.parametrize(
        ("user", "executes"), [(ADMIN, False), (LIMITED, True), (GUEST, False)]
    )
    def test_permit_edit_config_has_its_effect_if_the_default_is_deny(
        self, user: str, executes: bool
    ) -> None:
        nacm = nacm_with("<exec-default>deny</exec-default>" + GROUPS + OPERATION_RULES)
        assert may_execute(nacm, session(user), "edit-config") is executes
        assert may_execute(nacm, session(user), "close-session")


CREATE, UPDATE, DELETE = WriteKind.CREATE, WriteKind.UPDATE, WriteKind.DELETE
INTERFACE = "acme-interfaces:interfaces/interface"
DUMMY = "/acme-interfaces:interfaces/interface[name='dummy']"
OTHER = "/acme-interfaces:interfaces/interface[name='eth0']"
KEEPALIVE = "acme-netconf:acme-netconf/config-parameters/keepalive"
CONTACT = "acme-netconf:acme-netconf/contact"


class TestDataNodeRules:
    nacm = nacm_with(GROUPS + DATA_RULES)

    @pytest.mark.rfc("8341 §A.4")
    @pytest.mark.parametrize(
        ("names", "path", "kinds"),
        [
            (KEEPALIVE, f"/{KEEPALIVE}", {LIMITED: {CREATE, UPDATE, DELETE}}),
            (CONTACT, f"/{CONTACT}", {}),
            (
                INTERFACE,
                DUMMY,
                {ADMIN: {CREATE, UPDATE, DELETE}, LIMITED: {UPDATE}, GUEST: {UPDATE}},
            ),
            (
                f"{INTERFACE}/mtu",
                f"{DUMMY}/mtu",
                {ADMIN: {CREATE, UPDATE, DELETE}, LIMITED: {UPDATE}, GUEST: {UPDATE}},
            ),
            (INTERFACE, OTHER, {ADMIN: {CREATE, UPDATE, DELETE}}),
            (f"{INTERFACE}/mtu", f"{OTHER}/mtu", {ADMIN: {CREATE, UPDATE, DELETE}}),
        ],
    )
    def test_who_may_write_what(
        self, names: str, path: str, kinds: dict[str, set[WriteKind]]
    ) -> None:
        for user in (ADMIN, LIMITED, GUEST, NOBODY):
            may = {
                kind for kind in WriteKind if may_write(self.nacm, session(user), kind, names, path)
            }
            assert may == kinds.get(user, set())

    @pytest.mark.rfc("8341 §A.4")
    @pytest.mark.parametrize("user", [LIMITED, GUEST, ADMIN, NOBODY])
    def test_nobody_is_shown_the_rules(self, user: str) -> None:
        gate = self.nacm.read_gate(session(user))
        assert gate is not None
        assert gate.is_never_readable(node_at("ietf-netconf-acm:nacm"))


class TestNotificationRules:
    nacm = nacm_with(GROUPS + NOTIFICATION_RULES)

    @pytest.mark.rfc("8341 §A.5")
    @pytest.mark.parametrize(
        ("user", "receives"), [(ADMIN, True), (LIMITED, False), (GUEST, False), (NOBODY, True)]
    )
    def test_config_changes_are_not_told_to_guest_and_limited(
        self, user: str, receives: bool
    ) -> None:
        assert may_receive(self.nacm, session(user), "acme-system:sys-config-change") is receives
        assert may_receive(self.nacm, session(user), "acme-system:sys-restart")
