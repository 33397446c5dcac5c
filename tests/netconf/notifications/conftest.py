"""A depot for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.netconf.notifications.bench import Depot


@pytest.fixture
def depot(tmp_path: Path) -> Iterator[Depot]:
    """Serve a depot from an empty folder."""
    served = Depot(tmp_path)
    yield served
    served.stop()
