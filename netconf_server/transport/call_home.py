"""Call home: the server makes the connections, the clients are as always (RFC 8071)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from netconf_server.settings import CallHomeClient
from netconf_server.transport.listening import cancelled
from netconf_server.transport.transport import Transport

_log = logging.getLogger(__name__)

_FIRST_DELAY_S: Final = 1
_LONGEST_DELAY_S: Final = 60
_CONNECT_TIMEOUT_S: Final = 30

#: Waits so many seconds.
Sleep = Callable[[float], Awaitable[None]]


class BackOff:
    """How long to wait before the next attempt: longer each time, until one succeeds."""

    def __init__(self) -> None:
        self._next_s = _FIRST_DELAY_S

    def take_s(self) -> int:
        """Return the seconds to wait now."""
        delay_s = self._next_s
        self._next_s = min(2 * delay_s, _LONGEST_DELAY_S)
        return delay_s

    def reset(self) -> None:
        """Begin anew, after a client has logged in."""
        self._next_s = _FIRST_DELAY_S


class CallHome:
    """Keeps a connection to every client that is to be called.

    RFC 8071 §4.1 S1-S7: the server connects by TCP and is then the server of SSH or TLS.
    """

    def __init__(
        self,
        clients: Sequence[tuple[CallHomeClient, Transport]],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Take the clients, each with what makes sessions of the connections to it."""
        self._clients = clients
        self._sleep = sleep
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to call, in the running event loop."""
        self._tasks = [asyncio.create_task(self._call_for_ever(*each)) for each in self._clients]

    async def stop(self) -> None:
        """Call no more; what is connected is the transports' to close."""
        await cancelled(self._tasks)

    async def _call_for_ever(self, client: CallHomeClient, transport: Transport) -> None:
        back_off = BackOff()
        while True:
            try:
                await transport.serve(await _connect(client), back_off.reset)
            except (OSError, UnicodeError) as fault:  # UnicodeError: that is no name of a host
                _log.info("call home to %s port %d: %s", client.host, client.port, fault)
            except Exception:  # a fault with one connection must not make it the last one
                _log.exception("call home to %s port %d failed", client.host, client.port)
            await self._sleep(back_off.take_s())


async def _connect(client: CallHomeClient) -> socket.socket:
    """Connect to the first address that answers; raises OSError, or UnicodeError for no name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(client.host, client.port, type=socket.SOCK_STREAM)
    refusal = OSError(f"{client.host} has no address")
    for family, kind, protocol, _, address in found:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                await loop.sock_connect(connection, address)
        except OSError as fault:
            refusal = OSError("no answer") if isinstance(fault, TimeoutError) else fault
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise refusal
