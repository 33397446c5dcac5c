"""An access point's control socket without an access point: says what hostapd would."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from pathlib import Path

from nf.cli.demo.namespaces import Namespace, entered
from nf.engine.values import LinkLayerAddress


def text_of(station: LinkLayerAddress) -> str:
    return station.hex(":")


class FakeAccessPoint:
    """Speaks for hostapd at a path, in the running event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stations: list[LinkLayerAddress] = []
        #: Stations that are associated, and not yet authorised.
        self.unauthorised: set[LinkLayerAddress] = set()
        self.questions: list[str] = []
        self.is_dumb = False
        self._listeners: set[bytes | str] = set()
        self._socket: socket.socket | None = None

    def start(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(self.path))
        asyncio.get_running_loop().add_reader(self._socket, self._receive)

    def stop(self) -> None:
        """Be gone without a word, as after a crash."""
        if self._socket is not None:
            asyncio.get_event_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        self.path.unlink(missing_ok=True)
        self._listeners.clear()

    def restart(self) -> None:
        self.stop()
        self.start()

    def tell_nobody_any_more(self) -> None:
        """Give up on those who did not take their events."""
        self._listeners.clear()

    def connect(self, station: LinkLayerAddress) -> None:
        self.stations.append(station)
        self.tell(f"AP-STA-CONNECTED {text_of(station)}")

    def disconnect(self, station: LinkLayerAddress) -> None:
        self.stations.remove(station)
        self.tell(f"AP-STA-DISCONNECTED {text_of(station)}")

    def tell(self, event: str) -> None:
        for listener in self._listeners:
            self._send(f"<3>{event}", listener)

    @property
    def is_heard(self) -> bool:
        return bool(self._listeners)

    def _receive(self) -> None:
        assert self._socket is not None
        datagram, sender = self._socket.recvfrom(4096)
        question = datagram.decode()
        self.questions.append(question)
        if not self.is_dumb:
            self._send(self._answer(question, sender), sender)

    def _answer(self, question: str, sender: bytes | str) -> str:
        match question.split():
            case ["ATTACH"]:
                self._listeners.add(sender)
                return "OK\n"
            case ["PING"]:
                return "PONG\n"
            case ["STA-FIRST"]:
                return self._described(0)
            case ["STA-NEXT", text]:
                before = LinkLayerAddress(bytes.fromhex(text.replace(":", "")))
                if before not in self.stations:
                    return "FAIL\n"
                return self._described(self.stations.index(before) + 1)
        return "UNKNOWN COMMAND\n"

    def _described(self, index: int) -> str:
        if index >= len(self.stations):
            return ""
        station = self.stations[index]
        flags = "" if station in self.unauthorised else "[AUTHORIZED]"
        return f"{text_of(station)}\nflags=[AUTH][ASSOC]{flags}\naid=1\n"

    def _send(self, answer: str, listener: bytes | str) -> None:
        assert self._socket is not None
        with contextlib.suppress(ConnectionRefusedError):
            self._socket.sendto(answer.encode(), listener)


class AccessPointThread:
    """A fake access point in a namespace, for tests that have no event loop of their own."""

    def __init__(self, host: Namespace, path: Path) -> None:
        self._host = host
        self._point = FakeAccessPoint(path)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def connect(self, station: LinkLayerAddress) -> None:
        self._loop.call_soon_threadsafe(self._point.connect, station)

    def disconnect(self, station: LinkLayerAddress) -> None:
        self._loop.call_soon_threadsafe(self._point.disconnect, station)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        with entered(self._host):
            self._loop.call_soon(self._point.start)
            self._loop.run_forever()
        self._point.stop()
        self._loop.close()
