"""Two hosts on one cable, the programs that run on them, and what these cost."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path

from benchmarks.signalling.updates import LMA, MAGS, Stage
from nf.cli.demo.namespaces import Namespace, connect_namespaces

_SOURCES = Path(__file__).parent
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the load generator saw of one run."""

    answered: int
    refused: int
    lost: int
    seconds: float
    p50_ms: float
    p99_ms: float


class Process:
    """A program under test: it speaks in lines, and ends with its standard input."""

    def __init__(self, command: list[str], log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        self.greeting = self.hear()

    @property
    def cpu_s(self) -> float:
        """The processor time that it has taken (clock_getcpuclockid)."""
        return time.clock_gettime((~self._process.pid << 3) | 2)

    @property
    def memory_bytes(self) -> int:
        """What of it is in memory."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * _PAGE_BYTES

    def hear(self) -> str:
        """Return its next line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended unasked")
        return line

    def ask(self, line: str) -> str:
        """Return the answer to a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self.hear()

    def end(self) -> None:
        """Let it end by itself."""
        self._process.communicate()

    def kill(self) -> None:
        """End it where it stands."""
        self._process.kill()
        self._process.communicate()


class Arena:
    """The LMA's host, the MAGs' host, and a directory for what comes and goes with them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lma = Namespace(f"pm6s{os.getpid()}-lma")
        self._mags = Namespace(f"pm6s{os.getpid()}-mags")
        for name in ("load", "echo"):
            source, program = _SOURCES / f"{name}.c", directory / name
            subprocess.run(["gcc", "-O2", "-o", str(program), str(source)], check=True)

    def build(self) -> None:
        """Have both hosts, anew."""
        self.remove()
        for host in (self._lma, self._mags):
            host.create()
        connect_namespaces(self._lma, "wire", self._mags, "wire")
        for host, addresses in ((self._lma, (LMA,)), (self._mags, MAGS)):
            for address in addresses:
                host.ip("address", "add", f"{address}/64", "dev", "wire", "nodad")

    def remove(self) -> None:
        """Have neither."""
        self._lma.delete()
        self._mags.delete()

    @contextlib.contextmanager
    def echo(self) -> Iterator[Process]:
        """Run the program that answers without thinking."""
        yield from self._run([str(self.directory / "echo"), str(LMA)])

    @contextlib.contextmanager
    def lma(self, nodes: int, *, store: Path | None, routes: bool) -> Iterator[Process]:
        """Run an LMA on a host that nothing has run on, unless there is a store to go on with."""
        command = [sys.executable, "-m", "benchmarks.signalling.lma", str(nodes)]
        yield from self._run([*command, str(store or "-"), "routes" if routes else "-"])

    def updates(self, lma: Process, stage: Stage) -> Path:
        """Have an LMA write the updates of a stage."""
        path = self.directory / "updates"
        lma.ask(f"{stage.value} {path}")
        return path

    def load(self, mag: IPv6Address, updates: Path, window: int, rate: float) -> Outcome:
        """Send updates from a MAG and wait for the answers."""
        program = str(self.directory / "load")
        figures = self._mags.run(
            program,
            *(str(mag), str(LMA), str(updates), str(window), str(int(rate))),
            timeout_s=3600,
        )
        return Outcome(**json.loads(figures))

    def _run(self, command: list[str]) -> Iterator[Process]:
        process = Process([*self._lma.prefix, *command], self.directory / "log")
        try:
            yield process
            process.end()
        finally:
            process.kill()


@contextlib.contextmanager
def arena() -> Iterator[Arena]:
    """Have an arena for a while; nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="pmip6-signalling-") as directory:
        made = Arena(Path(directory))
        try:
            made.build()
            yield made
        finally:
            made.remove()
