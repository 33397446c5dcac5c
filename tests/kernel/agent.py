"""A kernel driver in a network namespace of its own: effects in, answers out.

It is a process, forked and not started, which takes milliseconds, in user-mode Linux too. A
request is an effect or a ``Call``, and None ends it; each answer is ``{"result": …}`` or
``{"refused": errno}``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeAlias

from nf.cli.demo.namespaces import Namespace, entered
from nf.drivers.kernel.driver import KernelDriver
from nf.drivers.kernel.netlink import KernelError
from nf.engine.events import Event
from nf.engine.kernel_effects import KernelEffect
from nf.journal import Json, event_to_json, record_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method of the driver, and its argument if it has one."""

    name: str
    link: str = ""


Request: TypeAlias = KernelEffect | Call


def run_agent(namespace: str, requests: Connection, grace_s: float) -> None:
    """Enter a namespace and answer requests until there is None."""
    with entered(Namespace(namespace)):
        asyncio.run(_Agent(requests, grace_s).run())


class _Agent:
    """Does what each request says."""

    def __init__(self, requests: Connection, grace_s: float) -> None:
        self._requests = requests
        self._posted: list[Event] = []
        self._driver = KernelDriver(self._posted.append, grace_s=grace_s)
        self._end = asyncio.Event()

    async def run(self) -> None:
        self._driver.watch()
        asyncio.get_running_loop().add_reader(self._requests.fileno(), self._serve)
        await self._end.wait()
        self._driver.close()

    def _serve(self) -> None:
        request: Request | None = self._requests.recv()
        if request is None:
            self._end.set()
        else:
            self._requests.send(self._answer(request))

    def _answer(self, request: Request) -> Json:
        try:
            if isinstance(request, Call):
                return {"result": self._call(request)}
            self._driver.perform(request)
        except KernelError as refusal:
            return {"refused": refusal.errno or 0}
        return {"result": None}

    def _call(self, call: Call) -> Json:
        match call.name:
            case "state":
                return record_to_json(self._driver.state())
            case "posted":
                return [event_to_json(event) for event in self._posted]
            case "drain":
                self._driver.drain()
            case "open-access-link":
                self._driver.open_access_link(call.link)
            case "close-access-link":
                self._driver.close_access_link(call.link)
        return None
