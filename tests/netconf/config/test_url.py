"""Configurations in files that clients name by URL, and that no client gets out of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.storage.url_files import MOST_FILES
from tests.netconf.config.bench import (
    ServedShop,
    copy_config,
    edit_config,
    served_shop,
    shop_xml,
    texts_in,
)
from tests.netconf.nacm.acme import nacm_xml
from tests.netconf.protocol.fakes import error_of, is_ok

pytestmark = pytest.mark.rfc("6241 §8.8")

FILE = "<url>file:///backup.xml</url>"
OTHER = "<url>file:///other.xml</url>"
INLINE = f"<config>{shop_xml('<name>inline</name>')}</config>"
INVALID = f"<config>{shop_xml('<alarm/>')}</config>"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedShop]:
    with served_shop(tmp_path, writable_running=True) as served:
        assert is_ok(served.client().ask(edit_config("<name>n</name>", "running")))
        yield served


def folder_of(served: ServedShop) -> Path:
    return served.directory / "files"


class TestCapability:
    def test_names_the_one_scheme(self, served: ServedShop) -> None:
        capability = "urn:ietf:params:netconf:capability:url:1.0?scheme=file"
        assert capability in served.management.capabilities


@pytest.mark.rfc("6241 §8.8.5.2")
class TestCopy:
    @pytest.mark.parametrize("target", ["candidate", "running", "startup"])
    def test_brings_back_what_was_copied(self, served: ServedShop, target: str) -> None:
        client = served.client()
        assert is_ok(client.ask(copy_config("<running/>", FILE)))
        other = edit_config("<name>later</name><floor>1</floor>", "running")
        assert is_ok(client.ask(other))
        assert is_ok(client.ask(copy_config(FILE, f"<{target}/>")))
        assert texts_in(client, target) == ["name=n"]

    @pytest.mark.parametrize("source", ["<candidate/>", INVALID])
    def test_takes_what_is_not_valid_yet(self, served: ServedShop, source: str) -> None:
        client = served.client()
        assert is_ok(client.ask(edit_config("<alarm/>")))
        assert is_ok(client.ask(copy_config(source, FILE)))
        assert b"<alarm/>" in (folder_of(served) / "backup.xml").read_bytes()

    def test_of_a_file_is_another_file(self, served: ServedShop) -> None:
        client = served.client()
        assert is_ok(client.ask(copy_config(INLINE, FILE)))
        assert is_ok(client.ask(copy_config(FILE, OTHER)))
        assert is_ok(client.ask(copy_config(OTHER, "<candidate/>")))
        assert texts_in(client, "candidate") == ["name=inline"]

    def test_to_itself_is_refused(self, served: ServedShop) -> None:
        client = served.client()
        assert is_ok(client.ask(copy_config(INLINE, FILE)))
        same = "<url>file://localhost/backup%2Exml</url>"
        assert error_of(client.ask(copy_config(FILE, same)))["error-tag"] == "invalid-value"

    @pytest.mark.rfc("6243 §4.5.1")
    def test_shows_defaults_if_it_is_told_to(self, served: ServedShop) -> None:
        mode = (
            '<with-defaults xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults">'
            "report-all</with-defaults></copy-config>"
        )
        request = copy_config("<running/>", FILE).replace("</copy-config>", mode)
        assert is_ok(served.client().ask(request))
        assert b"<floor>0</floor>" in (folder_of(served) / "backup.xml").read_bytes()

    @pytest.mark.rfc("8341 §3.2.6")
    def test_leaves_out_what_the_user_may_not_read(self, served: ServedShop) -> None:
        root = served.client()
        rules = nacm_xml("<read-default>deny</read-default>")
        config = f"<config>{rules}</config>"
        edit = f"<edit-config><target><running/></target>{config}</edit-config>"
        assert is_ok(root.ask(edit))
        assert is_ok(served.client("ann").ask(copy_config("<running/>", FILE)))
        assert b"shop" not in (folder_of(served) / "backup.xml").read_bytes()

    def test_stays_over_a_restart(self, served: ServedShop) -> None:
        assert is_ok(served.client().ask(copy_config("<running/>", FILE)))
        with served_shop(served.directory) as again:
            client = again.client()
            assert is_ok(client.ask(copy_config(FILE, "<candidate/>")))
            assert texts_in(client, "candidate") == ["name=n"]

    def test_makes_no_more_files_than_a_hundred(self, served: ServedShop) -> None:
        client = served.client()
        assert is_ok(client.ask(copy_config(INLINE, FILE)))
        for number in range(MOST_FILES - 1):
            (folder_of(served) / f"{number}").touch()
        error = error_of(client.ask(copy_config(INLINE, OTHER)))
        assert error["error-tag"] == "resource-denied"
        assert is_ok(client.ask(copy_config(INLINE, FILE)))


class TestOtherOperations:
    @pytest.fixture(autouse=True)
    def _file(self, served: ServedShop) -> None:
        assert is_ok(served.client().ask(copy_config(INLINE, FILE)))

    @pytest.mark.rfc("6241 §8.8.5.1")
    def test_edit_takes_a_file_in_place_of_a_config(self, served: ServedShop) -> None:
        client = served.client()
        request = f"<edit-config><target><candidate/></target>{FILE}</edit-config>"
        assert is_ok(client.ask(request))
        assert texts_in(client, "candidate") == ["name=inline"]
        both = request.replace(FILE, f"{FILE}{INLINE}")
        assert error_of(client.ask(both))["error-tag"] == "bad-element"

    @pytest.mark.rfc("6241 §8.8.5.4")
    def test_validate_tells_of_a_file(self, served: ServedShop) -> None:
        client = served.client()
        request = f"<validate><source>{FILE}</source></validate>"
        assert is_ok(client.ask(request))
        assert is_ok(client.ask(copy_config(INVALID, FILE)))
        assert error_of(client.ask(request))["error-path"].endswith("code")

    @pytest.mark.rfc("6241 §8.8.5.3")
    def test_delete_removes_a_file(self, served: ServedShop) -> None:
        client = served.client()
        request = f"<delete-config><target>{FILE}</target></delete-config>"
        assert is_ok(client.ask(request))
        assert not (folder_of(served) / "backup.xml").exists()
        assert error_of(client.ask(request))["error-tag"] == "operation-failed"

    @pytest.mark.parametrize(
        "request_",
        [
            f"<get-config><source>{FILE}</source></get-config>",
            f"<lock><target>{FILE}</target></lock>",
        ],
    )
    def test_others_know_no_files(self, served: ServedShop, request_: str) -> None:
        assert error_of(served.client().ask(request_))["error-tag"] == "unknown-element"


class TestFile:
    @pytest.mark.parametrize(
        ("url", "tag"),
        [
            ("ftp://example.net/x", "operation-not-supported"),
            ("https://example.net/x", "operation-not-supported"),
            ("backup.xml", "operation-not-supported"),
            ("file://example.net/x", "invalid-value"),
            ("file:///", "invalid-value"),
            ("file:///..", "invalid-value"),
            ("file:///../running.xml", "invalid-value"),
            ("file:///%2e%2e%2frunning.xml", "invalid-value"),
            ("file:////etc/passwd", "invalid-value"),
            ("file:///etc/passwd", "invalid-value"),
            ("file:///.hidden", "invalid-value"),
            ("file:///backup.xml.new", "invalid-value"),
            ("file:///x%00", "invalid-value"),
            ("file:///x?y", "invalid-value"),
            ("file://[/x", "invalid-value"),
        ],
    )
    def test_has_to_be_named_as_one_of_the_folder(
        self, served: ServedShop, url: str, tag: str
    ) -> None:
        client = served.client()
        for request in (
            copy_config("<running/>", f"<url>{url}</url>"),
            copy_config(f"<url>{url}</url>", "<candidate/>"),
            f"<delete-config><target><url>{url}</url></target></delete-config>",
        ):
            assert error_of(client.ask(request))["error-tag"] == tag

    def test_has_to_be_there(self, served: ServedShop) -> None:
        error = error_of(served.client().ask(copy_config(FILE, "<candidate/>")))
        assert error["error-tag"] == "operation-failed"
        assert "file:///backup.xml cannot be read" in error["error-message"]
        assert str(served.directory) not in error["error-message"]

    @pytest.mark.parametrize("content", [b"", b"<config", b"<data/>", b"PK\x03\x04"])
    def test_has_to_hold_a_configuration(self, served: ServedShop, content: bytes) -> None:
        folder_of(served).mkdir()
        (folder_of(served) / "backup.xml").write_bytes(content)
        error = error_of(served.client().ask(copy_config(FILE, "<candidate/>")))
        assert error["error-tag"] == "operation-failed"
        assert "damaged" in error["error-message"]

    def test_is_never_what_a_link_leads_to(self, served: ServedShop) -> None:
        folder_of(served).mkdir()
        outside = served.directory / "outside.xml"
        outside.write_bytes(b"secret")
        link = folder_of(served) / "backup.xml"
        link.symlink_to(outside)
        client = served.client()
        reply = error_of(client.ask(copy_config(FILE, "<candidate/>")))
        assert reply["error-tag"] == "operation-failed"
        assert is_ok(client.ask(copy_config("<running/>", FILE)))
        assert outside.read_bytes() == b"secret"
        assert not link.is_symlink()

    def test_is_no_device_that_would_make_the_server_wait(self, served: ServedShop) -> None:
        folder_of(served).mkdir()
        os.mkfifo(folder_of(served) / "backup.xml")
        error = error_of(served.client().ask(copy_config(FILE, "<candidate/>")))
        assert "not a plain file" in error["error-message"]

    def test_is_for_nobody_else_on_the_machine(self, served: ServedShop) -> None:
        assert is_ok(served.client().ask(copy_config("<running/>", FILE)))
        assert (folder_of(served) / "backup.xml").stat().st_mode & 0o077 == 0
