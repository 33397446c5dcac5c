"""The playbooks of ``ansible/`` against real daemons of the demonstration's topology.

The tests build on one another, in the order in which they stand: the life of a domain.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nf.cli.demo.domain import Domain, wait_for
from nf.cli.demo.topology import MAG_ADDRESSES
from tests.clients.playbooks import ROOT, Playbooks, Played

pytestmark = pytest.mark.kernel

NOTHING = {"lma": 0, "mag1": 0, "mag2": 0}
EVERYTHING = {"lma": 1, "mag1": 1, "mag2": 1}


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    """Yield a domain whose daemons run and have no configuration."""
    if os.geteuid() != 0:
        pytest.fail("network namespaces need root")
    directory = tmp_path_factory.mktemp("ansible") / "domain"
    domain = Domain(directory, label=f"pm6a{os.getpid()}")
    try:
        domain.build()
        domain.start_daemons()
        yield domain
    finally:
        domain.topology.remove()


@pytest.fixture(scope="module")
def ansible(domain: Domain, tmp_path_factory: pytest.TempPathFactory) -> Playbooks:
    return Playbooks(domain, tmp_path_factory.mktemp("home"))


def with_values(**values: object) -> str:
    """Give variables on the command line."""
    return f"--extra-vars={json.dumps(values)}"


def configuration_of(domain: Domain, name: str) -> object:
    with domain.daemons[name].connect() as client:
        return client.get("policy-profile")


def sequence_number(domain: Domain) -> int:
    with domain.daemons["lma"].connect() as client:
        entry = client.get("local-mobility-anchor", "binding-cache", "entry", "sequence-number")
    assert entry is not None and entry.text is not None
    return int(entry.text)


def added_and_removed(played: Played) -> tuple[list[str], list[str]]:
    """Return the elements of the lines that ``--diff`` marks."""
    marked = re.findall(r"^([+-]) +<([^>]+)>", played.printed, re.MULTILINE)
    added, removed = ([name for mark, name in marked if mark == kind] for kind in "+-")
    return added, removed


def test_a_daemon_whose_host_key_is_not_known_is_not_spoken_to(ansible: Playbooks) -> None:
    played = ansible.play("site", "--limit=lma")
    assert played.failed == {"lma": 1}
    assert "Unknown host key" in played.printed


def test_the_host_keys_are_learnt(ansible: Playbooks) -> None:
    played = ansible.play("host-keys")
    assert played.failed == NOTHING, played.printed


def test_check_mode_shows_what_would_change_and_changes_nothing(
    domain: Domain, ansible: Playbooks
) -> None:
    played = ansible.play("site", "--check", "--diff")
    assert played.changed == EVERYTHING
    assert "\n+      <address>2001:db8:ffff::1</address>\n" in played.printed
    assert all(configuration_of(domain, name) is None for name in domain.daemons)


def test_the_first_run_configures_the_domain_and_the_second_changes_nothing(
    ansible: Playbooks,
) -> None:
    first = ansible.play("site")
    assert (first.changed, first.failed) == (EVERYTHING, NOTHING), first.printed
    second = ansible.play("site")
    assert (second.changed, second.failed) == (NOTHING, NOTHING), second.printed


def test_a_node_in_the_mobile_network_reaches_its_correspondent(domain: Domain) -> None:
    domain.topology.move_router("mag1")
    domain.router.start()
    wait_for("an address for the node inside", domain.node_address, 40)
    assert " 0% packet loss" in domain.ping()


def test_the_state_is_told(ansible: Playbooks) -> None:
    played = ansible.play("state")
    assert played.failed == NOTHING, played.printed
    assert (
        f"bus-7@operator.example is active at {MAG_ADDRESSES['mag1']}: 2001:db8:1" in played.printed
    )
    assert "bus-7@operator.example is registered with 2001:db8:ffff::1 on access0" in played.printed


def test_a_session_is_registered_anew(domain: Domain, ansible: Playbooks) -> None:
    before = sequence_number(domain)
    nobody = ansible.play("reregister", with_values(pmip6_node="nobody@example"))
    assert nobody.failed == {"lma": 0}
    assert "skipping: [lma]" in nobody.printed
    played = ansible.play("reregister")
    assert played.failed == {"lma": 0}, played.printed
    wait_for("another registration", lambda: sequence_number(domain) > before)


def test_the_modules_are_fetched(ansible: Playbooks, tmp_path: Path) -> None:
    played = ansible.play("schemas", with_values(pmip6_schemas_directory=str(tmp_path)))
    assert played.failed == {"lma": 0}, played.printed
    for name in ("pmip6.yang", "pmip6-types.yang"):
        assert (tmp_path / name).read_text() == (ROOT / "yang" / name).read_text()


def test_a_wrong_value_is_refused_with_path_and_reason(ansible: Playbooks) -> None:
    profiles = [{"name": "buses", "mobile-network-prefix-length": 300}]
    wrong = with_values(pmip6_policy_profiles=profiles)
    played = ansible.play("site", "--limit=mag1", wrong)
    assert (played.changed, played.failed) == ({"mag1": 0}, {"mag1": 1})
    path = "/pmip6:pmip6/policy-profile[name='buses']/mobile-network-prefix-length"
    assert f'{path}: Value "300" is out of type uint8 min/max bounds.' in played.printed


def test_a_reference_to_nothing_is_refused_before_the_commit(ansible: Playbooks) -> None:
    """Only a validation of the whole finds it, and check mode commits nothing."""
    empty = with_values(pmip6_policy_profiles=[])
    played = ansible.play("site", "--limit=mag1", "--check", empty)
    assert played.failed == {"mag1": 1}
    path = "/pmip6:pmip6/mobile-node[identifier='bus-7@operator.example']/policy-profile"
    assert f"{path}: Invalid leafref value" in played.printed


def test_a_change_keeps_the_sessions_and_what_is_taken_out_goes(
    domain: Domain, ansible: Playbooks
) -> None:
    """The gateway that has the session; what it refused before has left nothing behind."""
    before = wait_for("the binding", domain.binding)
    more = with_values(pmip6_domain={"server-duid": "00:03:00:01:02:00:00:00:00:01"})
    played = ansible.play("site", "--limit=mag1", "--diff", more)
    assert played.changed == {"mag1": 1}, played.printed
    assert added_and_removed(played) == (["domain", "server-duid", "/domain"], [])
    assert " 0% packet loss" in domain.ping()
    assert wait_for("the binding", domain.binding)["binding-id"] == before["binding-id"]
    played = ansible.play("site", "--limit=mag1", "--diff")
    assert added_and_removed(played) == ([], ["domain", "server-duid", "/domain"])
