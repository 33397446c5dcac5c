"""LMA and MAG watch each other and ask each other, as real daemons over a real network.

The tests build on one another, in the order in which they stand.
"""

from __future__ import annotations

import pytest

from nf.cli.client import NAMESPACE
from nf.cli.demo.domain import Domain, wait_for
from nf.cli.demo.topology import LMA_ADDRESS, MAG_ADDRESSES
from nf.cli.reregister import force_reregistration
from nf.cli.tables import Row

pytestmark = pytest.mark.kernel

#: Quicker than in earnest: a peer is down after two requests without an answer.
HEARTBEAT = (
    "<heartbeat><interval>1</interval>"
    "<missing-heartbeats-allowed>1</missing-heartbeats-allowed></heartbeat>"
)


def commit(domain: Domain, name: str, role: str, leaves: str) -> None:
    with domain.daemons[name].connect() as client:
        client.configure(f'<pmip6 xmlns="{NAMESPACE}"><{role}>{leaves}</{role}></pmip6>')


def gateway(domain: Domain, state: str) -> Row | None:
    """Return how the LMA sees MAG1, once it is in a state."""
    address = str(MAG_ADDRESSES["mag1"])
    for row in domain.rows("lma", "gateways"):
        if (row["proxy-care-of-address"], row["path/state"]) == (address, state):
            return row
    return None


def anchor(domain: Domain, state: str) -> Row | None:
    """Return how MAG1 sees the LMA, once it is in a state."""
    for row in domain.rows("mag1", "anchors"):
        if (row["address"], row["path/state"]) == (str(LMA_ADDRESS), state):
            return row
    return None


def sequence_number(domain: Domain) -> int:
    with domain.daemons["lma"].connect() as client:
        entry = client.get("local-mobility-anchor", "binding-cache", "entry")
    assert entry is not None
    number = entry.findtext(f"{{{NAMESPACE}}}sequence-number")
    assert number is not None
    return int(number)


@pytest.mark.rfc("5847 §3.1")
def test_each_finds_the_other_up(domain: Domain) -> None:
    commit(domain, "lma", "local-mobility-anchor", HEARTBEAT)
    commit(domain, "mag1", "mobile-access-gateway", HEARTBEAT)
    wait_for("MAG1 is up for the LMA", lambda: gateway(domain, "up"))
    wait_for("the LMA is up for MAG1", lambda: anchor(domain, "up"))


@pytest.mark.rfc("7077 §6.1")
def test_the_lma_has_a_session_registered_anew(domain: Domain) -> None:
    binding = wait_for("the binding", domain.binding)
    before = sequence_number(domain)
    with domain.daemons["lma"].connect() as client:
        client.act(force_reregistration(int(binding["binding-id"])))
    wait_for("another registration", lambda: sequence_number(domain) > before)
    after = wait_for("the binding", domain.binding)
    for leaf in ("binding-id", "home-network-prefix", "mobile-network-prefix", "state"):
        assert after[leaf] == binding[leaf]


@pytest.mark.rfc("5847 §3.2")
def test_an_lma_that_kept_its_bindings_keeps_its_restart_counter(domain: Domain) -> None:
    before = wait_for("the LMA is up for MAG1", lambda: anchor(domain, "up"))
    lma = domain.daemons["lma"]
    lma.kill()
    wait_for("the LMA is down for MAG1", lambda: anchor(domain, "down"))
    lma.start()
    lma.wait_until_it_listens()
    after = wait_for("the LMA is up again for MAG1", lambda: anchor(domain, "up"))
    assert after["path/restart-counter"] == before["path/restart-counter"]


@pytest.mark.rfc("5847 §3.2")
def test_a_mag_that_lost_its_list_counts_its_restart(domain: Domain) -> None:
    before = wait_for("MAG1 is up for the LMA", lambda: gateway(domain, "up"))
    mag = domain.daemons["mag1"]
    mag.kill()
    wait_for("MAG1 is down for the LMA", lambda: gateway(domain, "down"))
    mag.start()
    mag.wait_until_it_listens()
    after = wait_for("MAG1 is up again for the LMA", lambda: gateway(domain, "up"))
    assert int(after["path/restart-counter"]) == int(before["path/restart-counter"]) + 1
    binding = wait_for("the binding", domain.binding)
    assert binding["state"] == "active"
