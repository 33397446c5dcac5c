"""Short ways to write access control rules, and to ask about them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from netconf_server.datastores.changes import TreeView, look_at
from netconf_server.errors import RpcError
from netconf_server.nacm import Nacm
from netconf_server.protocol.sessions import SessionRecord, SessionTable
from netconf_server.provider import Change, ChangeKind, ChangeSet
from netconf_server.schema.data import DataFormat
from netconf_server.schema.nodes import SchemaNode
from netconf_server.schema.schema import Schema
from netconf_server.schema.tree import DataTree

YANG_DIRECTORY: Final = Path(__file__).with_name("yang")
NACM: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm"
VAULT: Final = "urn:test:vault"
BASE: Final = "urn:ietf:params:xml:ns:netconf:base:1.0"

_MODULES: Final = ("acme-netconf", "acme-interfaces", "acme-system", "vault", "vault-extra")
_PREFIXES: Final = f'xmlns:v="{VAULT}" xmlns:x="urn:test:vault-extra" xmlns:n="{NACM}"'
_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def acme_schema() -> Schema:
    """Load the modules, once for all tests."""
    return Schema([YANG_DIRECTORY], {module: [] for module in _MODULES})


def nacm_xml(content: str) -> str:
    """Wrap the children of ``/nacm``, with the prefixes v, x and n."""
    return f'<nacm xmlns="{NACM}" {_PREFIXES}>{content}</nacm>'


def group(name: str, *users: str) -> str:
    """Write a group within its container."""
    members = "".join(f"<user-name>{user}</user-name>" for user in users)
    return f"<groups><group><name>{name}</name>{members}</group></groups>"


def rule_list(group_name: str, *rules: str, name: str = "rules") -> str:
    """Write a rule list for one group."""
    return f"<rule-list><name>{name}</name><group>{group_name}</group>{''.join(rules)}</rule-list>"


def rule(action: str, accesses: str = "*", name: str = "", **about: str) -> str:
    """Write a rule; ``about`` are leafs by their names, with underscores for hyphens."""
    leafs = "".join(
        f"<{leaf.replace('_', '-')}>{value}</{leaf.replace('_', '-')}>"
        for leaf, value in about.items()
    )
    label = name or "".join(character for character in f"{action}{accesses}{about}")
    label = label.replace("<", "").replace("&", "")
    return (
        f"<rule><name>{label}</name>{leafs}<access-operations>{accesses}</access-operations>"
        f"<action>{action}</action></rule>"
    )


def parsed(xml: str) -> DataTree:
    """Parse and validate a configuration, for the caller to free."""
    tree = acme_schema().parse(xml.encode(), DataFormat.XML)
    tree.validate()
    return tree


def nacm_with(content: str, recovery_users: frozenset[str] = frozenset()) -> Nacm:
    """Make access control with a configuration."""
    nacm = Nacm(acme_schema(), recovery_users)
    configure(nacm, content)
    return nacm


def configure(
    nacm: Nacm, content: str, *changed: str, before: str = "", is_valid: bool = True
) -> None:
    """Apply a configuration, as a change of the given paths below ``/nacm`` or as a whole."""
    paths = [f"/ietf-netconf-acm:nacm{path}" for path in changed or ("",)]
    with parsed(nacm_xml(before)) as old, parsed(nacm_xml(content)) as new:
        changes = ChangeSet(
            changes=tuple(Change(kind=ChangeKind.MODIFIED, path=path) for path in paths),
            before=TreeView(look_at(old)),
            after=TreeView(look_at(new)),
        )
        assert bool(nacm.validate(changes)) is not is_valid
        if is_valid:
            nacm.apply(changes)


def session(username: str, *groups: str) -> SessionRecord:
    """Open a session of a user, of whom the transport knows some groups."""
    table = SessionTable(lambda: _NOW)
    return table.open(username, "192.0.2.1", lambda: None, frozenset(groups))


def node_at(path: str) -> SchemaNode:
    """Find a schema node by names: ``module:top/name/module:name``."""
    found: SchemaNode | None = None
    for step in path.split("/"):
        module, _, name = step.rpartition(":")
        known = acme_schema().nodes.top if found is None else found.children
        found = next(
            node for node in known.values() if node.name == name and module in ("", node.module)
        )
    assert found is not None
    return found


def may_execute(nacm: Nacm, record: SessionRecord, operation: str) -> bool:
    """Ask about an operation, of NETCONF itself unless its name has a module in front."""
    module, _, name = operation.rpartition(":")
    module = module or "ietf-netconf"
    node = node_at(f"{module}:{name}")
    try:
        nacm.require_operation(record, node, f"{{{node.namespace}}}{name}")
    except RpcError as error:
        assert error.tag.value == "access-denied"
        return False
    return True
