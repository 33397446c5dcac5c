"""A factory reset that is cut short does not look as if it were done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.markup import PARTIAL_LOCK
from netconf_server.storage import url_files
from netconf_server.storage.commit_log import CommitLog
from tests.netconf.config.bench import ServedShop, served_shop, texts_in
from tests.netconf.config.test_confirmed_commit import read_only_disk
from tests.netconf.config.test_factory_default import RESET, preset, served
from tests.netconf.data.shop import SHOP
from tests.netconf.protocol.fakes import error_of, is_ok

__all__ = ["served"]

pytestmark = pytest.mark.rfc("8808 §2")

CONFIGURED = ["name=n", "floor=3"]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    with monkeypatch.context() as disk:
        yield disk


class TestFaultOfTheDisk:
    def test_with_the_files_leaves_running_and_is_told(
        self, served: ServedShop, disk: pytest.MonkeyPatch
    ) -> None:
        disk.setattr(url_files, "remove_durably", read_only_disk)
        client = served.client()
        assert error_of(client.ask(RESET))["error-tag"] == "operation-failed"
        assert texts_in(client) == texts_in(client, "candidate") == CONFIGURED
        disk.undo()
        assert is_ok(client.ask(RESET))
        assert texts_in(client) == texts_in(client, "startup") == ["name=new"]

    def test_with_startup_leaves_running_and_the_files(self, served: ServedShop) -> None:
        (served.directory / "startup.xml.new").mkdir()
        client = served.client()
        assert error_of(client.ask(RESET))["error-tag"] == "operation-failed"
        assert texts_in(client) == texts_in(client, "startup") == CONFIGURED
        assert list((served.directory / "files").iterdir())

    def test_with_running_leaves_it_and_is_told(
        self, served: ServedShop, disk: pytest.MonkeyPatch
    ) -> None:
        def fail(*_arguments: object) -> None:
            raise OSError("broken")

        disk.setattr(CommitLog, "append", fail)
        client = served.client()
        assert error_of(client.ask(RESET))["error-tag"] == "operation-failed"
        assert texts_in(client) == CONFIGURED


def test_crash_in_the_middle_leaves_running_as_it_was(
    served: ServedShop, disk: pytest.MonkeyPatch
) -> None:
    def crash(*_arguments: object) -> None:
        raise SystemExit

    disk.setattr(url_files, "remove_durably", crash)
    with pytest.raises(SystemExit):
        served.client().ask(RESET)
    served.management.datastores.close()
    with served_shop(served.directory) as again:
        assert texts_in(again.client()) == CONFIGURED


def test_partial_lock_keeps_startup_and_files_too(served: ServedShop) -> None:
    select = f'<select xmlns:s="{SHOP}">/s:shop/s:name</select>'
    owner = served.client()
    reply = owner.ask(f'<partial-lock xmlns="{PARTIAL_LOCK}">{select}</partial-lock>')
    assert reply.find(f"{{{PARTIAL_LOCK}}}lock-id") is not None
    client = served.client()
    assert error_of(client.ask(RESET))["error-tag"] == "in-use"
    assert texts_in(client) == texts_in(client, "startup") == CONFIGURED
    assert list((served.directory / "files").iterdir())


def test_running_that_has_the_default_already_is_no_reason_to_keep_the_rest(
    tmp_path: Path,
) -> None:
    with served_shop(tmp_path / "data", factory_default=preset(tmp_path)) as served:
        client = served.client()
        (served.directory / "files").mkdir(parents=True)
        (served.directory / "files" / "left").touch()
        assert is_ok(client.ask(RESET))
        assert not list((served.directory / "files").iterdir())
        assert texts_in(client, "startup") == ["name=new"]
