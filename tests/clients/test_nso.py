"""Cisco NSO: transactions over several devices, that take effect everywhere or nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from netconf_client.error import RpcError  # type: ignore[import-untyped]

from tests.clients.orchestrators import NsoTransaction, fetch_schema, library_modules
from tests.clients.requests import config, config_of_profile
from tests.clients.served import Client, Served, connect
from tests.clients.waiting import wait_until
from tests.netconf.transport.process import Standalone


@pytest.fixture
def anchor(standalone: Standalone) -> Iterator[Client]:
    with standalone.connect() as session:
        yield session


@pytest.fixture
def depot(server: Served) -> Iterator[Client]:
    with connect(server.port) as session:
        yield session


def running_of(device: Served | Standalone) -> str:
    """Read running in a session of its own."""
    with connect(device.port) as session:
        data: bytes = session.get_config("running").data_xml
    return data.decode()


def test_its_builder_fetches_every_module_of_the_library(anchor: Client, tmp_path: Path) -> None:
    modules = library_modules(anchor)
    assert "pmip6" in modules
    for name, revision in modules.items():
        fetch_schema(anchor, tmp_path, name, revision)
        assert f"module {name} {{" in (tmp_path / f"{name}@{revision}.yang").read_text()


def test_a_transaction_takes_effect_on_all_devices(
    standalone: Standalone, server: Served, anchor: Client, depot: Client
) -> None:
    first, second = NsoTransaction(anchor), NsoTransaction(depot)
    first.prepare(config_of_profile("buses"))
    second.prepare(config("north"))
    for device in (first, second):
        device.commit()
    for device in (first, second):
        device.confirm()
    assert "<name>buses</name>" in running_of(standalone)
    assert "<name>north</name>" in running_of(server)


def test_a_refusal_by_one_device_leaves_nothing_on_any(
    standalone: Standalone, server: Served, anchor: Client, depot: Client
) -> None:
    first, second = NsoTransaction(anchor), NsoTransaction(depot)
    first.prepare(config_of_profile("buses"))
    with pytest.raises(RpcError, match="a depot is never closed"):
        second.prepare(config("closed"))
    for device in (first, second):
        device.abort()
    assert "buses" not in running_of(standalone)
    assert "closed" not in running_of(server)
    with standalone.connect() as session:
        session.lock("candidate")


@pytest.mark.rfc("6241 §8.4.1")
def test_an_abort_after_the_commit_takes_it_back(standalone: Standalone, anchor: Client) -> None:
    device = NsoTransaction(anchor)
    device.prepare(config_of_profile("buses"))
    device.commit()
    assert "<name>buses</name>" in running_of(standalone)
    device.abort()
    wait_until(lambda: "buses" not in running_of(standalone))


@pytest.mark.rfc("6241 §8.4.1")
def test_a_lost_session_takes_it_back(standalone: Standalone) -> None:
    with standalone.connect() as session:
        device = NsoTransaction(session)
        device.prepare(config_of_profile("buses"))
        device.commit()
    wait_until(lambda: "buses" not in running_of(standalone))


@pytest.mark.rfc("6241 §8.4.1")
def test_a_time_out_takes_it_back(standalone: Standalone, anchor: Client) -> None:
    device = NsoTransaction(anchor)
    device.prepare(config_of_profile("buses"))
    device.commit(timeout_s=1)
    wait_until(lambda: "buses" not in running_of(standalone))
