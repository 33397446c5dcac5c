"""What comes out of a gateway's tunnel: only packets from prefixes that are registered there.

Between anchor and gateways there is trust, but a gateway that is broken into, or one that forgets
to look, must not speak for the nodes of others (RFC 5213 §5.6.2: what is tunnelled in reverse has
the node's address as its source; §11). So of each packet out of a tunnel, its source, cut to a
length that prefixes have, is looked up together with the tunnel in a hash table: one look-up for
each length in use, however many prefixes there are. What is in none is dropped and counted.

The packet filter of the kernel does it, at the first moment at which both are known: with the outer
header still on (srv6), or by the device that took it off (ip6tnl). That is the driver's ``Inlet``.

A tunnel is looked at from the first prefix that is routed into it until it goes, also while no
prefix is left. Nobody looks at those of a MAG: its nodes are guarded by ``access``, and what is
dropped there is counted here (``access_counter``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Network
from itertools import groupby
from typing import Final, NamedTuple, Protocol

from nf.codec.packed_prefix import octets_of
from nf.drivers.kernel import nft_expressions as nft
from nf.drivers.kernel.access_counter import LINKS, UNREGISTERED_ON_LINK, key_of, layout
from nf.drivers.kernel.netlink import GONE, KernelError
from nf.drivers.kernel.nftables import (
    Nftables,
    Step,
    add,
    delete_table,
    discard,
    new_chain,
    new_counter,
    new_rule,
    new_set,
    new_table,
)
from nf.engine.values import Tunnel

TABLE: Final = "pmip6"
#: The counter of what was dropped, and the reason's word in operational state.
UNREGISTERED_SOURCE: Final = "unregistered-source"

_TUNNELS: Final = "tunnels"
_GATEWAYS: Final = "from-gateways"
_SOURCES: Final = "sources"
#: Before connection tracking and everything else.
_FIRST_OF_ALL: Final = -300
#: nftables' number for an IPv6 address, and how far it is shifted in front of another type.
IPV6_ADDRESS: Final = 8
TYPE_BITS: Final = 6
_ADDRESS_LENGTH: Final = 16
_KEY_LENGTH: Final = 2 * _ADDRESS_LENGTH
#: Keys in one transaction: they fit a socket's room and an attribute's length.
SLICE: Final = 512


class Inlet(Protocol):
    """How packets out of a tunnel look where they come in."""

    @property
    def layout(self) -> str:
        """Return a word that differs where keys or rules differ."""

    @property
    def tunnel_type(self) -> tuple[int, int]:
        """Return type and length of what tells tunnels from each other."""

    @property
    def peer_type(self) -> int:
        """Return the type of what stands behind a source: 16 octets."""

    def load_tunnel(self) -> bytes:
        """Load what tells which tunnel it is, if it may be one."""

    def load_source(self) -> bytes:
        """Load the source of the inner packet."""

    def load_peer(self) -> bytes:
        """Load the octets that stand behind a source."""

    def tunnel_key(self, tunnel: Tunnel) -> bytes:
        """Return the same for a tunnel."""

    def peer_key(self, tunnel: Tunnel) -> bytes:
        """Return the same for a tunnel."""


class Change(NamedTuple):
    """A key that a set is to have, or not to have."""

    set_name: str
    is_wanted: bool
    key: bytes


@dataclass(slots=True)
class Wanted:
    """What is to come in: the tunnels that are looked at, and the prefixes of each."""

    tunnels: Iterable[Tunnel]
    sources: Iterable[tuple[IPv6Network, Tunnel]]
    #: The access links on which drops are counted.
    links: Iterable[str] = ()


class SourceFilter:
    """The table of the packet filter; changes wait for ``flush``."""

    def __init__(self, inlet: Inlet) -> None:
        self._inlet = inlet
        self._nftables = Nftables()
        self._changes: list[Change] = []
        self._sets: set[str] = set()

    def close(self) -> None:
        """Leave the table as it is."""
        self._nftables.close()

    def start(self) -> None:
        """Have the table, as a former run left it if that was made alike."""
        if self._nftables.table_comment(TABLE) == self._comment:
            self._sets = set(self._nftables.sets(TABLE))
        else:
            self._nftables.commit(self._layout(), "install the source filter")
            self._sets = {_TUNNELS}

    def is_there(self) -> bool:
        """Tell whether the table is there; somebody may have flushed all rules."""
        return self._nftables.table_comment(TABLE) == self._comment

    def look_at(self, tunnel: Tunnel) -> None:
        """Let in from now on only what is admitted."""
        self._changes.append(Change(_TUNNELS, True, self._inlet.tunnel_key(tunnel)))

    def overlook(self, tunnel: Tunnel) -> None:
        """Look at a tunnel no longer: it is gone."""
        self._changes.append(Change(_TUNNELS, False, self._inlet.tunnel_key(tunnel)))

    def guard(self, link: str) -> None:
        """Count what is dropped on an access link, where the kernel can tell."""
        if self._has_links():
            self._changes.append(Change(LINKS, True, key_of(link)))

    def release(self, link: str) -> None:
        """Count no longer."""
        if LINKS in self._sets:
            self._changes.append(Change(LINKS, False, key_of(link)))

    def admit(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        """Let in what comes from a prefix out of a tunnel."""
        self._changes.append(Change(set_of(prefix), True, self._key(prefix, tunnel)))

    def refuse(self, prefix: IPv6Network, tunnel: Tunnel) -> None:
        """Let it in no longer."""
        self._changes.append(Change(set_of(prefix), False, self._key(prefix, tunnel)))

    def flush(self) -> None:
        """Make the changes; raises KernelError if one that is wanted could not be made."""
        changes, self._changes = self._changes, []
        for begin in range(0, len(changes), SLICE):
            self._make(changes[begin : begin + SLICE])

    def mend(self, wanted: Wanted, *, is_removing: bool) -> Iterator[None]:
        """Have what is wanted, a step at a time; ``is_removing``: and nothing else."""
        self._changes.clear()
        self.start()
        missing = self._keys_of(wanted)
        unwanted = [
            Change(name, False, key)
            for name in self._sets
            for key in self._nftables.keys(TABLE, name)
            if not _take(missing, name, key)
        ]
        changes = [Change(name, True, key) for name, keys in missing.items() for key in keys]
        changes += unwanted if is_removing else []
        for begin in range(0, len(changes), SLICE):
            self._make(changes[begin : begin + SLICE])
            yield

    def packets_dropped(self) -> int:
        """Return how many packets were from no prefix that is registered there."""
        return self._nftables.packets(TABLE, UNREGISTERED_SOURCE)

    def packets_dropped_on_links(self) -> int | None:
        """Return how many came from unregistered sources on access links; None: uncounted."""
        if LINKS not in self._sets:
            return None
        return self._nftables.packets(TABLE, UNREGISTERED_ON_LINK)

    def _has_links(self) -> bool:
        """Have the counter; a kernel whose packet filter cannot ask the routes has none."""
        if LINKS not in self._sets:
            with suppress(KernelError):
                self._nftables.commit(layout(TABLE), "count what access links drop")
                self._sets.add(LINKS)
        return LINKS in self._sets

    @property
    def _comment(self) -> str:
        return f"Proxy Mobile IPv6, {self._inlet.layout}"

    def _make(self, changes: list[Change]) -> None:
        """Make changes at once; one by one if that fails, since a key may be gone already."""
        for name in {change.set_name for change in changes} - self._sets:
            self._nftables.commit(self._new_length(name), f"install set {name}")
            self._sets.add(name)
        try:
            self._nftables.commit(_steps(changes), "change the source filter")
        except KernelError:
            for change in changes:
                self._make_one(change)

    def _make_one(self, change: Change) -> None:
        try:
            self._nftables.commit(_steps([change]), f"change set {change.set_name}")
        except KernelError as refusal:
            if change.is_wanted or refusal.errno not in GONE:
                raise

    def _layout(self) -> list[Step]:
        """Return what makes the table, in place of any other of its name."""
        inlet = self._inlet
        is_looked_at = (inlet.load_tunnel(), nft.is_in(_TUNNELS, nft.FIRST))
        drop = (nft.count(UNREGISTERED_SOURCE), nft.judge(nft.Verdict.DROP))
        return [
            new_table(TABLE, self._comment),
            delete_table(TABLE),
            new_table(TABLE, self._comment),
            new_counter(TABLE, UNREGISTERED_SOURCE),
            new_set(TABLE, _TUNNELS, *inlet.tunnel_type),
            new_chain(TABLE, _SOURCES),
            new_rule(TABLE, _SOURCES, *drop, is_last=True),
            new_chain(TABLE, _GATEWAYS, _FIRST_OF_ALL),
            new_rule(TABLE, _GATEWAYS, *is_looked_at, nft.judge(nft.Verdict.JUMP, _SOURCES)),
        ]

    def _new_length(self, name: str) -> list[Step]:
        """Return what makes the set of a length that prefixes have, and has it asked."""
        inlet = self._inlet
        key_type = IPV6_ADDRESS << TYPE_BITS | inlet.peer_type
        length = int(name.rpartition("-")[2])
        expressions = (
            inlet.load_source(),
            nft.mask(_netmask(length), nft.FIRST),
            inlet.load_peer(),
            nft.is_in(name, nft.FIRST),
            nft.judge(nft.Verdict.ACCEPT),
        )
        made = new_set(TABLE, name, key_type, _KEY_LENGTH)
        return [made, new_rule(TABLE, _SOURCES, *expressions)]

    def _key(self, prefix: IPv6Network, tunnel: Tunnel) -> bytes:
        return octets_of(prefix)[1:] + self._inlet.peer_key(tunnel)

    def _keys_of(self, wanted: Wanted) -> dict[str, set[bytes]]:
        keys: dict[str, set[bytes]] = {
            _TUNNELS: {self._inlet.tunnel_key(tunnel) for tunnel in wanted.tunnels}
        }
        links = list(wanted.links)
        if links and self._has_links():
            keys[LINKS] = {key_of(link) for link in links}
        for prefix, tunnel in wanted.sources:
            keys.setdefault(set_of(prefix), set()).add(self._key(prefix, tunnel))
        return keys


def remove_source_filter() -> None:
    """Take the table out of the kernel; no harm if there is none, or no packet filter at all."""
    try:
        nftables = Nftables()
    except OSError:
        return
    with closing(nftables):
        if nftables.has_table(TABLE):
            nftables.commit([delete_table(TABLE)], "remove the source filter")


@cache
def _set_of_length(length: int) -> str:
    return f"{_SOURCES}-{length}"


def set_of(prefix: IPv6Network) -> str:
    """Return the name of the set where prefixes of the same length are."""
    return _set_of_length(prefix.prefixlen)


def _netmask(length: int) -> bytes:
    return IPv6Network(("::", length)).netmask.packed


def _take(keys: dict[str, set[bytes]], name: str, key: bytes) -> bool:
    """Take a key out of those of a set; False if it is not among them."""
    of_set = keys.get(name, set())
    if key not in of_set:
        return False
    of_set.remove(key)
    return True


def _steps(changes: list[Change]) -> list[Step]:
    """Return the steps of changes in their order, those of a kind that follow each other as one."""
    return [
        (add if is_wanted else discard)(TABLE, name, [each.key for each in group])
        for (name, is_wanted), group in groupby(changes, key=lambda each: each[:2])
    ]
