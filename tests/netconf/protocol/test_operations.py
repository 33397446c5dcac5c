"""The operations through the sans-IO session: parameters, locks, candidate, errors."""

from __future__ import annotations

import pytest
from lxml import etree

from netconf_server.datastore import DatastoreName
from netconf_server.errors import ErrorTag, ErrorType, MultipleRpcError, RpcError
from netconf_server.filters import XPathFilter
from netconf_server.management import SessionEnd
from netconf_server.markup import BASE, MONITORING, YANG
from tests.netconf.protocol.fakes import TOY, Bench, Client, error_of, is_ok

TOP = f'<top xmlns="{TOY}"><x>1</x></top>'


def edit(config: str = TOP, target: str = "candidate", options: str = "") -> str:
    return (
        f"<edit-config><target><{target}/></target>{options}<config>{config}</config></edit-config>"
    )


def lock(name: str) -> str:
    return f"<lock><target><{name}/></target></lock>"


def unlock(name: str) -> str:
    return f"<unlock><target><{name}/></target></unlock>"


def content(client: Client, source: str, selection: str = "") -> list[str]:
    """Return the local names of a datastore's top-level elements."""
    reply = client.ask(f"<get-config><source><{source}/></source>{selection}</get-config>")
    return [etree.QName(element).localname for element in reply[0]]


class TestRetrieval:
    @pytest.mark.rfc("6241 §7.1")
    def test_a_datastore_comes_back_as_data(self) -> None:
        client = Bench().client()
        client.ask(edit())
        reply = client.ask("<get-config><source><candidate/></source></get-config>")
        assert [element.tag for element in reply] == [f"{{{BASE}}}data"]
        assert [element.tag for element in reply[0]] == [f"{{{TOY}}}top"]

    @pytest.mark.rfc("6241 §6.4.2")
    @pytest.mark.parametrize("attribute", ["", 'type="subtree"'])
    def test_an_empty_filter_selects_nothing(self, attribute: str) -> None:
        client = Bench().client()
        client.ask(edit())
        assert content(client, "candidate", f"<filter {attribute}/>") == []

    def test_an_unknown_filter_type_is_a_bad_attribute(self) -> None:
        error = error_of(Bench().client().ask('<get><filter type="regex"/></get>'))
        assert (error["error-tag"], error["bad-attribute"]) == ("bad-attribute", "type")

    @pytest.mark.rfc("6241 §8.9.5.1")
    def test_an_xpath_filter_without_select_lacks_an_attribute(self) -> None:
        error = error_of(Bench().client().ask('<get><filter type="xpath"/></get>'))
        assert (error["error-tag"], error["bad-attribute"]) == ("missing-attribute", "select")

    @pytest.mark.rfc("6241 §8.9.5.1")
    def test_an_xpath_filter_has_the_prefixes_of_all_its_ancestors(self) -> None:
        bench = Bench()
        bench.client().ask(
            '<get xmlns:b="urn:b"><filter xmlns:c="urn:c" type="xpath" select="/a:x/b:y/c:z"/>'
            "</get>",
            'message-id="1" xmlns:a="urn:a"',
        )
        assert bench.datastores.selections == [
            XPathFilter("/a:x/b:y/c:z", {"a": "urn:a", "b": "urn:b", "c": "urn:c"})
        ]


class TestParameters:
    @pytest.mark.parametrize(
        ("operation", "tag", "bad_element"),
        [
            ("<get-config/>", "missing-element", "source"),
            ("<get-config><source/></get-config>", "bad-element", "source"),
            (
                "<get-config><source><nvram/></source></get-config>",
                "unknown-element",
                "nvram",
            ),
            (
                '<get-config><source><running xmlns="urn:x"/></source></get-config>',
                "unknown-element",
                "running",
            ),
            (
                "<get-config><source><running/><startup/></source></get-config>",
                "bad-element",
                "source",
            ),
            ("<get><shape>round</shape></get>", "unknown-element", "shape"),
            ("<get><filter/><filter/></get>", "bad-element", "filter"),
            ("<commit><now/></commit>", "unknown-element", "now"),
            ("<kill-session/>", "missing-element", "session-id"),
            ("<kill-session><session-id>x</session-id></kill-session>", "bad-element", None),
            (
                edit(options="<default-operation>maybe</default-operation>"),
                "bad-element",
                "default-operation",
            ),
            (
                "<edit-config><target><candidate/></target></edit-config>",
                "missing-element",
                "config",
            ),
        ],
    )
    def test_a_wrong_parameter_is_named(
        self, operation: str, tag: str, bad_element: str | None
    ) -> None:
        error = error_of(Bench().client().ask(operation))
        assert error["error-tag"] == tag
        assert bad_element in (None, error["bad-element"])

    @pytest.mark.parametrize(
        "operation",
        [
            edit(target="running"),
            edit(target="startup"),
            edit(options="<error-option>continue-on-error</error-option>"),
            "<edit-config><target><candidate/></target><url>file:///x</url></edit-config>",
            "<copy-config><target><running/></target><source><startup/></source></copy-config>",
            "<copy-config><target><url>x</url></target><source><running/></source></copy-config>",
            "<delete-config><target><candidate/></target></delete-config>",
            "<delete-config><target><running/></target></delete-config>",
            f'<close-gates xmlns="{TOY}"/>',
            f'<top xmlns="{TOY}"/>',
        ],
    )
    def test_what_is_not_announced_is_refused_openly(self, operation: str) -> None:
        error = error_of(Bench().client().ask(operation))
        assert error["error-tag"] == "operation-not-supported"
        assert error["error-message"]

    def test_an_operation_of_an_unknown_namespace_is_named(self) -> None:
        error = error_of(Bench().client().ask('<do xmlns="urn:example:nobody"/>'))
        assert (error["error-tag"], error["bad-element"], error["bad-namespace"]) == (
            "unknown-namespace",
            "do",
            "urn:example:nobody",
        )


class TestEditing:
    @pytest.mark.parametrize("option", ["stop-on-error", "rollback-on-error"])
    def test_error_options_that_an_all_or_nothing_edit_fulfils_are_taken(self, option: str) -> None:
        client = Bench().client()
        assert is_ok(client.ask(edit(options=f"<error-option>{option}</error-option>")))
        assert content(client, "candidate") == ["top"]

    def test_a_config_without_a_namespace_is_taken_as_ncclient_sends_it(self) -> None:
        client = Bench().client()
        assert is_ok(client.ask(edit().replace("<config>", '<config xmlns="">')))
        assert content(client, "candidate") == ["top"]
        source = f'<source><config xmlns="">{TOP}</config></source>'
        assert is_ok(client.ask(f"<validate>{source}</validate>"))

    def test_test_only_changes_nothing(self) -> None:
        client = Bench().client()
        assert is_ok(client.ask(edit(options="<test-option>test-only</test-option>")))
        assert content(client, "candidate") == []

    @pytest.mark.rfc("6241 §8.3.4.1")
    def test_an_edit_reaches_running_by_commit_only(self) -> None:
        client = Bench().client()
        client.ask(edit())
        assert content(client, "running") == []
        assert is_ok(client.ask("<commit/>"))
        assert content(client, "running") == ["top"]

    @pytest.mark.rfc("6241 §8.3.4.2")
    def test_discarded_changes_are_gone(self) -> None:
        client = Bench().client()
        client.ask(edit())
        assert is_ok(client.ask("<discard-changes/>"))
        assert content(client, "candidate") == []

    @pytest.mark.rfc("6241 §7.3")
    def test_an_inline_configuration_replaces_candidate(self) -> None:
        client = Bench().client()
        source = f"<source><config>{TOP}</config></source>"
        copy = f"<copy-config><target><candidate/></target>{source}</copy-config>"
        assert is_ok(client.ask(copy))
        assert content(client, "candidate") == ["top"]

    @pytest.mark.rfc("6241 §7.3")
    def test_a_datastore_is_not_copied_to_itself(self) -> None:
        operation = (
            "<copy-config><target><startup/></target><source><startup/></source></copy-config>"
        )
        assert error_of(Bench().client().ask(operation))["error-tag"] == "invalid-value"

    @pytest.mark.rfc("6241 §7.4")
    def test_startup_is_filled_by_copy_and_emptied_by_delete(self) -> None:
        client = Bench().client()
        client.ask(edit())
        source = "<source><candidate/></source>"
        client.ask(f"<copy-config><target><startup/></target>{source}</copy-config>")
        assert content(client, "startup") == ["top"]
        assert is_ok(client.ask("<delete-config><target><startup/></target></delete-config>"))
        assert content(client, "startup") == []


class TestLocks:
    @pytest.mark.rfc("6241 §7.5")
    @pytest.mark.parametrize("name", ["running", "candidate", "startup"])
    def test_a_second_lock_is_denied_with_the_holder(self, name: str) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        assert is_ok(first.ask(lock(name)))
        error = error_of(second.ask(lock(name)))
        assert (error["error-tag"], error["error-type"]) == ("lock-denied", "protocol")
        assert error["session-id"] == str(first.record.session_id)

    @pytest.mark.rfc("6241 §7.5")
    def test_the_holder_cannot_lock_again(self) -> None:
        client = Bench().client()
        client.ask(lock("running"))
        assert error_of(client.ask(lock("running")))["session-id"] == "1"

    @pytest.mark.rfc("6241 §7.5")
    def test_a_modified_candidate_cannot_be_locked(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(edit())
        error = error_of(second.ask(lock("candidate")))
        assert (error["error-tag"], error["session-id"]) == ("lock-denied", "0")
        first.ask("<discard-changes/>")
        assert is_ok(second.ask(lock("candidate")))

    @pytest.mark.rfc("6241 §7.6")
    def test_a_lock_is_released_by_its_holder_only(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(lock("running"))
        assert error_of(second.ask(unlock("running")))["error-tag"] == "lock-denied"
        assert is_ok(first.ask(unlock("running")))
        assert is_ok(second.ask(lock("running")))

    @pytest.mark.rfc("6241 §7.6")
    def test_what_is_not_locked_cannot_be_unlocked(self) -> None:
        error = error_of(Bench().client().ask(unlock("running")))
        assert error["error-tag"] == "operation-failed"

    @pytest.mark.rfc("6241 §8.3.5.2")
    def test_unlocking_candidate_discards_its_changes(self) -> None:
        client = Bench().client()
        client.ask(lock("candidate"))
        client.ask(edit())
        assert is_ok(client.ask(unlock("candidate")))
        assert content(client, "candidate") == []

    @pytest.mark.parametrize(
        ("locked", "operation"),
        [
            ("candidate", edit()),
            ("candidate", "<discard-changes/>"),
            ("candidate", "<commit/>"),
            ("running", "<commit/>"),
            ("startup", "<delete-config><target><startup/></target></delete-config>"),
            (
                "startup",
                "<copy-config><target><startup/></target><source><running/></source></copy-config>",
            ),
            (
                "candidate",
                "<copy-config><target><candidate/></target><source><startup/></source>"
                "</copy-config>",
            ),
        ],
    )
    @pytest.mark.rfc("6241 §8.3.4.1")
    def test_others_cannot_change_what_is_locked(self, locked: str, operation: str) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(lock(locked))
        assert error_of(second.ask(operation))["error-tag"] == "in-use"
        assert is_ok(first.ask(operation))


class TestEndOfSession:
    @pytest.mark.rfc("6241 §8.3.5.2")
    @pytest.mark.parametrize("end", list(SessionEnd))
    def test_locks_and_the_changes_under_them_go_with_the_session(self, end: SessionEnd) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(lock("candidate"))
        first.ask(lock("running"))
        first.ask(edit())
        first.session.end(end)
        assert content(second, "candidate") == []
        assert is_ok(second.ask(lock("candidate")))
        assert is_ok(second.ask(lock("running")))

    def test_changes_without_a_lock_go_with_a_session_that_is_lost(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(edit())
        first.session.end(SessionEnd.DROPPED)
        assert content(second, "candidate") == []

    def test_changes_without_a_lock_outlive_a_session_that_closes(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(edit())
        first.ask("<close-session/>")
        assert content(second, "candidate") == ["top"]

    def test_a_lost_session_takes_nobody_elses_changes_along(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        first.ask(edit())
        second.ask(edit(f'<other xmlns="{TOY}"/>'))
        first.session.end(SessionEnd.DROPPED)
        assert content(second, "candidate") == ["top", "other"]

    @pytest.mark.rfc("6241 §7.9")
    def test_a_killed_session_loses_its_locks_and_its_connection(self) -> None:
        bench = Bench()
        first, second = bench.client(), bench.client()
        second.ask(lock("running"))
        assert is_ok(first.ask("<kill-session><session-id>2</session-id></kill-session>"))
        assert bench.disconnected == [2]
        assert not second.session.is_open
        assert is_ok(first.ask(lock("running")))
        assert bench.management.sessions.totals.dropped_sessions == 0

    @pytest.mark.rfc("6241 §7.9")
    @pytest.mark.parametrize("session_id", [1, 77])
    def test_neither_oneself_nor_nobody_can_be_killed(self, session_id: int) -> None:
        operation = f"<kill-session><session-id>{session_id}</session-id></kill-session>"
        assert error_of(Bench().client().ask(operation))["error-tag"] == "invalid-value"


class TestGetSchema:
    def ask(self, identifier: str, rest: str = "") -> etree._Element:
        return (
            Bench()
            .client()
            .ask(
                f'<get-schema xmlns="{MONITORING}"><identifier>{identifier}</identifier>{rest}'
                "</get-schema>"
            )
        )

    @pytest.mark.rfc("6022 §3.1")
    @pytest.mark.parametrize(
        "rest",
        ["", "<version>2026-01-01</version>", "<format>yang</format>", "<format>m:yang</format>"],
    )
    def test_the_text_of_a_module_is_returned(self, rest: str) -> None:
        reply = self.ask("toy", rest)
        assert reply[0].tag == f"{{{MONITORING}}}data"
        assert reply[0].text == "module toy { /* 2026-01-01 <&> */ }"

    @pytest.mark.rfc("6022 §3.1")
    @pytest.mark.parametrize(
        ("identifier", "rest"),
        [("none", ""), ("toy", "<version>1999-01-01</version>"), ("toy", "<format>yin</format>")],
    )
    def test_a_schema_that_is_not_there_is_an_invalid_value(
        self, identifier: str, rest: str
    ) -> None:
        assert error_of(self.ask(identifier, rest))["error-tag"] == "invalid-value"

    @pytest.mark.rfc("6022 §3.1")
    def test_a_module_in_two_revisions_needs_a_version(self) -> None:
        error = error_of(self.ask("types"))
        assert (error["error-tag"], error["error-app-tag"]) == (
            "operation-failed",
            "data-not-unique",
        )
        assert self.ask("types", "<version>2020-01-01</version>")[0].text


class TestModuleOperations:
    @pytest.mark.rfc("7950 §7.14.4")
    def test_the_output_of_an_rpc_is_the_content_of_the_reply(self) -> None:
        reply = Bench().client().ask(f'<echo xmlns="{TOY}"><word>hi</word></echo>')
        assert [(element.tag, element.text) for element in reply] == [(f"{{{TOY}}}word", "hi")]

    @pytest.mark.rfc("7950 §7.14.4")
    def test_an_rpc_without_output_is_answered_with_ok(self) -> None:
        assert is_ok(Bench().client().ask(f'<echo xmlns="{TOY}"/>'))

    @pytest.mark.rfc("7950 §7.15")
    def test_an_action_reaches_the_datastores(self) -> None:
        bench = Bench()
        assert is_ok(bench.client().ask(f'<action xmlns="{YANG}"><top xmlns="{TOY}"/></action>'))
        assert bench.datastores.invoked == [f"{{{YANG}}}action"]


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
