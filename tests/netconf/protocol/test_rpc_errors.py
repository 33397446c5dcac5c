"""From an error to its XML (RFC 6241 §4.3)."""

from __future__ import annotations

import pytest
from lxml import etree

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.errors import ErrorTag, ErrorType, MultipleRpcError, RpcError
from netconf_server.markup import BASE, YANG
from tests.netconf.protocol.fakes import TOY, Bench, error_of
from tests.netconf.protocol.operation_requests import edit


class TestErrors:
    def refused(self, error: RpcError) -> etree._Element:
        bench = Bench()
        bench.datastores.refusal = error
        reply = bench.client().ask("<validate><source><running/></source></validate>")
        return reply[0]

    @pytest.mark.rfc("6241 §4.3")
    def test_every_part_of_an_error_is_rendered(self) -> None:
        element = self.refused(
            RpcError(
                tag=ErrorTag.DATA_EXISTS,
                type=ErrorType.APPLICATION,
                message="there is one already <>",
                app_tag="too-many",
                path="/toy:top/list[name='a/b:c']/x",
                info={"bad-element": "x"},
            )
        )
        names = [etree.QName(child).localname for child in element]
        assert names == [
            "error-type",
            "error-tag",
            "error-severity",
            "error-app-tag",
            "error-path",
            "error-message",
            "error-info",
        ]
        message = element.find(f"{{{BASE}}}error-message")
        assert message is not None
        assert message.text == "there is one already <>"
        assert message.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"

    @pytest.mark.rfc("6241 §4.3")
    def test_the_path_is_xpath_that_finds_the_node_in_its_own_scope(self) -> None:
        element = self.refused(
            RpcError(
                tag=ErrorTag.INVALID_VALUE,
                message="wrong",
                path="/toy:top/list[name='a/b:c'][n=\"2\"]/types:leaf[.='x']",
            )
        )
        path = element.find(f"{{{BASE}}}error-path")
        assert path is not None
        prefixes = {prefix: uri for prefix, uri in path.nsmap.items() if prefix}
        assert prefixes == {"toy": TOY, "types": "urn:example:types"}
        tree = etree.fromstring(
            f'<top xmlns="{TOY}"><list><name>a/b:c</name><n>2</n>'
            '<leaf xmlns="urn:example:types">x</leaf></list></top>'
        )
        found = tree.getroottree().xpath(str(path.text), namespaces=prefixes)
        assert found == [tree[0][2]]

    @pytest.mark.rfc("7950 §15.1")
    def test_info_that_yang_defines_is_in_the_namespace_of_yang(self) -> None:
        element = self.refused(
            RpcError(
                tag=ErrorTag.OPERATION_FAILED,
                message="not unique",
                app_tag="data-not-unique",
                info={"non-unique": "/toy:top"},
            )
        )
        assert element.find(f"{{{BASE}}}error-info/{{{YANG}}}non-unique") is not None

    @pytest.mark.rfc("6241 §4.3")
    def test_several_faults_are_several_errors(self) -> None:
        bench = Bench()
        bench.datastores.refusal = MultipleRpcError(
            tag=ErrorTag.INVALID_VALUE,
            message="first",
            others=(RpcError(tag=ErrorTag.DATA_MISSING, message="second"),),
        )
        client = bench.client()
        reply = client.ask("<validate><source><running/></source></validate>")
        assert [element.findtext(f"{{{BASE}}}error-message") for element in reply] == [
            "first",
            "second",
        ]
        assert client.record.counters.out_rpc_errors == 1

    def test_a_refused_edit_is_reported_and_changes_nothing(self) -> None:
        bench = Bench()
        bench.datastores.refusal = RpcError(tag=ErrorTag.INVALID_VALUE, message="no")
        client = bench.client()
        assert error_of(client.ask(edit()))["error-tag"] == "invalid-value"
        assert bench.datastores.contents[DatastoreName.CANDIDATE] == {}
