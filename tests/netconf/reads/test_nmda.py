"""get-data and edit-data, and the datastores of the network management datastore architecture."""

from __future__ import annotations

import pytest
from lxml import etree

from netconf_server.markup import BASE, DATASTORES, NMDA
from netconf_server.provider import Json
from tests.netconf.protocol.fakes import error_of, is_ok
from tests.netconf.reads.bench import Bench, kinds
from tests.netconf.reads.kinds import KINDS

_SETTINGS = "<label>a</label><item><id>1</id><title>t</title></item>"
_STATE: list[dict[str, Json]] = [
    {"example-kinds:settings": {"item": [{"id": 1, "usage": {"count": "5"}}]}},
    {"example-kinds:settings": {"item": [{"id": 9, "usage": {"count": "6"}}]}},
    {"example-kinds:kinds": {"total": 3}},
]


@pytest.fixture(autouse=True)
def _filled(bench: Bench) -> None:
    bench.configure(_SETTINGS)
    bench.provider.state = list(_STATE)


@pytest.mark.rfc("8526 §3.1.1")
class TestGetData:
    @pytest.mark.parametrize("datastore", ["running", "candidate", "intended"])
    def test_a_conventional_datastore_has_configuration_only(
        self, bench: Bench, datastore: str
    ) -> None:
        assert bench.get_data(datastore) == f"<settings>{_SETTINGS}</settings>"

    def test_startup_is_what_was_copied_there(self, bench: Bench) -> None:
        assert bench.get_data("startup") == ""

    @pytest.mark.rfc("8526 §3.1.1.2")
    def test_operational_has_state_and_the_values_in_use(self, bench: Bench) -> None:
        assert bench.get_data("operational") == (
            "<kinds><total>3</total></kinds><settings><label>a</label><level>3</level>"
            "<item><id>1</id><title>t</title><size>1</size><usage><count>5</count></usage></item>"
            "<item><id>9</id><size>1</size><usage><count>6</count></usage></item></settings>"
        )

    @pytest.mark.rfc("8526 §3.1.1.2")
    def test_operational_leaves_out_what_is_default_if_asked_to(self, bench: Bench) -> None:
        bench.configure("<item><id>1</id><size>1</size></item>")
        mode = "<with-defaults>trim</with-defaults>"
        found = bench.get_data("operational", mode, "<settings><item><id>1</id></item></settings>")
        assert "<size>" not in found

    @pytest.mark.rfc("8526 §3.1.1.2")
    def test_operational_tags_whatever_has_the_default_value(self, bench: Bench) -> None:
        bench.configure("<item><id>1</id><size>1</size></item>")
        mode = "<with-defaults>report-all-tagged</with-defaults>"
        found = bench.get_data("operational", mode, "<settings><item/><level/></settings>")
        assert '<level default="true">3</level>' in found
        assert '<size default="true">1</size>' in found

    @pytest.mark.rfc("8526 §3.1.1.2")
    @pytest.mark.parametrize("mode", ["explicit", "trim", "report-all", "report-all-tagged"])
    def test_every_mode_of_defaults_shows_what_get_config_does(
        self, bench: Bench, mode: str
    ) -> None:
        bench.configure("<item><id>1</id><size>1</size></item><item><id>2</id></item>")
        shown = bench.get_data("running", f"<with-defaults>{mode}</with-defaults>")
        assert shown == bench.get_config("running", mode=mode)
        assert ("<level" in shown) == mode.startswith("report-all")

    @pytest.mark.rfc("8526 §3.1.1.1", "8342 §5.3.4")
    def test_origins_are_told_where_they_are_not_the_parents(self, bench: Bench) -> None:
        assert bench.get_data("operational", "<with-origin/>") == (
            '<kinds><total>3</total></kinds><settings origin="or:intended"><label>a</label>'
            '<level origin="or:default">3</level>'
            '<item><id>1</id><title>t</title><size origin="or:default">1</size>'
            "<usage><count>5</count></usage></item>"
            '<item origin="or:learned"><id>9</id><size origin="or:default">1</size>'
            "<usage><count>6</count></usage></item></settings>"
        )

    @pytest.mark.parametrize(
        ("origin_filter", "settings"),
        [
            (
                "<origin-filter>or:default</origin-filter>",
                "<level>3</level><item><id>1</id><size>1</size><usage><count>5</count></usage>"
                "</item><item><id>9</id><size>1</size><usage><count>6</count></usage></item>",
            ),
            (
                "<negated-origin-filter>or:default</negated-origin-filter>"
                "<config-filter>true</config-filter>",
                "<label>a</label><item><id>1</id><title>t</title></item>",
            ),
            (
                "<origin-filter>or:intended</origin-filter><origin-filter>or:default</origin-filter>"
                "<config-filter>true</config-filter>",
                "<label>a</label><level>3</level>"
                "<item><id>1</id><title>t</title><size>1</size></item>",
            ),
            (
                "<config-filter>false</config-filter>",
                "<item><id>1</id><usage><count>5</count></usage></item>"
                "<item><id>9</id><usage><count>6</count></usage></item>",
            ),
        ],
    )
    def test_filters_on_origin_and_on_configuration(
        self, bench: Bench, origin_filter: str, settings: str
    ) -> None:
        found = bench.get_data("operational", origin_filter, "<settings/>")
        assert found == f"<settings>{settings}</settings>"

    @pytest.mark.parametrize(
        ("depth", "selected", "result"),
        [
            ("1", "", "<settings/>"),
            ("2", "", "<settings><label>a</label><item><id>1</id></item></settings>"),
            ("unbounded", "", f"<settings>{_SETTINGS}</settings>"),
            (
                "1",
                "<settings><item><id>1</id></item></settings>",
                "<settings><item><id>1</id></item></settings>",
            ),
            (
                "1",
                "<settings><item><title/></item></settings>",
                "<settings><item><id>1</id><title>t</title></item></settings>",
            ),
            ("2", "<settings><item/></settings>", f"<settings>{_SETTINGS[16:]}</settings>"),
        ],
    )
    def test_depth_is_counted_from_what_is_selected(
        self, bench: Bench, depth: str, selected: str, result: str
    ) -> None:
        found = bench.get_data("running", f"<max-depth>{depth}</max-depth>", selected)
        assert found == result

    def test_xpath_has_the_prefixes_of_its_element(self, bench: Bench) -> None:
        expression = f'<xpath-filter xmlns:any="{KINDS}">/any:settings/any:label</xpath-filter>'
        assert bench.get_data("running", expression) == "<settings><label>a</label></settings>"

    @pytest.mark.parametrize(
        ("datastore", "parameters"),
        [
            ("dynamic", ""),
            ("running", "<with-origin/>"),
            ("running", "<origin-filter>or:intended</origin-filter>"),
            ("operational", "<origin-filter>or:nowhere</origin-filter>"),
            ("operational", "<max-depth>0</max-depth>"),
            ("operational", "<max-depth>many</max-depth>"),
            ("operational", "<config-filter>maybe</config-filter>"),
            ("operational", "<with-defaults>some</with-defaults>"),
        ],
    )
    def test_what_cannot_be_is_an_invalid_value(
        self, bench: Bench, datastore: str, parameters: str
    ) -> None:
        assert error_of(bench.ask_data(datastore, parameters))["error-tag"] == "invalid-value"

    def test_two_kinds_of_origin_filters_exclude_each_other(self, bench: Bench) -> None:
        both = (
            "<origin-filter>or:intended</origin-filter>"
            "<negated-origin-filter>or:default</negated-origin-filter>"
        )
        assert error_of(bench.ask_data("operational", both))["error-tag"] == "bad-element"


def edit_data(bench: Bench, datastore: str, content: str) -> etree._Element:
    return bench.client.ask(
        f'<edit-data xmlns="{NMDA}" xmlns:ds="{DATASTORES}"><datastore>ds:{datastore}</datastore>'
        f"<config>{kinds(content)}</config></edit-data>"
    )


@pytest.mark.rfc("8526 §3.1.2")
class TestEditData:
    def test_edits_as_edit_config_does(self, bench: Bench) -> None:
        assert is_ok(edit_data(bench, "candidate", "<settings><label>b</label></settings>"))
        assert "<label>b</label>" in bench.get_data("candidate")
        assert "<label>a</label>" in bench.get_data("running")

    def test_prefixes_of_values_keep_their_meaning(self, bench: Bench) -> None:
        reply = bench.client.ask(
            f'<edit-data xmlns="{NMDA}" xmlns:ds="{DATASTORES}" xmlns:q="{KINDS}">'
            '<datastore>ds:candidate</datastore><config><q:settings><q:item nc:operation="create"'
            f' xmlns:nc="{BASE}"><q:id>7</q:id><q:colour>q:red</q:colour></q:item>'
            "</q:settings></config></edit-data>"
        )
        assert is_ok(reply)
        assert "<id>7</id><colour>k:red</colour>" in bench.get_data("candidate")

    @pytest.mark.parametrize("datastore", ["running", "startup", "operational", "intended", "no"])
    def test_what_cannot_be_written_is_an_invalid_value(self, bench: Bench, datastore: str) -> None:
        reply = edit_data(bench, datastore, "<settings/>")
        assert error_of(reply)["error-tag"] == "invalid-value"


@pytest.mark.rfc("8526 §3.2")
@pytest.mark.parametrize(
    ("datastore", "tag"), [("candidate", ""), ("running", ""), ("operational", "invalid-value")]
)
def test_a_lock_takes_a_datastore_by_its_identity(bench: Bench, datastore: str, tag: str) -> None:
    target = (
        f'<target><datastore xmlns="{NMDA}" xmlns:ds="{DATASTORES}">ds:{datastore}</datastore>'
        "</target>"
    )
    reply = bench.client.ask(f"<lock>{target}</lock>")
    assert error_of(reply)["error-tag"] == tag if tag else is_ok(reply)


@pytest.mark.rfc("8525 §3", "8526 §2")
def test_the_library_lists_all_datastores(bench: Bench) -> None:
    library = "urn:ietf:params:xml:ns:yang:ietf-yang-library"
    selection = f'<filter><yang-library xmlns="{library}"><datastore/></yang-library></filter>'
    reply = bench.client.ask(f"<get>{selection}</get>")
    names = [element.text for element in reply.iter(f"{{{library}}}name")]
    conventional = ["ds:running", "ds:candidate", "ds:startup", "ds:intended", "ds:operational"]
    assert names == [*conventional, "fd:factory-default"]
