"""Waiting for what a server does by itself: no test says how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from netconf_client.error import RpcError  # type: ignore[import-untyped]

from tests.clients.served import Client

_LIMIT_S: Final = 30.0


def wait_until(is_true: Callable[[], bool]) -> None:
    """Return as soon as it is true; fails when that takes absurdly long."""
    deadline = time.monotonic() + _LIMIT_S
    while not is_true():
        assert time.monotonic() < deadline, f"not within {_LIMIT_S:.0f} s"
        time.sleep(0.02)


def wait_for_lock(session: Client, datastore: str) -> None:
    """Lock a datastore as soon as the server has noticed that its holder is gone."""

    def try_lock() -> bool:
        try:
            session.lock(datastore)
        except RpcError as refused:
            assert refused.tag == "lock-denied"
            return False
        return True

    wait_until(try_lock)
