"""scrapli-netconf: decides by the exact capabilities, and goes without close-session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scrapli.exceptions import ScrapliAuthenticationFailed
from scrapli_netconf.constants import NetconfVersion
from scrapli_netconf.driver import NetconfDriver

from tests.clients.requests import config, depot, get_schema
from tests.clients.served import Served, connect
from tests.clients.sessions import scrapli_driver
from tests.clients.waiting import wait_for_lock


@pytest.fixture
def driver(server: Served) -> Iterator[NetconfDriver]:
    driver = scrapli_driver(server)
    driver.open()
    yield driver
    if driver.isalive():
        driver.close()


def test_a_wrong_password_is_refused(server: Served) -> None:
    with pytest.raises(ScrapliAuthenticationFailed):
        scrapli_driver(server, "wrong").open()


def test_it_speaks_the_newest_version_and_knows_what_may_be_written(driver: NetconfDriver) -> None:
    assert driver.netconf_version is NetconfVersion.VERSION_1_1
    assert driver.writeable_datastores == ["candidate", "startup"]


def test_configuration_goes_from_candidate_to_running(driver: NetconfDriver) -> None:
    assert not driver.lock("candidate").failed
    assert not driver.edit_config(config("north"), target="candidate").failed
    assert not driver.validate("candidate").failed
    assert not driver.commit().failed
    assert not driver.unlock("candidate").failed
    assert "<name>north</name>" in driver.get_config("running", depot("<name/>")).result


def test_both_filter_languages_select_and_a_prefix_is_a_modules_name(driver: NetconfDriver) -> None:
    assert "<gates>open</gates>" in driver.get(depot("<status/>")).result
    found = driver.get("/example-depot:depot/status", filter_type="xpath").result
    assert "<gates>open</gates>" in found
    assert "netconf-state" not in found


def test_what_is_refused_is_a_failed_response_with_the_reason(driver: NetconfDriver) -> None:
    response = driver.edit_config(config("x" * 21), target="candidate")
    assert response.failed
    assert "length" in response.result


def test_a_module_is_fetched_by_any_rpc(driver: NetconfDriver) -> None:
    assert "module example-depot {" in driver.rpc(get_schema("example-depot", "2026-01-01")).result


@pytest.mark.rfc("6241 §8.3.5.2")
def test_what_it_leaves_behind_without_a_word_is_undone(
    server: Served, driver: NetconfDriver
) -> None:
    driver.lock("candidate")
    driver.edit_config(config("north"), target="candidate")
    driver.close()
    with connect(server.port) as other:
        wait_for_lock(other, "candidate")
        assert b"north" not in other.get_config("candidate").data_xml
