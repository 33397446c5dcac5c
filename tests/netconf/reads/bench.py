"""A server over the kinds without a transport, and a client that speaks with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from netconf_server.management import Management
from netconf_server.markup import DATASTORES, NMDA, ORIGIN, WITH_DEFAULTS
from netconf_server.protocol.session import Session
from netconf_server.server import build_management
from netconf_server.users.directory import UserDirectory
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.protocol.fakes import Client, is_ok
from tests.netconf.protocol.running import ADMIN, settings_in
from tests.netconf.reads.kinds import KINDS, kinds_schema

_PREFIXES = f'xmlns:ds="{DATASTORES}" xmlns:or="{ORIGIN}"'


@dataclass
class Bench:
    """The management, its provider, and a client that nothing is hidden from."""

    management: Management
    provider: FakeProvider
    client: Client

    def configure(self, settings: str) -> None:
        """Edit candidate and commit it."""
        assert is_ok(self.edit(settings))
        assert is_ok(self.client.ask("<commit/>"))

    def edit(self, settings: str) -> etree._Element:
        """Edit candidate."""
        return self.client.ask(
            "<edit-config><target><candidate/></target>"
            f'<config><settings xmlns="{KINDS}">{settings}</settings></config></edit-config>'
        )

    def get(self, filter_element: str = "", mode: str = "") -> str:
        """Read running and state; only what is of the kinds is returned, in short."""
        return content_of(self.client.ask(f"<get>{filter_element}{_defaults(mode)}</get>"))

    def get_config(self, source: str = "running", filter_element: str = "", mode: str = "") -> str:
        """Read a datastore."""
        inside = f"<source><{source}/></source>{filter_element}{_defaults(mode)}"
        return content_of(self.client.ask(f"<get-config>{inside}</get-config>"))

    def get_data(self, datastore: str, parameters: str = "", selected: str = "") -> str:
        """Read a datastore by its identity."""
        return content_of(self.ask_data(datastore, parameters, selected))

    def ask_data(self, datastore: str, parameters: str = "", selected: str = "") -> etree._Element:
        """Ask for a datastore by its identity."""
        chosen = selected and f"<subtree-filter>{kinds(selected)}</subtree-filter>"
        return self.client.ask(
            f'<get-data xmlns="{NMDA}" {_PREFIXES}><datastore>ds:{datastore}</datastore>'
            f"{chosen}{parameters}</get-data>"
        )


def open_bench(directory: Path) -> Bench:
    """Begin to serve from a directory; the caller closes the datastores."""
    provider = FakeProvider()
    settings = settings_in(directory, recovery_users=frozenset({ADMIN.name}))
    management = build_management(kinds_schema(), provider, settings, UserDirectory(settings.users))
    management.datastores.start()
    record = management.open_session(ADMIN.name, "192.0.2.1", lambda: None)
    client = Client(Session(record, management, 1_000_000), record)
    client.greet("urn:ietf:params:netconf:base:1.1")
    return Bench(management, provider, client)


def _defaults(mode: str) -> str:
    return mode and f'<with-defaults xmlns="{WITH_DEFAULTS}">{mode}</with-defaults>'


def kinds(elements: str) -> str:
    """Put elements into the namespace of the kinds."""
    return elements.replace("<settings", f'<settings xmlns="{KINDS}"').replace(
        "<kinds", f'<kinds xmlns="{KINDS}"'
    )


def content_of(reply: etree._Element) -> str:
    """Return what is of the kinds in a reply's data, with attributes by local names."""
    (data,) = reply
    assert etree.QName(data).localname == "data", etree.tostring(reply)
    return "".join(_short(child) for child in data if child.tag.startswith(f"{{{KINDS}}}"))


def _short(element: etree._Element) -> str:
    name = etree.QName(element).localname
    attributes = "".join(
        f' {etree.QName(key).localname}="{element.get(key)}"' for key in sorted(element.keys())
    )
    inside = (element.text or "") + "".join(_short(child) for child in element)
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"
