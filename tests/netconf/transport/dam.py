"""A relay between client and server, for clients that take nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from netconf_server.transport.listening import cancelled


class Dam:
    """A relay that lets nothing through to the client once it is closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._relays: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            await cancelled(self._relays)

    def close(self) -> None:
        self._is_open.clear()

    def open(self) -> None:
        self._is_open.set()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._relays.add(task)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(
            self._carry(reader, up_writer, lambda: None),
            self._carry(up_reader, writer, self._is_open.wait),
        )

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: Callable[[], object]
    ) -> None:
        while data := await source.read(65536):
            passing = gate()
            if asyncio.iscoroutine(passing):
                await passing
            sink.write(data)
            await sink.drain()
        sink.close()
