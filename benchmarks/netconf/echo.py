"""How long packets wait in the server's event loop while it does something else."""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType

_INTERVAL_S = 0.002
_PATIENCE_S = 10.0


class EchoMeter:
    """Sends one packet after the other to an echo in another process, from a thread."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(_PATIENCE_S)
        self._thread = threading.Thread(target=self._measure)
        self._ended = threading.Event()
        #: How long each answer took, in ms.
        self.delays_ms: list[float] = []

    def __enter__(self) -> EchoMeter:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _measure(self) -> None:
        while not self._ended.wait(_INTERVAL_S):
            began = time.perf_counter()
            self._socket.send(b"echo")
            self._socket.recv(100)
            self.delays_ms.append((time.perf_counter() - began) * 1000)

    def quantile(self, share: float) -> float:
        """Return the delay that this share of the packets did not exceed."""
        ordered = sorted(self.delays_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
