"""``pmip6 drain`` on a machine where a daemon was."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nf.cli.claim import NETWORK_NAMESPACE, claimed
from tests.kernel.domain import NODE_MNP, ROOT, Domain

pytestmark = pytest.mark.kernel


def drain(net: Domain, machine: str, *before: str) -> subprocess.CompletedProcess[str]:
    with net.inside(machine):
        return subprocess.run(
            [*before, sys.executable, "-m", "nf", "drain"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )


def test_leaves_nothing_of_a_daemon_that_was_killed(net: Domain) -> None:
    net.ip("lma", "rule add preference 1 from 2001:db8:99::/48 lookup 99 protocol 99")
    net.ip("lma", "route add 2001:db8:98::/48 dev core proto 99")
    before = net.dump("lma"), net.dump("mag1")
    net.start_lma().kill()
    net.start_mag(1).kill()
    assert net.pings("cn", NODE_MNP)
    for machine in ("lma", "mag1"):
        done = drain(net, machine)
        assert (done.returncode, done.stderr) == (0, "")
        assert net.run(machine, "nft", "list", "ruleset") == ""
    assert (net.dump("lma"), net.dump("mag1")) == before


def test_is_in_order_where_there_is_nothing(net: Domain) -> None:
    before = net.dump("cn")
    assert drain(net, "cn").returncode == 0
    assert net.dump("cn") == before


def test_is_refused_while_a_daemon_runs(net: Domain) -> None:
    net.start_lma()
    net.start_mag(1)
    before = net.dump("lma")
    with net.inside("lma"), claimed(NETWORK_NAMESPACE, "not reached"):
        done = drain(net, "lma")
    assert done.returncode == 1
    assert done.stderr == "pmip6: a daemon runs in this network namespace: stop it first\n"
    assert net.dump("lma") == before
    assert net.pings("cn", NODE_MNP)


def test_says_so_where_the_kernel_refuses(net: Domain) -> None:
    net.start_lma().kill()
    done = drain(net, "lma", "setpriv", "--bounding-set=-net_admin")
    assert done.returncode == 1
    assert done.stderr.startswith("pmip6: ")
    assert "Operation not permitted" in done.stderr
