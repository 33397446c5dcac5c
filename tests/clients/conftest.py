"""The server processes that all clients share, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.served import Client, Served, connect
from tests.netconf.transport.process import Standalone

YANG_DIRECTORY = Path(__file__).parents[2] / "yang"


def empty(session: Client) -> None:
    """Leave nothing in running, candidate and startup."""
    session.discard_changes()
    session.edit_config("<config/>", target="candidate", default_operation="replace")
    session.commit()
    session.delete_config("startup")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("depot")) as served:
        yield served


@pytest.fixture
def server(served: Served) -> Served:
    """Yield the depot's server, without any configuration."""
    with connect(served.port) as session:
        empty(session)
    return served


@pytest.fixture(scope="session")
def standing_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    directory = tmp_path_factory.mktemp("standalone")
    modules = ("--yang", YANG_DIRECTORY, "--module", "pmip6")
    with Standalone(directory, "--data-dir", directory / "data", *modules) as server:
        yield server


@pytest.fixture
def standalone(standing_alone: Standalone) -> Standalone:
    """Yield the standalone server with the project's own model, without any configuration."""
    with standing_alone.connect() as session:
        empty(session)
    return standing_alone
