"""Defaults (RFC 6243) as each client asks for them."""

from __future__ import annotations

import pytest

from tests.clients.requests import PMIP6, config_of_profile
from tests.clients.sessions import ask_console, ncclient_session, scrapli_driver
from tests.netconf.transport.process import Standalone

DEFAULT = "<network-mobility>false</network-mobility>"
TAGGED = 'default="true">false</network-mobility>'
PROFILES = f'<pmip6 xmlns="{PMIP6}"><policy-profile/></pmip6>'

#: What a client shows of a leaf that has its default, for each mode.
SHOWN = [("explicit", False), ("trim", False), ("report-all", True)]


@pytest.fixture
def server(standalone: Standalone) -> Standalone:
    """Return the server with a policy profile that leaves the rest to the defaults."""
    with standalone.connect() as session:
        session.edit_config(config_of_profile("buses"), target="candidate")
        session.commit()
    return standalone


@pytest.mark.rfc("6243 §3")
@pytest.mark.parametrize(("mode", "is_shown"), SHOWN)
class TestModes:
    def test_ncclient(self, server: Standalone, mode: str, is_shown: bool) -> None:
        with ncclient_session(server) as session:
            data = session.get_config("running", ("subtree", PROFILES), with_defaults=mode)
        assert (DEFAULT in data.data_xml) == is_shown

    def test_netconf_client(self, server: Standalone, mode: str, is_shown: bool) -> None:
        with server.connect() as session:
            data = session.get_config(with_defaults=mode).data_xml.decode()
        assert (DEFAULT in data) == is_shown

    def test_scrapli(self, server: Standalone, mode: str, is_shown: bool) -> None:
        driver = scrapli_driver(server)
        driver.open()
        response = driver.get_config(filter_=PROFILES, default_type=mode)
        driver.close()
        assert (DEFAULT in response.result) == is_shown

    def test_netconf_console(self, server: Standalone, mode: str, is_shown: bool) -> None:
        printed = ask_console(server, f"--with-defaults={mode}", "--get-config")
        assert (DEFAULT in printed) == is_shown


@pytest.mark.rfc("6243 §3.4")
def test_a_default_that_is_shown_can_be_told_from_a_value(server: Standalone) -> None:
    with ncclient_session(server) as session:
        data = session.get_config("running", with_defaults="report-all-tagged")
    assert TAGGED in data.data_xml
    assert TAGGED in ask_console(server, "--with-defaults=report-all-tagged", "--get-config")
