from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netconf_server.datastores.datastore import Datastores
from netconf_server.schema.schema import Schema
from tests.netconf.data.shop import shop_schema
from tests.netconf.fake_provider import FakeProvider


@pytest.fixture
def schema() -> Schema:
    return shop_schema()


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def datastores(schema: Schema, provider: FakeProvider, tmp_path: Path) -> Iterator[Datastores]:
    """Datastores that were started without any configuration."""
    started = Datastores(schema, provider, tmp_path)
    started.start()
    provider.calls.clear()
    yield started
    started.close()
