"""The requesting routers of these tests: DHCPv6 clients as Debian has them, in their own words.

Each takes a prefix by delegation on ``wan0`` and numbers ``lan0`` with it.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Where the packages are unpacked that would be services of this machine if they were installed.
ROOT: Final = Path(__file__).resolve().parents[2] / ".clients"

#: The libraries beside them, in the directory of this machine's architecture.
_LIBRARIES: Final = ROOT / f"usr/lib/{sysconfig.get_config_var('MULTIARCH')}"

_DHCPCD: Final = """\
nodev
allowinterfaces wan0 lan0
duid
ipv6only
noipv6rs
nohook resolv.conf, hostname, timesyncd, yp
interface wan0
    ipv6rs
    ia_pd 1 lan0/0/64
    option dhcp6_reconfigure_accept
"""

_WIDE: Final = """\
interface wan0 { send ia-pd 1; };
id-assoc pd 1 {
    prefix-interface lan0 { sla-id 0; sla-len 8; ifid 1; };
};
"""

#: dhclient numbers nothing by itself: that is its script's work.
_DHCLIENT_SCRIPT: Final = """\
#!/bin/sh
case $reason in
    BOUND6|REBIND6|RENEW6)
        [ -n "$new_ip6_prefix" ] || exit 0
        ip -6 address replace "${new_ip6_prefix%/*}1/64" dev lan0 nodad ;;
    EXPIRE6|RELEASE6|STOP6)
        ip -6 address flush dev lan0 scope global ;;
esac
"""

_DIBBLER: Final = """\
log-level 7
script "/etc/dibbler/script"
downlink-prefix-ifaces "lan0"
iface "wan0" {
    pd
}
"""

#: dibbler leaves numbering to an advertising daemon, or to its script.
_DIBBLER_SCRIPT: Final = """\
#!/bin/sh
case $1 in
    add|update) ip -6 address replace "${PREFIX1}1/64" dev lan0 nodad ;;
    delete) ip -6 address flush dev lan0 scope global ;;
esac
"""

_NETWORKD_WAN: Final = """\
[Match]
Name=wan0
[Network]
DHCP=ipv6
IPv6AcceptRA=yes
[DHCPv6]
WithoutRA=solicit
UseDNS=no
UseNTP=no
[IPv6AcceptRA]
DHCPv6Client=always
"""

_NETWORKD_LAN: Final = """\
[Match]
Name=lan0
[Network]
DHCPPrefixDelegation=yes
IPv6AcceptRA=no
[DHCPPrefixDelegation]
SubnetId=0
Announce=no
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestingRouter:
    """One client program."""

    name: str
    #: Directories that must be there for it.
    directories: tuple[str, ...] = ()
    #: Its configuration, by path.
    files: Mapping[str, str]
    #: What a shell is given; the client takes the shell's place.
    command: str
    #: Whether it takes its default route from router advertisements, and not the kernel.
    reads_advertisements: bool = False
    #: Whether it gives its lease back when it is ended.
    releases: bool = False
    #: Whether it says that it accepts Reconfigure messages, and knows what to do with a key.
    accepts_reconfigure: bool = False

    def __str__(self) -> str:
        return self.name


CLIENTS: Final = (
    RequestingRouter(
        name="dhcpcd",
        directories=("/var/lib/dhcpcd",),
        files={"/run/dhcpcd.conf": _DHCPCD},
        command="exec dhcpcd --nobackground --debug --config /run/dhcpcd.conf",
        reads_advertisements=True,
        accepts_reconfigure=True,
    ),
    RequestingRouter(
        name="wide-dhcpv6",
        directories=("/var/lib/dhcpv6",),
        files={"/run/dhcp6c.conf": _WIDE},
        command=f"LD_LIBRARY_PATH={_LIBRARIES}"
        f" exec {ROOT}/usr/sbin/dhcp6c -f -D -c /run/dhcp6c.conf wan0",
        releases=True,
    ),
    RequestingRouter(
        name="dhclient",
        directories=("/var/lib/dhcp",),
        files={"/run/script": _DHCLIENT_SCRIPT},
        command=f"exec {ROOT}/sbin/dhclient -6 -P -d -v -sf /run/script"
        " -lf /var/lib/dhcp/leases -pf /run/dhclient.pid wan0",
    ),
    RequestingRouter(
        name="dibbler",
        directories=("/var/lib/dibbler", "/var/log/dibbler", "/etc/dibbler"),
        files={
            "/etc/dibbler/client.conf": _DIBBLER,
            "/etc/dibbler/script": _DIBBLER_SCRIPT,
        },
        command=f"exec {ROOT}/usr/sbin/dibbler-client run",
        releases=True,
    ),
    RequestingRouter(
        name="systemd-networkd",
        directories=("/run/systemd/network", "/run/systemd/netif"),
        files={
            "/run/systemd/network/wan0.network": _NETWORKD_WAN,
            "/run/systemd/network/lan0.network": _NETWORKD_LAN,
        },
        command="chown systemd-network /run/systemd/netif"
        " && SYSTEMD_LOG_LEVEL=debug exec /lib/systemd/systemd-networkd",
        reads_advertisements=True,
    ),
)
