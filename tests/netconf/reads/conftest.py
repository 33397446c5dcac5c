from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.datastores.datastore import Datastores
from tests.netconf.fake_provider import FakeProvider
from tests.netconf.reads.bench import Bench, open_bench
from tests.netconf.reads.kinds import kinds_schema


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def datastores(provider: FakeProvider, tmp_path: Path) -> Iterator[Datastores]:
    """Datastores that were started without any configuration."""
    started = Datastores(kinds_schema(), provider, tmp_path)
    started.start()
    yield started
    started.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Serve without a transport."""
    opened = open_bench(tmp_path)
    yield opened
    opened.management.datastores.close()
