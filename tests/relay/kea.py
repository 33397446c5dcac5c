"""Kea as the delegating router of a domain; unpacked and not installed, on a host of its own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sysconfig
import time
from collections.abc import Mapping
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final

from nf.cli.demo.namespaces import Namespace, connect_namespaces
from nf.cli.demo.topology import HOME_POOL, MOBILE_POOL

ROOT: Final = Path(__file__).resolve().parents[2] / ".clients"
LIBRARIES: Final = ROOT / f"usr/lib/{sysconfig.get_config_var('MULTIARCH')}"
ADDRESS: Final = IPv6Address("2001:db8:ffff::53")
#: So short that clients have to renew while one watches.
RENEW_S, REBIND_S, LIFETIME_S = 6, 30, 60
#: Kea's own header of its file of leases, as version 2.2 writes it.
COLUMNS: Final = (
    *("address", "duid", "valid_lifetime", "expire", "subnet_id", "pref_lifetime", "lease_type"),
    *("iaid", "prefix_len", "fqdn_fwd", "fqdn_rev", "hostname", "hwaddr", "state", "user_context"),
    *("hwtype", "hwaddr_source"),
)
_PREFIX_LEASE: Final = "2"


def start_kea(
    host: Namespace, folder: Path, configuration: Mapping[str, object]
) -> subprocess.Popen[bytes]:
    """Start Kea on a host, with its files in a folder; it ends with its namespace."""
    file = folder / "kea.json"
    file.write_text(json.dumps(configuration))
    environment = (
        f"LD_LIBRARY_PATH={LIBRARIES}",
        f"KEA_PIDFILE_DIR={folder}",
        "KEA_LOCKFILE_DIR=none",
        f"PATH={os.environ['PATH']}",
    )
    program = str(ROOT / "usr/sbin/kea-dhcp6")
    command = ("env", "-i", *environment, program, "-c", str(file))
    return host.start(*command, log=folder / "kea.log")


class Kea:
    """One server; its leases can be written before it starts, and read while it runs."""

    def __init__(self, label: str, core: Namespace, folder: Path) -> None:
        self._host = Namespace(f"{label}-kea")
        self._core = core
        self._folder = folder
        self._leases = folder / "leases.csv"
        self._process: subprocess.Popen[bytes] | None = None

    def build(self) -> None:
        """Make its host, and a cable to the core."""
        self._folder.mkdir(parents=True)
        self._host.create()
        connect_namespaces(self._core, "to-kea", self._host, "core0")
        self._core.ip("link", "set", "to-kea", "master", "backbone")
        self._host.ip("address", "add", f"{ADDRESS}/64", "dev", "core0", "nodad")

    def remove(self) -> None:
        """Take it away; it ends with its namespace."""
        self._host.delete()
        if self._process is not None:
            self._process.wait()

    def start(self) -> None:
        """Start the server."""
        self._process = start_kea(self._host, self._folder, self._configuration())

    def has_leased(self, prefix: IPv6Network, duid: str, iaid: int) -> None:
        """Have the server remember a lease when it starts."""
        remembered = {
            "address": str(prefix.network_address),
            "duid": duid,
            "valid_lifetime": 3600,
            "expire": int(time.time()) + 3600,
            "subnet_id": 1,
            "pref_lifetime": 3600,
            "lease_type": _PREFIX_LEASE,
            "iaid": iaid,
            "prefix_len": prefix.prefixlen,
            "fqdn_fwd": 0,
            "fqdn_rev": 0,
            "state": 0,
        }
        with self._leases.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerow(remembered)

    def leases(self) -> Mapping[IPv6Network, str]:
        """Return which client has which prefix; the last line about one counts."""
        found: dict[IPv6Network, str] = {}
        if not self._leases.exists():
            return found
        with self._leases.open(newline="") as file:
            for row in csv.DictReader(file):
                prefix = IPv6Network((row["address"], int(row["prefix_len"])))
                found.pop(prefix, None)
                if int(row["valid_lifetime"]) and row["lease_type"] == _PREFIX_LEASE:
                    found[prefix] = row["duid"]
        return found

    def _configuration(self) -> dict[str, object]:
        pool = {
            "prefix": str(MOBILE_POOL.network_address),
            "prefix-len": MOBILE_POOL.prefixlen,
            "delegated-len": 56,
        }
        lease_database = {
            "type": "memfile",
            "persist": True,
            "name": str(self._leases),
            "lfc-interval": 0,
        }
        return {
            "Dhcp6": {
                "interfaces-config": {"interfaces": [f"core0/{ADDRESS}"]},
                "lease-database": lease_database,
                "data-directory": str(self._folder),
                "renew-timer": RENEW_S,
                "rebind-timer": REBIND_S,
                "preferred-lifetime": LIFETIME_S,
                "valid-lifetime": LIFETIME_S,
                "subnet6": [{"id": 1, "subnet": str(HOME_POOL), "pd-pools": [pool]}],
            }
        }
