"""A server in an event loop of its own thread, so that tests can use blocking clients."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar

from netconf_server.settings import Limits, ServerSettings
from netconf_server.users.users import User

T = TypeVar("T")

PASSWORD = "correct horse"
ADMIN = User(name="admin", password=PASSWORD)


def settings_in(
    directory: Path,
    *users: User,
    limits: Limits | None = None,
    recovery_users: frozenset[str] | None = None,
) -> ServerSettings:
    """Configure a server on loopback that keeps its files in the directory.

    Unless told otherwise, all users are recovery users.
    """
    users = users or (ADMIN,)
    if recovery_users is None:
        recovery_users = frozenset(user.name for user in users)
    return ServerSettings(
        host="127.0.0.1",
        port=0,
        data_directory=directory,
        users=users,
        recovery_users=recovery_users,
        host_key=directory / "ssh_host_ed25519_key",
        limits=limits or Limits(),
    )


class Service(Protocol):
    """What can be started, reached and stopped."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    @property
    def port(self) -> int: ...


class Running:
    """Makes and starts a service on entry, stops it on exit; ``port`` is where it listens."""

    def __init__(self, make: Callable[[], Service]) -> None:
        self._make = make
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="server")
        self._service: Service
        self.port = 0

    def __enter__(self) -> Running:
        self._thread.start()
        try:
            self.run(self._start())
        except BaseException:
            self._end_loop()
            raise
        return self

    async def _start(self) -> None:
        self._service = self._make()
        await self._service.start()
        self.port = self._service.port

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.run(self._service.stop())
        finally:
            self._end_loop()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the server's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)
