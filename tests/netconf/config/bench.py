"""The shop, with everything of the server around it but a transport."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lxml import etree

from netconf_server.management import Management
from netconf_server.markup import BASE
from netconf_server.protocol.session import Session
from netconf_server.server import build_management
from netconf_server.users.directory import UserDirectory
from tests.netconf.data.shop import SHOP, shop_schema
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.manual_time import ManualTime
from tests.netconf.protocol.fakes import Client
from tests.netconf.protocol.running import settings_in


class ServedShop:
    """A management and its clients; ``root`` is bound by no access control."""

    def __init__(
        self, management: Management, provider: FakeProvider, directory: Path, time: ManualTime
    ) -> None:
        self.management = management
        self.time = time
        self.provider = provider
        self.directory = directory

    def client(self, username: str = "root") -> Client:
        """Open a session."""
        record = self.management.open_session(username, "192.0.2.1", lambda: None)
        client = Client(Session(record, self.management, 1_000_000), record)
        client.greet("urn:ietf:params:netconf:base:1.1")
        return client


@contextmanager
def served_shop(
    directory: Path, *, writable_running: bool = False, factory_default: Path | None = None
) -> Iterator[ServedShop]:
    """Serve from a directory, with what is stored there."""
    provider = FakeProvider()
    settings = replace(
        settings_in(directory, recovery_users=frozenset({"root"})),
        writable_running=writable_running,
        factory_default=factory_default,
    )
    users = UserDirectory(settings.users)
    time = ManualTime()
    management = build_management(
        shop_schema(), provider, settings, users, now=time.now, scheduler=time
    )
    management.datastores.start()
    management.confirmed.start()
    try:
        yield ServedShop(management, provider, directory, time)
    finally:
        management.datastores.close()


def shop_xml(content: str) -> str:
    """Wrap children of the shop."""
    return f'<shop xmlns="{SHOP}" xmlns:nc="{BASE}">{content}</shop>'


def edit_config(content: str, target: str = "candidate", options: str = "") -> str:
    """Write a request that edits the shop."""
    return (
        f"<edit-config><target><{target}/></target>{options}"
        f"<config>{shop_xml(content)}</config></edit-config>"
    )


def copy_config(source: str, target: str) -> str:
    """Write a request that copies; both are the elements inside."""
    return f"<copy-config><target>{target}</target><source>{source}</source></copy-config>"


def texts_in(client: Client, source: str = "running") -> list[str]:
    """Return the leafs in a datastore, as name=value."""
    reply = client.ask(f"<get-config><source><{source}/></source></get-config>")
    return [
        f"{etree.QName(element).localname}={element.text}"
        for element in reply[0].iterdescendants()
        if len(element) == 0
    ]


def errors_of(reply: etree._Element) -> list[tuple[str | None, str | None]]:
    """Return tag and message of each error."""
    errors = reply.findall(f"{{{BASE}}}rpc-error")
    assert len(errors) == len(reply)
    return [
        (error.findtext(f"{{{BASE}}}error-tag"), error.findtext(f"{{{BASE}}}error-message"))
        for error in errors
    ]
