"""What survives a restart, a crash at the worst moment, and a damaged file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netconf_server.datastores.datastore import DatastoreName, Datastores
from netconf_server.provider import Change, ChangeKind, ProviderError
from netconf_server.schema.schema import Schema
from netconf_server.storage.persistence import ConfigurationFiles, StoredConfigurationError
from tests.netconf.data.shop import candidate, edit, expected, running, shop
from tests.netconf.fake_provider import FakeProvider


def restarted(schema: Schema, provider: FakeProvider, directory: Path) -> Datastores:
    datastores = Datastores(schema, provider, directory)
    datastores.start()
    return datastores


class TestRestart:
    def test_running_comes_back_and_is_handed_over_as_created(
        self, schema: Schema, datastores: Datastores, tmp_path: Path
    ) -> None:
        content = (
            "<name>n</name><size>st:small</size><floor>0</floor><note><x xmlns='urn:x'/></note>"
        )
        edit(datastores, shop(content))
        assert datastores.commit()
        provider = FakeProvider()
        again = restarted(schema, provider, tmp_path)
        assert running(again) == candidate(again) == expected(content)
        assert not again.candidate_modified
        assert [call.phase for call in provider.calls] == ["validate", "apply"]
        assert Change(kind=ChangeKind.CREATED, path="/shop:shop") in provider.calls[1].changes
        again.close()

    def test_uncommitted_edits_do_not(
        self, schema: Schema, provider: FakeProvider, datastores: Datastores, tmp_path: Path
    ) -> None:
        edit(datastores, shop("<name>n</name>"))
        again = restarted(schema, provider, tmp_path)
        assert candidate(again) == []
        again.close()

    def test_startup_is_used_while_there_is_no_running(
        self, schema: Schema, provider: FakeProvider, datastores: Datastores, tmp_path: Path
    ) -> None:
        datastores.copy(shop("<name>s</name>"), DatastoreName.STARTUP)
        first = restarted(schema, provider, tmp_path)
        assert running(first) == expected("<name>s</name>")
        edit(first, shop("<name>r</name>"))
        assert first.commit()
        second = restarted(schema, provider, tmp_path)
        assert running(second) == expected("<name>r</name>")
        first.close()
        second.close()

    def test_deletion_of_everything_is_remembered(
        self, schema: Schema, provider: FakeProvider, datastores: Datastores, tmp_path: Path
    ) -> None:
        edit(datastores, shop("<name>n</name>"))
        assert datastores.commit()
        edit(datastores, shop("<name nc:operation='delete'/>"))
        assert datastores.commit()
        again = restarted(schema, provider, tmp_path)
        assert running(again) == []
        again.close()

    def test_empty_datastores_tell_the_provider_to_apply_nothing(
        self, schema: Schema, provider: FakeProvider, tmp_path: Path
    ) -> None:
        again = restarted(schema, provider, tmp_path)
        assert [(call.phase, call.changes) for call in provider.calls] == [("apply", ())]
        again.close()


class TestDamagedFile:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "damaged"),
            (b"<config", "damaged"),
            (b'<config xmlns="urn:other"/>', "not config"),
            (
                b'<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">'
                b'<shop xmlns="urn:test:shop"><name>n</name></shop>',
                "damaged",
            ),
            (
                b'<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">'
                b'<shop xmlns="urn:test:shop"><gone>n</gone></shop></config>',
                "<gone>",
            ),
            (
                b'<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">'
                b'<shop xmlns="urn:test:shop"><alarm/></shop></config>',
                "/shop:shop/alarm/code",
            ),
        ],
    )
    def test_stops_the_start_with_its_name(
        self,
        schema: Schema,
        provider: FakeProvider,
        tmp_path: Path,
        content: bytes,
        reason: str,
    ) -> None:
        path = tmp_path / "running.xml"
        path.write_bytes(content)
        datastores = Datastores(schema, provider, tmp_path)
        with pytest.raises(StoredConfigurationError) as caught:
            datastores.start()
        assert str(path) in str(caught.value)
        assert reason in str(caught.value)
        assert path.read_bytes() == content
        assert provider.calls == []
        datastores.close()

    def test_directory_that_cannot_be_read_stops_the_start_too(
        self, schema: Schema, provider: FakeProvider, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("no directory")
        datastores = Datastores(schema, provider, tmp_path / "file" / "below")
        with pytest.raises(StoredConfigurationError, match="file/below"):
            datastores.start()
        datastores.close()

    def test_refusal_by_the_provider_names_the_file_too(
        self, schema: Schema, provider: FakeProvider, datastores: Datastores, tmp_path: Path
    ) -> None:
        edit(datastores, shop("<name>n</name>"))
        assert datastores.commit()
        provider.refusals = [ProviderError(path="/shop:shop/name", message="no more")]
        again = Datastores(schema, provider, tmp_path)
        with pytest.raises(StoredConfigurationError, match=r"running\.xml.*no more"):
            again.start()
        again.close()


class CrashError(BaseException):
    """Power fails."""


class TestCrash:
    @pytest.mark.parametrize("function", ["write", "fsync", "replace"])
    def test_before_the_new_name_leaves_the_old_content(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
    ) -> None:
        files = ConfigurationFiles(tmp_path)
        files.save("running", b"<old/>")

        def crash(*_arguments: object, **_options: object) -> None:
            raise CrashError

        if function == "replace":
            monkeypatch.setattr(Path, "replace", crash)
        elif function == "fsync":
            monkeypatch.setattr(os, "fsync", crash)
        else:
            monkeypatch.setattr(os, "fdopen", crash)
        with pytest.raises(CrashError):
            files.save("running", b"<new/>")
        monkeypatch.undo()
        assert self.root_names(files) == ["old"]

    def test_leftover_of_a_crash_is_no_obstacle(self, tmp_path: Path) -> None:
        files = ConfigurationFiles(tmp_path)
        (tmp_path / "running.xml.new").write_bytes(b"<half")
        assert files.load("running") is None
        files.save("running", b"<new/>")
        assert self.root_names(files) == ["new"]
        assert [path.name for path in tmp_path.iterdir()] == ["running.xml"]

    def test_file_is_flushed_before_it_takes_the_name_and_the_directory_after(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps: list[str] = []

        def recorded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
                steps.append(name)
                return function(*arguments, **options)

            return call

        monkeypatch.setattr(os, "fsync", recorded("fsync", os.fsync))
        monkeypatch.setattr(Path, "replace", recorded("replace", Path.replace))
        ConfigurationFiles(tmp_path).save("running", b"<new/>")
        assert steps == ["fsync", "replace", "fsync"]

    def test_nobody_else_may_read_the_file(self, tmp_path: Path) -> None:
        files = ConfigurationFiles(tmp_path)
        files.save("running", b"<new/>")
        assert files.path_of("running").stat().st_mode & 0o777 == 0o600

    def root_names(self, files: ConfigurationFiles) -> list[str]:
        root = files.load("running")
        assert root is not None
        return [str(child.tag).rpartition("}")[2] for child in root]
