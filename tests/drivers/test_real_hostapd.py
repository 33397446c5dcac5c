"""The access point of Debian's hostapd, and a station that authenticates itself by wpa_supplicant.

There is no radio here: hostapd lets stations in on a cable by IEEE 802.1X as it does by air.
"""

from __future__ import annotations

import contextlib
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from nf.cli.demo.namespaces import Namespace
from nf.drivers.attach import access_points
from nf.drivers.attach.driver import AttachDriver
from nf.engine.events import NodeLost, NodeSeen
from nf.engine.values import AttachSource
from tests.drivers.access_link import opened
from tests.drivers.conftest import NODE, Bench

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("node")]

ROOT: Final = Path(__file__).resolve().parents[2] / ".clients"
_LIBRARIES: Final = ROOT / f"usr/lib/{sysconfig.get_config_var('MULTIARCH')}"

_HOSTAPD: Final = """\
interface=link0
driver=wired
ctrl_interface={directory}
ieee8021x=1
eap_server=1
eap_user_file={directory}/users
use_pae_group_addr=1
"""
_USERS: Final = '"bus-7" MD5 "demo-only"\n'
_SUPPLICANT: Final = """\
ctrl_interface={directory}/station
ap_scan=0
network={{
    key_mgmt=IEEE8021X
    eap=MD5
    identity="bus-7"
    password="demo-only"
    eapol_flags=0
}}
"""


class Cable:
    """hostapd at one end, wpa_supplicant at the other."""

    def __init__(self, bench: Bench, directory: Path) -> None:
        self._bench = bench
        self._directory = directory
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        for name, text in (
            ("hostapd.conf", _HOSTAPD),
            ("users", _USERS),
            ("wpa_supplicant.conf", _SUPPLICANT),
        ):
            (directory / name).write_text(text.format(directory=directory))

    @property
    def control_socket(self) -> str:
        return str(self._directory / "link0")

    def start_access_point(self) -> None:
        self._start(self._bench.here, "usr/sbin/hostapd", f"{self._directory}/hostapd.conf")

    def stop_access_point(self) -> None:
        self._stop("usr/sbin/hostapd")

    def start_station(self) -> None:
        self._bench.there.ip("link", "set", "node0", "up")
        configuration = f"{self._directory}/wpa_supplicant.conf"
        options = ("-D", "wired", "-i", "node0", "-c", configuration)
        self._start(self._bench.there, "sbin/wpa_supplicant", *options)

    def log_station_off(self) -> None:
        control = ("-p", f"{self._directory}/station", "-i", "node0")
        command = [*self._bench.there.prefix, str(ROOT / "sbin/wpa_cli"), *control, "logoff"]
        subprocess.run(command, env=self._environment, check=True, capture_output=True)

    def close(self) -> None:
        for name in list(self._processes):
            self._stop(name)

    @property
    def _environment(self) -> dict[str, str]:
        return {"LD_LIBRARY_PATH": str(_LIBRARIES), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def _start(self, host: Namespace, program: str, *options: str) -> None:
        with (self._directory / "log").open("ab") as log:
            self._processes[program] = subprocess.Popen(
                [*host.prefix, str(ROOT / program), *options],
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def _stop(self, name: str) -> None:
        process = self._processes.pop(name)
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def cable(bench: Bench, tmp_path: Path) -> Iterator[Cable]:
    with contextlib.closing(Cable(bench, tmp_path)) as cable:
        yield cable


def test_a_real_access_point_tells_of_a_real_station(
    bench: Bench, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_points, "INTERVAL_S", 0.1)
    effect = opened()
    link = replace(effect.link, hostapd_sockets=(cable.control_socket,))

    async def scene() -> None:
        driver = AttachDriver(bench.events.append)

        def stations() -> int | None:
            return driver.access_points()["link0"][cable.control_socket]

        driver.perform(replace(effect, link=link))
        cable.start_access_point()
        await bench.until(lambda: stations() == 0)
        cable.start_station()
        await bench.until(lambda: stations() == 1)
        cable.log_station_off()
        await bench.until(lambda: stations() == 0)
        cable.stop_access_point()
        await bench.until(lambda: stations() is None)
        cable.start_access_point()
        await bench.until(lambda: stations() is not None)
        driver.close()

    bench.run(scene)
    source = AttachSource.ACCESS_POINT
    assert bench.events[:2] == [
        NodeSeen(link="link0", link_layer_address=NODE, source=source),
        NodeLost(link="link0", link_layer_address=NODE, source=source),
    ]
