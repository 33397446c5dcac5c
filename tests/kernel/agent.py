"""A kernel driver in a network namespace of its own: effects in as JSON lines, answers out.

Each line is a JSON object: an effect in the form of the journal, or ``{"call": …}`` with the name
of a method and its argument. Each answer is ``{"result": …}`` or ``{"refused": errno}``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import cast, get_args

from nf.drivers.kernel.driver import KernelDriver
from nf.drivers.kernel.netlink import KernelError
from nf.engine.effects import KernelEffect
from nf.engine.events import Event
from nf.journal import Json, effect_from_json, event_to_json, record_to_json


class Agent:
    """Does what each line says."""

    def __init__(self) -> None:
        self._posted: list[Event] = []
        self._driver = KernelDriver(self._posted.append)

    async def run(self) -> None:
        """Answer each line of standard input until it ends."""
        self._driver.watch()
        lines = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(lines)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        while line := await lines.readline():
            print(json.dumps(self._answer(json.loads(line))), flush=True)
        self._driver.close()

    def _answer(self, request: dict[str, Json]) -> Json:
        try:
            return {"result": self._call(request) if "call" in request else self._perform(request)}
        except KernelError as refusal:
            return {"refused": refusal.errno or 0}

    def _perform(self, request: dict[str, Json]) -> Json:
        effect = effect_from_json(request)
        assert isinstance(effect, get_args(KernelEffect))
        self._driver.perform(cast(KernelEffect, effect))
        return None

    def _call(self, request: dict[str, Json]) -> Json:
        match request["call"]:
            case "state":
                return record_to_json(self._driver.state())
            case "posted":
                return [event_to_json(event) for event in self._posted]
            case "drain":
                self._driver.drain()
            case "open-access-link":
                self._driver.open_access_link(str(request["link"]))
            case "close-access-link":
                self._driver.close_access_link(str(request["link"]))
        return None


if __name__ == "__main__":
    asyncio.run(Agent().run())
