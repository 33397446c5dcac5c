"""A management with access control and the vault's schema, and clients of named users."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from netconf_server.management import Management
from netconf_server.protocol.session import Session
from netconf_server.server import build_management
from netconf_server.users.directory import UserDirectory
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.nacm.acme import BASE, VAULT, acme_schema, nacm_xml
from tests.netconf.protocol.fakes import Client, error_of, is_ok
from tests.netconf.protocol.running import settings_in

ROOT_USER = "root"


class Served:
    """Everything but a transport; ``root`` is the recovery user."""

    def __init__(self, management: Management, provider: FakeProvider) -> None:
        self.management = management
        self.provider = provider

    def client(self, username: str, *groups: str) -> Client:
        """Open a session."""
        record = self.management.open_session(
            username, "192.0.2.1", lambda: None, frozenset(groups)
        )
        client = Client(Session(record, self.management, 1_000_000), record)
        client.greet("urn:ietf:params:netconf:base:1.1")
        return client

    def configure(self, *content: str) -> None:
        """Edit and commit as the recovery user."""
        root = self.client(ROOT_USER)
        assert is_ok(edit(root, *content))
        assert is_ok(root.ask("<commit/>"))


@contextmanager
def served(directory: Path) -> Iterator[Served]:
    """Serve from a directory without configuration."""
    provider = FakeProvider()
    settings = settings_in(directory, recovery_users=frozenset({ROOT_USER}))
    management = build_management(acme_schema(), provider, settings, UserDirectory(settings.users))
    management.datastores.start()
    try:
        yield Served(management, provider)
    finally:
        management.datastores.close()


def vault(content: str, attributes: str = "") -> str:
    """Wrap children of the vault."""
    return f'<vault xmlns="{VAULT}" xmlns:nc="{BASE}" {attributes}>{content}</vault>'


def nacm(content: str) -> str:
    """Wrap children of ``/nacm``, in which nc stands for NETCONF's namespace."""
    return nacm_xml(content).replace(">", f' xmlns:nc="{BASE}">', 1)


def edit(client: Client, *content: str, options: str = "") -> etree._Element:
    """Edit candidate."""
    return client.ask(
        f"<edit-config><target><candidate/></target>{options}"
        f"<config>{''.join(content)}</config></edit-config>"
    )


def commit(client: Client) -> etree._Element:
    """Commit candidate."""
    return client.ask("<commit/>")


def data_of(reply: etree._Element) -> str:
    """Return the texts of all elements in the reply's data, by their names."""
    data = reply.find(f"{{{BASE}}}data")
    assert data is not None, etree.tostring(reply)
    return " ".join(
        etree.QName(element).localname + (f"={element.text}" if element.text else "")
        for element in data.iterdescendants()
    )


def get_config(client: Client, filter_text: str = "", source: str = "running") -> str:
    """Read a datastore as ``data_of`` tells it."""
    return data_of(
        client.ask(f"<get-config><source><{source}/></source>{filter_text}</get-config>")
    )


def get(client: Client, filter_text: str = "") -> str:
    """Read running and state as ``data_of`` tells it."""
    return data_of(client.ask(f"<get>{filter_text}</get>"))


def subtree(content: str) -> str:
    """Write a subtree filter."""
    return f'<filter type="subtree">{content}</filter>'


def xpath(expression: str) -> str:
    """Write an XPath filter, with the prefix v."""
    return f'<filter type="xpath" xmlns:v="{VAULT}" select="{expression}"/>'


def refusal(reply: etree._Element) -> tuple[str, str | None]:
    """Return tag and path of the reply's one error."""
    error = error_of(reply)
    return error["error-tag"], error.get("error-path")
