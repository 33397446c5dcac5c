"""One running domain for the tests of this folder: they follow one router through its day."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nf.cli.client import NAMESPACE
from nf.cli.demo.domain import Domain, wait_for


def configure(domain: Domain, name: str, inner: str) -> None:
    """Commit more to a daemon."""
    with domain.daemons[name].connect() as client:
        client.configure(f'<pmip6 xmlns="{NAMESPACE}">{inner}</pmip6>')


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    """Yield a configured domain whose router is attached at MAG1 and whose traffic flows."""
    if os.geteuid() != 0:
        pytest.fail("network namespaces need root")
    directory: Path = tmp_path_factory.mktemp("domain") / "files"
    domain = Domain(directory, label=f"pm6t{os.getpid()}")
    try:
        domain.build()
        domain.start_daemons()
        for name in domain.daemons:
            domain.configure(name)
        domain.core_capture.start()
        domain.topology.move_router("mag1")
        domain.router.start()
        wait_for("an address for the node inside", domain.node_address, 40)
        domain.start_traffic()
        domain.wait_for_echo_after(0, "tcp")
        yield domain
    finally:
        domain.topology.remove()
