"""Access control as the server knows it: a part with configuration and state, asked by sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from netconf_server.access import ReadGate, WriteGate
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.markup import BASE, YANG
from netconf_server.nacm.compiled import CompiledRules
from netconf_server.nacm.configuration import ROOT, changed_policy, rule_paths
from netconf_server.nacm.gates import RuledReadGate, RuledWriteGate, access_denied
from netconf_server.nacm.instances import ExistingInstance, NamedInstance
from netconf_server.nacm.policy import Access, Policy, RuleList
from netconf_server.nacm.redaction import redacted
from netconf_server.nacm.rule_paths import RulePathError, resolve
from netconf_server.protocol.sessions import SessionRecord
from netconf_server.provider import (
    ChangeSet,
    DataPath,
    ProviderError,
    StateFragment,
    StateSelection,
)
from netconf_server.schema.data import DataNode
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.schema import Schema

_CLOSE_SESSION: Final = f"{{{BASE}}}close-session"
_ACTION: Final = f"{{{YANG}}}action"

#: What a subscription that ends must be told (RFC 8341 §3.4.6 step 3).
_ALWAYS_RECEIVED: Final = frozenset({"replayComplete", "notificationComplete"})
_NOTIFICATIONS: Final = "urn:ietf:params:xml:ns:netmod:notification"


@dataclass(slots=True)
class _Denials:
    """What was denied since the server started."""

    operations: int = 0
    data_writes: int = 0
    notifications: int = 0

    def count_data_write(self) -> None:
        """Count a request to write data."""
        self.data_writes += 1


class Nacm:
    """RFC 8341 for all sessions (access.AccessControl) and ``/nacm`` itself (ServerPart)."""

    def __init__(self, schema: Schema, recovery_users: frozenset[str]) -> None:
        """Bind everybody but the recovery users, as without any configuration (§3.4.1)."""
        self._schema = schema
        self._recovery_users = recovery_users
        self._policy = Policy()
        self._denials = _Denials()
        self._compiled: dict[tuple[tuple[RuleList, ...], str], CompiledRules] = {}
        self._bound: dict[tuple[str, frozenset[str]], CompiledRules] = {}
        self._read_gates: dict[CompiledRules, ReadGate] = {}

    # The part.

    def validate(self, changes: ChangeSet) -> Sequence[ProviderError]:
        """Refuse rules with paths that libyang takes but no data node can match."""
        return list(self._bad_paths(changes))

    def _bad_paths(self, changes: ChangeSet) -> Iterator[ProviderError]:
        for place, path in rule_paths(changes):
            try:
                resolve(self._schema.nodes, path)
            except RulePathError as error:
                yield ProviderError(path=place, message=str(error))

    def apply(self, changes: ChangeSet) -> None:
        """Take the configuration over; what has been compiled of it stays where it is the same."""
        before, self._policy = self._policy, changed_policy(self._policy, changes)
        self._bound.clear()
        self._read_gates.clear()
        current = set(self._policy.rule_lists)
        is_kept = before.defaults == self._policy.defaults
        self._compiled = {
            known: rules
            for known, rules in self._compiled.items()
            if is_kept and current.issuperset(known[0])
        }

    def read_state(self, selection: StateSelection) -> Iterable[StateFragment]:
        """Yield the counters."""
        denials = self._denials
        counters = {
            "denied-operations": denials.operations,
            "denied-data-writes": denials.data_writes,
            "denied-notifications": denials.notifications,
        }
        yield StateFragment(data={ROOT.removeprefix("/"): {**counters}})

    # The questions.

    def require_operation(self, session: SessionRecord, node: SchemaNode | None, tag: str) -> None:
        """Refuse a protocol operation (§3.4.4); an action is a matter of ``require_action``."""
        rules = self._rules_for(session)
        if rules is None or tag in (_CLOSE_SESSION, _ACTION):
            return
        namespace, _, name = tag.removeprefix("{").rpartition("}")
        module = self._schema.nodes.module_names.get(namespace, "")
        if not rules.may_execute(node, module, name):
            self._denials.operations += 1
            raise _operation_denied(module, name)

    def require_action(self, session: SessionRecord, node: DataNode) -> None:
        """Refuse an action: its node must be executable, those around it readable (§3.1.3)."""
        rules = self._rules_for(session)
        if rules is None:
            return
        is_permitted = rules.is_permitted(Access.EXEC, node.schema, ExistingInstance(node))
        around = node.parent
        while is_permitted and around is not None:
            is_permitted = rules.is_permitted(Access.READ, around.schema, ExistingInstance(around))
            around = around.parent
        if not is_permitted:
            self._denials.operations += 1
            raise access_denied(node.path)

    def write_gate(self, session: SessionRecord) -> WriteGate | None:
        """Return what the session may write; None: everything."""
        rules = self._rules_for(session)
        if rules is None or rules.is_everything_writable:
            return None
        return RuledWriteGate(rules, self._denials.count_data_write)

    def read_gate(self, session: SessionRecord) -> ReadGate | None:
        """Return what the session may read; None: everything."""
        rules = self._rules_for(session)
        if rules is None or rules.is_everything_readable:
            return None
        gate = self._read_gates.get(rules)
        if gate is None:
            gate = self._read_gates[rules] = RuledReadGate(rules)
        return gate

    def may_receive(self, session: SessionRecord, node: SchemaNode, path: DataPath) -> bool:
        """Tell whether a session gets a notification of this type (§3.4.6)."""
        rules = self._rules_for(session)
        if rules is None or _is_always_received(node):
            return True
        is_permitted = rules.may_receive(node, NamedInstance(node, path))
        self._denials.notifications += not is_permitted
        return is_permitted

    def redacted(self, session: SessionRecord, error: RpcError) -> RpcError:
        """Return an error without what the session may not read (§3.4.3)."""
        rules = self._rules_for(session)
        if rules is None or rules.is_everything_readable:
            return error
        return redacted(rules, self._schema.nodes, error)

    def _rules_for(self, session: SessionRecord) -> CompiledRules | None:
        """Return the rules that bind a session; None if none do (§3.4.4, 1 and 2)."""
        username, groups = session.username, session.groups
        if not self._policy.is_enabled or username in self._recovery_users:
            return None
        rules = self._bound.get((username, groups))
        if rules is None:
            lists = self._policy.rule_lists_for(username, groups)
            rules = self._bound[username, groups] = self._rules_of(lists, username)
        return rules

    def _rules_of(self, lists: tuple[RuleList, ...], username: str) -> CompiledRules:
        """Return the compiled rules, which users share unless their names decide."""
        name = username if any(each.is_for_user for each in lists) else ""
        rules = self._compiled.get((lists, name))
        if rules is None:
            flat = [rule for each in lists for rule in each.rules]
            rules = CompiledRules(self._schema.nodes, flat, self._policy.defaults, name)
            self._compiled[lists, name] = rules
        return rules


def _is_always_received(node: SchemaNode) -> bool:
    return node.namespace == _NOTIFICATIONS and node.name in _ALWAYS_RECEIVED


def _operation_denied(module: str, name: str) -> RpcError:
    """Make the error with the path that RFC 8341 §3.4.4 wants."""
    return RpcError(
        tag=ErrorTag.ACCESS_DENIED,
        type=ErrorType.PROTOCOL,
        path=f"/ietf-netconf:rpc/{module}:{name}",
        message=f"access denied: this user may not carry out <{name}>",
    )
