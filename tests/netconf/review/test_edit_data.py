"""edit-data takes its own parameters, and no others of edit-config."""

from __future__ import annotations

from pathlib import Path

import pytest

from netconf_server.markup import BASE, DATASTORES, NMDA
from tests.netconf.config.bench import served_shop, shop_xml, texts_in
from tests.netconf.protocol.fakes import error_of

pytestmark = pytest.mark.rfc("8526 §3.1.2")


@pytest.mark.parametrize(
    "parameter",
    [
        "<test-option>test-only</test-option>",
        "<error-option>continue-on-error</error-option>",
        "<target><candidate/></target>",
        f'<test-option xmlns="{BASE}">set</test-option>',
        "<unheard-of/>",
    ],
)
def test_parameter_of_another_operation_is_an_unknown_element(
    tmp_path: Path, parameter: str
) -> None:
    content = f"<config>{shop_xml('<name>n</name>')}</config>"
    datastore = f'<datastore xmlns:ds="{DATASTORES}">ds:candidate</datastore>'
    with served_shop(tmp_path) as served:
        client = served.client()
        error = error_of(
            client.ask(f'<edit-data xmlns="{NMDA}">{datastore}{parameter}{content}</edit-data>')
        )
        assert error["error-tag"] == "unknown-element"
        assert parameter.startswith(f"<{error['bad-element']}")
        assert texts_in(client, "candidate") == []
