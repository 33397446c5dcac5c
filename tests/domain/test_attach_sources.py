"""A gateway is told who is on its link, by those who know it before any packet shows it.

MAG1 of this domain takes no packet for a sign of a node. The tests build on one another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from ipaddress import IPv6Network
from pathlib import Path

import pytest

from nf.cli.client import NAMESPACE, ClientError
from nf.cli.demo.domain import Domain, wait_for
from nf.cli.demo.topology import ACCESS_INTERFACE, MANAGEMENT, ROUTER_LINK_LAYER
from nf.cli.presence import presence
from nf.engine.values import LinkLayerAddress
from tests.drivers.fake_access_point import AccessPointThread
from tests.drivers.radius_client import about, account

pytestmark = pytest.mark.kernel

SECRET = "between-us-only"


def configure_link(domain: Domain, inner: str) -> None:
    """Have MAG1's access link be something more."""
    with domain.daemons["mag1"].connect() as client:
        client.configure(
            f'<pmip6 xmlns="{NAMESPACE}"><mobile-access-gateway><access-link>'
            f"<interface>{ACCESS_INTERFACE}</interface>{inner}"
            "</access-link></mobile-access-gateway></pmip6>"
        )


def use(domain: Domain, source: str) -> None:
    """Have MAG1 notice nodes by one source more, or at first by this alone."""
    configure_link(domain, f"<attach-source>{source}</attach-source>")


def tell(domain: Domain, *, is_there: bool) -> None:
    with domain.daemons["mag1"].connect() as client:
        client.act(presence(ACCESS_INTERFACE, ROUTER_LINK_LAYER, is_there=is_there))


def source_of_the_router(domain: Domain) -> str | None:
    """Return by what MAG1 saw the router last, None while it is not attached."""
    rows = domain.rows("mag1", "nodes")
    return rows[0]["last-source"] if rows else None


def drops(domain: Domain) -> dict[str, int]:
    """Return how often MAG1 ignored something, by reason."""
    with domain.daemons["mag1"].connect() as client:
        statistics = client.get("mobile-access-gateway", "statistics")
    if statistics is None:
        return {}
    return {
        each.findtext("{*}reason", ""): int(each.findtext("{*}count", "0"))
        for each in statistics.iterfind("{*}dropped")
    }


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    """Yield a domain whose router asks for its prefix in the cell of MAG1, where nobody listens."""
    if os.geteuid() != 0:
        pytest.fail("network namespaces need root")
    directory: Path = tmp_path_factory.mktemp("attach") / "files"
    domain = Domain(directory, label=f"pm6a{os.getpid()}")
    try:
        domain.build()
        domain.start_daemons()
        for name in ("lma", "mag1"):
            domain.configure(name)
        use(domain, "management")
        domain.topology.move_router("mag1")
        domain.router.start()
        yield domain
    finally:
        domain.topology.remove()


def test_who_only_sends_packets_is_not_there(domain: Domain) -> None:
    wait_for("something that is left unanswered", lambda: drops(domain).get("not-attached"))
    assert source_of_the_router(domain) is None


def test_an_operator_attaches_the_router(domain: Domain) -> None:
    tell(domain, is_there=True)
    wait_for("a prefix for the inside", domain.inside_prefix, 40)
    assert source_of_the_router(domain) == "management"


def accepted(domain: Domain) -> list[str]:
    """Return which registrations MAG1 has been told since its start that they are accepted."""
    rows = domain.rows("mag1", "registrations")
    return [row["mobile-node-identifier"] for row in rows if "accepted" in row["last-status"]]


def restart(domain: Domain) -> None:
    """Kill MAG1 and start it anew."""
    domain.daemons["mag1"].kill()
    domain.daemons["mag1"].start()
    domain.daemons["mag1"].wait_until_it_listens()


def test_a_gateway_that_is_restarted_serves_a_router_on_of_which_nobody_tells(
    domain: Domain,
) -> None:
    restart(domain)
    (row,) = domain.rows("mag1", "registrations")
    inside = domain.inside_prefix()
    assert inside is not None
    assert inside.subnet_of(IPv6Network(row["mobile-network-prefix"]))
    wait_for("a renewal", lambda: accepted(domain))


def test_a_gateway_that_is_restarted_finds_out_that_a_router_has_left(domain: Domain) -> None:
    domain.topology.move_router(None)
    restart(domain)
    assert domain.rows("mag1", "registrations")
    wait_for("de-registration", lambda: not domain.rows("mag1", "registrations"))
    assert source_of_the_router(domain) is None
    domain.topology.move_router("mag1")
    test_an_operator_attaches_the_router(domain)


def test_an_operator_detaches_the_router(domain: Domain) -> None:
    tell(domain, is_there=False)
    wait_for("de-registration", lambda: not domain.rows("mag1", "registrations"))
    assert source_of_the_router(domain) is None


def test_what_an_operator_tells_wrongly_is_refused(domain: Domain) -> None:
    with pytest.raises(ClientError, match="no node with 02:00:00:00:00:07 is attached"):
        tell(domain, is_there=False)


@pytest.fixture
def access_point(domain: Domain, tmp_path: Path) -> Iterator[AccessPointThread]:
    """Yield an access point that tells MAG1 of its stations."""
    path = tmp_path / "wlan0"
    point = AccessPointThread(domain.topology["mag1"], path)
    point.start()
    try:
        socket = f"<hostapd><control-socket>{path}</control-socket></hostapd>"
        configure_link(domain, socket)
        wait_for("the access point", lambda: access_points(domain) == ["true"])
        yield point
    finally:
        point.stop()


def access_points(domain: Domain) -> list[str]:
    """Return whether each access point of MAG1 is connected."""
    with domain.daemons["mag1"].connect() as client:
        link = client.get("mobile-access-gateway", "access-link")
    found = [] if link is None else link.iterfind("{*}hostapd/{*}connected")
    return [each.text or "" for each in found]


def test_an_access_point_attaches_and_detaches_the_router(
    domain: Domain, access_point: AccessPointThread
) -> None:
    station = LinkLayerAddress(bytes.fromhex(ROUTER_LINK_LAYER.replace(":", "")))
    use(domain, "access-point")
    access_point.connect(station)
    wait_for("a prefix for the inside", domain.inside_prefix, 40)
    assert source_of_the_router(domain) == "access-point"
    access_point.disconnect(station)
    wait_for("de-registration", lambda: not domain.rows("mag1", "registrations"))


@pytest.fixture
def accounting(domain: Domain, tmp_path: Path) -> None:
    """Have MAG1 receive accounting messages of the operator's host."""
    secret_file = tmp_path / "secret"
    secret_file.write_text(SECRET)
    with domain.daemons["mag1"].connect() as client:
        client.configure(
            f'<pmip6 xmlns="{NAMESPACE}"><mobile-access-gateway><radius-accounting>'
            f"<address>{MANAGEMENT['mag1']}</address><client>"
            f"<address>{MANAGEMENT['operator']}</address>"
            f"<access-link>{ACCESS_INTERFACE}</access-link>"
            f"<secret-file>{secret_file}</secret-file>"
            "</client></radius-accounting></mobile-access-gateway></pmip6>"
        )
    wait_for("a receiver of accounting messages", lambda: is_accounting(domain))


def is_accounting(domain: Domain) -> bool:
    with domain.daemons["mag1"].connect() as client:
        found = client.get("mobile-access-gateway", "radius-accounting", "listening")
    return found is not None and found.text == "true"


@pytest.mark.usefixtures("accounting")
def test_an_access_server_attaches_and_detaches_the_router(domain: Domain) -> None:
    use(domain, "radius-accounting")
    operator, mag = domain.topology["operator"], f"{MANAGEMENT['mag1']}:1813"
    assert account(operator, mag, SECRET, *about("Start", ROUTER_LINK_LAYER))
    wait_for("a registration", lambda: domain.rows("mag1", "registrations"))
    assert source_of_the_router(domain) == "radius-accounting"
    assert account(operator, mag, SECRET, *about("Stop", ROUTER_LINK_LAYER))
    wait_for("de-registration", lambda: not domain.rows("mag1", "registrations"))


def test_the_daemons_end_well_and_have_told_no_secret(domain: Domain) -> None:
    domain.router.stop()
    for name in ("lma", "mag1"):
        daemon = domain.daemons[name]
        daemon.stop()
        assert "Traceback" not in daemon.log.read_text(), name
        recording = (daemon.directory / "recording" / "events.jsonl").read_text()
        assert SECRET not in recording + daemon.log.read_text()
