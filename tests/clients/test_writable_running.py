"""A server whose running can be edited (RFC 6241 §8.2): what clients make of it by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.conftest import YANG_DIRECTORY, empty
from tests.clients.orchestrators import write_as_opendaylight
from tests.clients.requests import PMIP6, config_of_profile
from tests.clients.sessions import ask_console, ncclient_session, scrapli_driver
from tests.netconf.transport.process import Standalone

pytestmark = pytest.mark.rfc("6241 §8.2")

BUSES = "<name>buses</name>"


@pytest.fixture(scope="module")
def standing_writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    modules = ("--yang", YANG_DIRECTORY, "--module", "pmip6", "--writable-running")
    with Standalone(tmp_path_factory.mktemp("writable"), *modules) as server:
        yield server


@pytest.fixture
def server(standing_writable: Standalone) -> Standalone:
    """Return the server, without any configuration."""
    with standing_writable.connect() as session:
        empty(session)
    return standing_writable


def test_ncclient_edits_running(server: Standalone) -> None:
    with ncclient_session(server) as session:
        session.edit_config(target="running", config=config_of_profile("buses"))
        assert BUSES in session.get_config("running").data_xml


def test_netconf_console_edits_running_unless_told_otherwise(
    server: Standalone, tmp_path: Path
) -> None:
    edit = tmp_path / "edit.xml"
    edit.write_text(f'<pmip6 xmlns="{PMIP6}"><policy-profile>{BUSES}</policy-profile></pmip6>')
    ask_console(server, f"--edit-config={edit}")
    assert BUSES in ask_console(server, "--get-config")


def test_scrapli_may_write_it(server: Standalone) -> None:
    driver = scrapli_driver(server)
    driver.open()
    writable = driver.writeable_datastores
    response = driver.edit_config(config_of_profile("buses"), target="running")
    driver.close()
    assert "running" in writable
    assert not response.failed


def test_opendaylight_locks_running_too(server: Standalone) -> None:
    with server.connect() as session:
        session.lock("running")
        write_as_opendaylight(session, [config_of_profile("buses")])
        session.unlock("running")
        assert BUSES.encode() in session.get_config("running").data_xml
