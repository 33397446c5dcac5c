"""Network access servers report who uses their service; here FreeRADIUS's radclient does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from pyrad import packet as pyrad

from nf.cli.demo.namespaces import entered
from nf.drivers.attach import accounting
from nf.drivers.attach.driver import AttachDriver
from nf.engine.access_configuration import RadiusAccounting, RadiusClient
from nf.engine.effects import CloseAccounting, OpenAccounting
from nf.engine.events import NodeLost, NodeSeen
from nf.engine.values import AttachSource
from tests.drivers.conftest import NODE, Bench
from tests.drivers.radius_client import BRIEF, about, account

pytestmark = pytest.mark.kernel

HERE, THERE, STRANGER = "2001:db8::1", "2001:db8::2", "2001:db8::3"
HERE_4, THERE_4 = "192.0.2.1", "192.0.2.2"
SECRET = "demo-only"
STATION = "02-00-00-00-00-07"
SEEN, LOST = (
    kind(link="access0", link_layer_address=NODE, source=AttachSource.RADIUS_ACCOUNTING)
    for kind in (NodeSeen, NodeLost)
)


@pytest.fixture(autouse=True)
def addresses(bench: Bench) -> None:
    bench.here.ip("address", "add", f"{HERE}/64", "dev", "link0", "nodad")
    bench.here.ip("address", "add", f"{HERE_4}/24", "dev", "link0")
    bench.there.ip("address", "add", f"{THERE}/64", "dev", "node0", "nodad")
    bench.there.ip("address", "add", f"{THERE_4}/24", "dev", "node0")


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


class Scene:
    """A driver that receives accounting messages, and who sends them."""

    def __init__(self, bench: Bench, secret_file: Path) -> None:
        self._bench = bench
        self._secret_file = secret_file
        self.driver = AttachDriver(bench.events.append)

    def open(self, at: str = HERE, client: str = THERE, port: int = 1813) -> None:
        nas = RadiusClient(
            address=address(client), link="access0", secret_file=str(self._secret_file)
        )
        accounting = RadiusAccounting(address=address(at), port=port, clients=(nas,))
        self.driver.perform(OpenAccounting(accounting=accounting))

    async def send(
        self, *attributes: str, to: str = f"[{HERE}]:1813", secret: str = SECRET
    ) -> bool:
        return await asyncio.to_thread(account, self._bench.there, to, secret, *attributes)

    async def is_ignored(
        self, *attributes: str, to: str = f"[{HERE}]:1813", secret: str = SECRET
    ) -> bool:
        return not await asyncio.to_thread(
            account, self._bench.there, to, secret, *attributes, waiting=BRIEF
        )

    @property
    def is_listening(self) -> bool:
        state = self.driver.accounting()
        return state is not None and state.is_listening

    @property
    def dropped(self) -> Mapping[str, int]:
        state = self.driver.accounting()
        assert state is not None
        return state.dropped


def address(text: str) -> IPv6Address | IPv4Address:
    return ip_address(text)


@pytest.mark.rfc("2866 §2")
def test_a_session_from_start_to_stop(bench: Bench, secret_file: Path) -> None:
    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open()
        for status in ("Start", "Interim-Update", "Stop"):
            assert await scene.send(*about(status, STATION))
        assert scene.dropped == {}
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN, SEEN, LOST]


def test_a_server_of_the_other_family(bench: Bench, secret_file: Path) -> None:
    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open(HERE_4, THERE_4)
        assert await scene.send(*about("Start", STATION), to=f"{HERE_4}:1813")
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN]


@pytest.mark.rfc("2866 §5.1")
def test_a_server_that_begins_its_work_has_no_stations(bench: Bench, secret_file: Path) -> None:
    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open()
        assert await scene.send(*about("Start", STATION))
        assert await scene.send("Acct-Status-Type = Accounting-On")
        assert scene.dropped == {}
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN, LOST]


def test_who_cannot_be_believed_gets_no_answer(bench: Bench, secret_file: Path) -> None:
    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open()
        start = about("Start", STATION)
        assert await scene.is_ignored(*start, secret="guessed")
        scene.open(client=STRANGER)
        assert await scene.is_ignored(*start)
        secret_file.write_text("\n")
        scene.open()
        assert await scene.is_ignored(*start)
        secret_file.unlink()
        assert await scene.is_ignored(*start)
        assert scene.dropped == {"bad-authenticator": 1, "unknown-client": 1, "no-secret": 2}
        scene.driver.close()

    bench.run(act)
    assert bench.events == []


def test_a_new_secret_counts_from_the_next_message_on(bench: Bench, secret_file: Path) -> None:
    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open()
        secret_file.write_text("newer")
        assert await scene.send(*about("Start", STATION), secret="newer")
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN]


def test_a_station_without_a_link_layer_address_is_counted_and_answered(
    bench: Bench, secret_file: Path
) -> None:
    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open()
        assert await scene.send(*about("Start", "+49 30 1234"))
        assert scene.dropped == {"no-station": 1}
        scene.driver.close()

    bench.run(act)
    assert bench.events == []


def test_a_commit_may_change_the_port_and_close_it(bench: Bench, secret_file: Path) -> None:
    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open()
        scene.open(port=1646)
        assert await scene.send(*about("Start", STATION), to=f"[{HERE}]:1646")
        assert await scene.is_ignored(*about("Stop", STATION))
        scene.driver.perform(CloseAccounting())
        assert await scene.is_ignored(*about("Stop", STATION), to=f"[{HERE}]:1646")
        assert scene.driver.accounting() is None
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN]


def test_a_port_that_is_taken_is_told_of(bench: Bench, secret_file: Path) -> None:
    async def act() -> None:
        scene, other = Scene(bench, secret_file), Scene(bench, secret_file)
        other.open()
        with pytest.raises(OSError, match="Address already in use"):
            scene.open()
        state = scene.driver.accounting()
        assert state is not None and not state.is_listening
        other.driver.close()
        scene.open()
        state = scene.driver.accounting()
        assert state is not None and state.is_listening
        scene.driver.close()

    bench.run(act)


def test_a_port_that_is_taken_is_had_as_soon_as_it_is_free(
    bench: Bench, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounting, "RETRY_S", 0.02)

    async def act() -> None:
        scene, other = Scene(bench, secret_file), Scene(bench, secret_file)
        other.open()
        with pytest.raises(OSError, match="Address already in use"):
            scene.open()
        other.driver.close()
        await bench.until(lambda: scene.is_listening)
        assert await scene.send(*about("Start", STATION))
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN]


def test_nobody_waits_for_a_port_any_more_that_is_not_wanted(
    bench: Bench, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounting, "RETRY_S", 0.02)

    async def act() -> None:
        scene, other = Scene(bench, secret_file), Scene(bench, secret_file)
        other.open()
        with pytest.raises(OSError, match="Address already in use"):
            scene.open()
        scene.open(port=1646)
        other.driver.close()
        assert await scene.send(*about("Start", STATION), to=f"[{HERE}]:1646")
        assert await scene.is_ignored(*about("Stop", STATION))
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN]


def test_a_client_with_ipv4_is_known_at_a_socket_of_both_families(
    bench: Bench, secret_file: Path
) -> None:
    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open("::", THERE_4)
        assert await scene.send(*about("Start", STATION), to=f"{HERE_4}:1813")
        assert scene.dropped == {}
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN]


@pytest.mark.rfc("2866 §4.1")
def test_what_is_repeated_is_answered_and_says_nothing_new(bench: Bench, secret_file: Path) -> None:
    packet = pyrad.AcctPacket(secret=SECRET.encode(), id=7)
    packet[40], packet[31], packet[44] = [bytes((0, 0, 0, 1))], [STATION.encode()], [b"s1"]
    datagram = packet.RequestPacket()

    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open()
        with entered(bench.there):
            sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        loop = asyncio.get_running_loop()
        with sender:
            sender.setblocking(False)
            sender.connect((HERE, 1813))
            answers = []
            for _ in range(2):
                sender.send(datagram)
                answers.append(await loop.sock_recv(sender, 4096))
        assert answers[0] == answers[1]
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN]


@pytest.mark.parametrize(
    ("second", "client", "at"),
    [
        ("2001:db8::9", THERE, "::"),
        ("192.0.2.9", THERE_4, "0.0.0.0"),
        ("192.0.2.9", THERE_4, "::"),
    ],
)
def test_an_answer_comes_from_the_address_that_was_asked(
    bench: Bench, secret_file: Path, second: str, client: str, at: str
) -> None:
    at_once = ("nodad",) if ":" in second else ()
    bench.here.ip("address", "add", second, "dev", "link0", *at_once)
    bench.there.ip("route", "replace", second, "dev", "node0")

    async def act() -> None:
        scene = Scene(bench, secret_file)
        scene.open(at, client)
        to = f"[{second}]:1813" if ":" in second else f"{second}:1813"
        assert await scene.send(*about("Start", STATION), to=to)
        scene.driver.close()

    bench.run(act)
    assert bench.events == [SEEN]
