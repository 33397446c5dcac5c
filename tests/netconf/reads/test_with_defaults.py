"""Default values: what is shown of them, and how a client gives them back (RFC 6243)."""

from __future__ import annotations

import pytest

from netconf_server.markup import WITH_DEFAULTS
from tests.netconf.protocol.fakes import error_of, is_ok
from tests.netconf.reads.bench import Bench
from tests.netconf.reads.kinds import KINDS

_MARK = 'xmlns:wd="urn:ietf:params:xml:ns:netconf:default:1.0" wd:default'
_SELECTED = f'<filter><settings xmlns="{KINDS}"/></filter>'


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """Configure an item that has one default value set, and another without."""
    bench.configure("<item><id>1</id><size>1</size></item><item><id>2</id></item>")
    bench.provider.state = [
        {"example-kinds:settings": {"item": [{"id": 1, "usage": {"count": "0", "limit": 9}}]}}
    ]
    return bench


class TestModes:
    @pytest.mark.parametrize(
        ("mode", "settings"),
        [
            pytest.param(
                "",
                "<item><id>1</id><size>1</size></item><item><id>2</id></item>",
                marks=pytest.mark.rfc("6243 §2.3.1"),
            ),
            pytest.param(
                "explicit",
                "<item><id>1</id><size>1</size></item><item><id>2</id></item>",
                marks=pytest.mark.rfc("6243 §3.3"),
            ),
            pytest.param(
                "trim",
                "<item><id>1</id></item><item><id>2</id></item>",
                marks=pytest.mark.rfc("6243 §3.2"),
            ),
            pytest.param(
                "report-all",
                "<level>3</level>"
                "<item><id>1</id><size>1</size></item><item><id>2</id><size>1</size></item>",
                marks=pytest.mark.rfc("6243 §3.1"),
            ),
            pytest.param(
                "report-all-tagged",
                '<level default="true">3</level><item><id>1</id><size>1</size></item>'
                '<item><id>2</id><size default="true">1</size></item>',
                marks=pytest.mark.rfc("6243 §3.4"),
            ),
        ],
    )
    @pytest.mark.parametrize("source", ["running", "candidate"])
    def test_shows_of_configuration(
        self, filled: Bench, mode: str, settings: str, source: str
    ) -> None:
        assert filled.get_config(source, mode=mode) == f"<settings>{settings}</settings>"

    @pytest.mark.parametrize(
        ("mode", "usage"),
        [
            ("", "<usage><count>0</count><limit>9</limit></usage>"),
            ("explicit", "<usage><count>0</count><limit>9</limit></usage>"),
            ("trim", "<usage><count>0</count></usage>"),
            ("report-all", "<usage><count>0</count><limit>9</limit></usage>"),
        ],
    )
    def test_shows_of_state(self, filled: Bench, mode: str, usage: str) -> None:
        assert usage in filled.get(_SELECTED, mode)

    def test_a_candidate_that_was_not_validated_yet_has_its_defaults(self, filled: Bench) -> None:
        filled.edit("<item><id>3</id></item>")
        assert "<item><id>3</id><size>1</size></item>" in filled.get_config(
            "candidate", mode="report-all"
        )
        assert "<id>3</id>" not in filled.get_config("running", mode="report-all")

    @pytest.mark.rfc("6243 §4.5.1")
    @pytest.mark.parametrize(
        ("mode", "shown"), [("explicit", ["1"]), ("report-all", ["1", "2"]), ("trim", [])]
    )
    def test_filters_see_what_is_shown(self, filled: Bench, mode: str, shown: list[str]) -> None:
        inside = f'<settings xmlns="{KINDS}"><item><id/><size>1</size></item></settings>'
        found = filled.get_config("running", f"<filter>{inside}</filter>", mode)
        assert [number for number in "12" if f"<id>{number}</id>" in found] == shown

    def test_the_tag_is_in_the_namespace_of_the_rfc(self, filled: Bench) -> None:
        reply = filled.client.ask(
            "<get-config><source><running/></source>"
            f'<with-defaults xmlns="{WITH_DEFAULTS}">report-all-tagged</with-defaults></get-config>'
        )
        level = next(reply.iter(f"{{{KINDS}}}level"))
        assert dict(level.items()) == {
            "{urn:ietf:params:xml:ns:netconf:default:1.0}default": "true"
        }

    @pytest.mark.rfc("6243 §4.5.1")
    def test_another_mode_is_an_invalid_value(self, bench: Bench) -> None:
        mode = f'<with-defaults xmlns="{WITH_DEFAULTS}">all</with-defaults>'
        assert error_of(bench.client.ask(f"<get>{mode}</get>"))["error-tag"] == "invalid-value"

    @pytest.mark.rfc("6243 §4.5.1")
    def test_copying_to_a_datastore_ignores_the_mode(self, filled: Bench) -> None:
        mode = f'<with-defaults xmlns="{WITH_DEFAULTS}">trim</with-defaults>'
        copied = filled.client.ask(
            "<copy-config><target><startup/></target><source><running/></source>"
            f"{mode}</copy-config>"
        )
        assert is_ok(copied)
        assert "<size>1</size>" in filled.get_config("startup")


@pytest.mark.rfc("6243 §4.3")
def test_the_capability_names_the_modes(bench: Bench) -> None:
    assert (
        "urn:ietf:params:netconf:capability:with-defaults:1.0?basic-mode=explicit"
        "&also-supported=report-all,report-all-tagged,trim"
    ) in bench.management.capabilities


@pytest.mark.rfc("6243 §4.5.2")
class TestMarkedInput:
    @pytest.mark.parametrize("operation", ["", "merge", "replace"])
    def test_marked_as_default_a_leaf_is_set_no_more(self, filled: Bench, operation: str) -> None:
        attribute = operation and (
            f' xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="{operation}"'
        )
        size = f'<size {_MARK}="true"{attribute}>1</size>'
        assert is_ok(filled.edit(f"<item><id>1</id>{size}</item>"))
        assert "<size>" not in filled.get_config("candidate")

    def test_in_a_new_entry_it_is_not_set(self, filled: Bench) -> None:
        assert is_ok(filled.edit(f'<item><id>3</id><size {_MARK}="1">1</size></item>'))
        assert filled.get_config("candidate").endswith("<item><id>3</id></item></settings>")

    def test_marked_as_no_default_it_is_set(self, filled: Bench) -> None:
        assert is_ok(filled.edit(f'<item><id>2</id><size {_MARK}="false">1</size></item>'))
        assert "<id>2</id><size>1</size>" in filled.get_config("candidate")

    @pytest.mark.parametrize(
        ("size", "tag"),
        [
            (f'<size {_MARK}="true">2</size>', "invalid-value"),
            (f'<size {_MARK}="true"/>', "invalid-value"),
            (f'<size {_MARK}="maybe">1</size>', "invalid-value"),
            (
                f'<size {_MARK}="true" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"'
                ' nc:operation="delete">1</size>',
                "invalid-value",
            ),
            (
                f'<size {_MARK}="true" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"'
                ' nc:operation="create">1</size>',
                "data-exists",
            ),
            (f'<title {_MARK}="true">x</title>', "invalid-value"),
        ],
    )
    def test_what_cannot_be_default_data_is_refused(
        self, filled: Bench, size: str, tag: str
    ) -> None:
        assert error_of(filled.edit(f"<item><id>1</id>{size}</item>"))["error-tag"] == tag
