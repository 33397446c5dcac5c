"""The factory default: to begin with, to read, and to go back to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from netconf_server.events import ConfigurationChanged, ServerEvent
from netconf_server.markup import BASE, DATASTORES, FACTORY_DEFAULT, NMDA
from netconf_server.provider import ProviderError
from netconf_server.storage.persistence import StoredConfigurationError
from tests.netconf.config.bench import (
    ServedShop,
    copy_config,
    edit_config,
    served_shop,
    shop_xml,
    texts_in,
)
from tests.netconf.protocol.fakes import Client, error_of, is_ok

pytestmark = pytest.mark.rfc("8808 §2")

RESET = f'<factory-reset xmlns="{FACTORY_DEFAULT}"/>'


def preset(directory: Path, content: str = "<name>new</name>") -> Path:
    """Write a file with a factory default."""
    path = directory / "factory.xml"
    path.write_text(f'<config xmlns="{BASE}">{shop_xml(content)}</config>')
    return path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    """Serve a shop that was configured, committed, copied to startup and to a file."""
    factory_default = preset(tmp_path)
    with served_shop(
        tmp_path / "data", writable_running=True, factory_default=factory_default
    ) as served:
        client = served.client()
        assert is_ok(client.ask(edit_config("<name>n</name><floor>3</floor>", "running")))
        assert is_ok(client.ask(copy_config("<running/>", "<startup/>")))
        assert is_ok(client.ask(copy_config("<running/>", "<url>file:///x</url>")))
        yield served


class TestReset:
    @pytest.mark.parametrize("name", ["running", "candidate", "startup"])
    def test_gives_every_datastore_the_default(self, served: ServedShop, name: str) -> None:
        client = served.client()
        assert is_ok(client.ask(edit_config("<floor>4</floor>")))
        assert is_ok(client.ask(RESET))
        assert texts_in(client, name) == ["name=new"]

    def test_is_told_and_stays(self, served: ServedShop) -> None:
        events: list[ServerEvent] = []
        served.management.events.subscribe(events.append)
        assert is_ok(served.client().ask(RESET))
        told = [event.datastore for event in events if isinstance(event, ConfigurationChanged)]
        assert told == ["running", "startup"]
        assert served.provider.calls[-1].phase == "apply"
        served.management.datastores.close()
        with served_shop(served.directory) as again:
            assert texts_in(again.client()) == ["name=new"]

    def test_leaves_nothing_that_clients_have_stored(self, served: ServedShop) -> None:
        assert list((served.directory / "files").iterdir())
        assert is_ok(served.client().ask(RESET))
        assert not list((served.directory / "files").iterdir())

    def test_without_a_default_leaves_nothing_at_all(self, tmp_path: Path) -> None:
        with served_shop(tmp_path, writable_running=True) as served:
            client = served.client()
            assert is_ok(client.ask(edit_config("<name>n</name>", "running")))
            assert is_ok(client.ask(RESET))
            assert texts_in(client) == []

    def test_that_is_refused_changes_nothing(self, served: ServedShop) -> None:
        served.provider.refusals.append(ProviderError(path="/shop:shop", message="not today"))
        client = served.client()
        assert error_of(client.ask(RESET))["error-tag"] == "operation-failed"
        assert texts_in(client) == texts_in(client, "startup") == ["name=n", "floor=3"]
        assert list((served.directory / "files").iterdir())

    @pytest.mark.rfc("8341 §3.4.4")
    def test_is_for_nobody_who_is_not_permitted(self, served: ServedShop) -> None:
        assert error_of(served.client("ann").ask(RESET))["error-tag"] == "access-denied"

    @pytest.mark.parametrize("name", ["running", "candidate", "startup"])
    def test_takes_no_locks_away(self, served: ServedShop, name: str) -> None:
        owner = served.client()
        assert is_ok(owner.ask(f"<lock><target><{name}/></target></lock>"))
        assert error_of(served.client().ask(RESET))["error-tag"] == "in-use"
        assert is_ok(owner.ask(RESET))

    def test_does_not_take_a_confirmation_for_granted(self, served: ServedShop) -> None:
        client = served.client()
        assert is_ok(client.ask(edit_config("<floor>4</floor>")))
        assert is_ok(client.ask("<commit><confirmed/></commit>"))
        assert error_of(client.ask(RESET))["error-tag"] == "in-use"


class TestBeginning:
    def test_is_with_the_default(self, tmp_path: Path) -> None:
        factory_default = preset(tmp_path)
        with served_shop(tmp_path / "data", factory_default=factory_default) as served:
            assert texts_in(served.client()) == ["name=new"]

    def test_is_with_startup_if_there_is_one(self, tmp_path: Path) -> None:
        factory_default = preset(tmp_path)
        with served_shop(tmp_path / "first") as served:
            source = f"<config>{shop_xml('<name>stored</name>')}</config>"
            assert is_ok(served.client().ask(copy_config(source, "<startup/>")))
        startup = (tmp_path / "first" / "startup.xml").read_bytes()
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "startup.xml").write_bytes(startup)
        with served_shop(tmp_path / "data", factory_default=factory_default) as served:
            assert texts_in(served.client()) == ["name=stored"]

    @pytest.mark.parametrize("content", ["<alarm/>", "<nothing/>"])
    def test_is_not_with_what_is_not_valid(self, tmp_path: Path, content: str) -> None:
        factory_default = preset(tmp_path, content)
        with (
            pytest.raises(StoredConfigurationError, match=r"factory\.xml"),
            served_shop(tmp_path / "data", factory_default=factory_default),
        ):
            raise AssertionError("it has begun")


@pytest.mark.rfc("8808 §3")
class TestDatastore:
    def ask(self, client: Client, operation: str, rest: str = "") -> etree._Element:
        datastore = f'<datastore xmlns:f="{FACTORY_DEFAULT}">f:factory-default</datastore>'
        return client.ask(f'<{operation} xmlns="{NMDA}">{datastore}{rest}</{operation}>')

    def test_can_be_read(self, served: ServedShop) -> None:
        reply = self.ask(served.client(), "get-data")
        assert [leaf.text for leaf in reply[0].iter() if len(leaf) == 0] == ["new"]

    def test_cannot_be_changed(self, served: ServedShop) -> None:
        config = f"<config>{shop_xml('<name>x</name>')}</config>"
        error = error_of(self.ask(served.client(), "edit-data", config))
        assert error["error-tag"] == "invalid-value"

    def test_is_no_datastore_of_rfc_8342(self, served: ServedShop) -> None:
        datastore = f'<datastore xmlns:ds="{DATASTORES}">ds:factory-default</datastore>'
        request = f'<get-data xmlns="{NMDA}">{datastore}</get-data>'
        assert error_of(served.client().ask(request))["error-tag"] == "invalid-value"

    def test_is_in_the_yang_library(self, served: ServedShop) -> None:
        library = "urn:ietf:params:xml:ns:yang:ietf-yang-library"
        path = f'<yang-library xmlns="{library}"><datastore/></yang-library>'
        reply = served.client().ask(f"<get><filter>{path}</filter></get>")
        names = [element.text for element in reply.iter(f"{{{library}}}name")]
        assert "fd:factory-default" in names
