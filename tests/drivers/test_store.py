"""The store: what was committed is there after any crash, and damage is told, never ignored."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path

import pytest

from nf.codec.messages import MobileNodeIdentifier, SequenceNumber, Timestamp
from nf.drivers.store import SCHEMA_VERSION, Store, StoreError
from nf.engine.store_effects import (
    ForgetAssignment,
    ForgetAttachment,
    ForgetBinding,
    PersistAssignment,
    PersistAttachment,
    PersistBinding,
    PersistReplayDetection,
    PersistRestartCounter,
)
from nf.engine.values import (
    AttachSource,
    BindingId,
    LinkLayerAddress,
    PrefixKind,
    Role,
    StoredAssignment,
    StoredAttachment,
    StoredBinding,
    StoredLease,
    StoredRegistration,
    StoredRelayedLease,
    Tunnel,
)

BINDING = StoredBinding(
    binding_id=BindingId(7),
    mobile_node_identifier=MobileNodeIdentifier("bus-7@operator.example"),
    link_layer_identifier=LinkLayerAddress(bytes.fromhex("020000000007")),
    access_technology_type=4,
    handoff_indicator=4,
    link_local_address=IPv6Address("fe80::1"),
    home_network_prefixes=(IPv6Network("2001:db8:1000::/64"),),
    mobile_network_prefixes=(IPv6Network("2001:db8:2000::/56"), IPv6Network("2001:db8:2100::/56")),
    is_mobile_router=True,
    proxy_care_of_address=IPv6Address("2001:db8:ffff::11"),
    lifetime_s=600,
    sequence_number=SequenceNumber(65535),
    timestamp=Timestamp((1 << 64) - 1),
)
BARE = StoredBinding(
    binding_id=BindingId(8),
    mobile_node_identifier=MobileNodeIdentifier("host@operator.example"),
    link_layer_identifier=None,
    access_technology_type=3,
    handoff_indicator=1,
    link_local_address=None,
    home_network_prefixes=(IPv6Network("2001:db8:1000:1::/64"),),
    mobile_network_prefixes=(),
    is_mobile_router=False,
    proxy_care_of_address=IPv6Address("2001:db8:ffff::12"),
    lifetime_s=4,
    sequence_number=SequenceNumber(0),
    timestamp=None,
)
ASSIGNMENT = StoredAssignment(
    prefix=IPv6Network("2001:db8:2000::/56"),
    kind=PrefixKind.MOBILE,
    mobile_node_identifier=MobileNodeIdentifier("bus-7@operator.example"),
    pool="buses",
    assigned_utc_us=1_767_225_600_000_000,
    held_until_utc_us=1_767_312_000_000_000,
)

#: Commits binding after binding and says each number once its commit has returned.
WRITER = """
import dataclasses, sys
from pathlib import Path
from nf.drivers.store import Store
from nf.engine.store_effects import PersistBinding
from tests.drivers.test_store import BINDING
store = Store(Path(sys.argv[1]))
for number in range(1, 100_000):
    binding = dataclasses.replace(BINDING, binding_id=number)
    store.commit([PersistBinding(binding=binding)])
    print(number, flush=True)
"""


@contextlib.contextmanager
def opened(directory: Path) -> Iterator[Store]:
    with contextlib.closing(Store(directory / "store")) as store:
        yield store


def test_everything_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.commit([PersistBinding(binding=BINDING), PersistBinding(binding=BARE)])
    store.commit([PersistAssignment(assignment=ASSIGNMENT)])
    store.close()
    assert Store(tmp_path / "store").load() == ([BINDING, BARE], [ASSIGNMENT])


def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.commit([PersistBinding(binding=BINDING), PersistAssignment(assignment=ASSIGNMENT)])
    store.commit(
        [ForgetBinding(binding_id=BindingId(7)), ForgetAssignment(prefix=ASSIGNMENT.prefix)]
    )
    assert store.load() == ([], [])


def test_persisting_again_replaces(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for _ in range(2):
        store.commit([PersistBinding(binding=BINDING), PersistAssignment(assignment=ASSIGNMENT)])
    assert store.load() == ([BINDING], [ASSIGNMENT])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a file system of half a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ("mount", "-t", "tmpfs", "-o", "size=512k", "pm6d-disk", str(disk))
    subprocess.run(mounting, check=True, capture_output=True)
    try:
        yield disk
    finally:
        subprocess.run(("umount", "--lazy", str(disk)), check=True)


@pytest.mark.kernel
def test_a_full_disk_is_told_and_leaves_nothing_half_written(small_disk: Path) -> None:
    store = Store(small_disk / "store")
    store.commit([PersistBinding(binding=BARE)])
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    many = [
        PersistBinding(binding=dataclasses.replace(BINDING, binding_id=BindingId(number)))
        for number in range(100, 1100)
    ]
    with pytest.raises(StoreError, match=r"store: .*(full|I/O)"):
        store.commit(many)
    assert store.load() == ([BARE], [])
    filler.unlink()
    store.commit([PersistBinding(binding=BINDING)])
    store.close()
    assert Store(small_disk / "store").load() == ([BINDING, BARE], [])


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_bytes(b"this is no database, and it is long enough to look at" * 100)
    with pytest.raises(StoreError, match=r"store: .*not a database"):
        Store(path)


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    Store(path).close()
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreError, match="made by a newer version"):
        Store(path)


def test_a_file_of_an_older_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    Store(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 1")
    with pytest.raises(StoreError, match="made by an older version"):
        Store(path)


def test_the_last_word_on_a_row_counts(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    put, forget = PersistBinding(binding=BARE), ForgetBinding(binding_id=BARE.binding_id)
    keep = PersistAssignment(assignment=ASSIGNMENT)
    release = ForgetAssignment(prefix=ASSIGNMENT.prefix)
    store.commit([put, keep, forget, release])
    assert store.load() == ([], [])
    store.commit([forget, release, put, keep])
    assert store.load() == ([BARE], [ASSIGNMENT])


def test_a_row_that_is_no_binding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = Store(path)
    store.commit([PersistBinding(binding=BARE)])
    with sqlite3.connect(path) as database:
        database.execute("UPDATE binding SET proxy_care_of_address = x'00'")
    with pytest.raises(StoreError, match="store: "):
        store.load()


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        Store(tmp_path / "nowhere" / "store")


def test_sigkill_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    dice = random.Random(5213)
    for number in range(25):
        path = tmp_path / f"store-{number}"
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(dice.randrange(1, 60)):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        acknowledged = max([acknowledged, *map(int, writer.stdout.read().split())])
        writer.wait()
        bindings, _ = Store(path).load()
        kept = [binding.binding_id for binding in bindings]
        assert kept[:acknowledged] == list(range(1, acknowledged + 1))
        assert len(kept) <= acknowledged + 1


@pytest.mark.rfc("5847 §3.2")
def test_restart_counters_are_kept_for_each_role(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    with contextlib.closing(Store(file)) as store:
        assert store.restart_counters() == {}
        store.commit([PersistRestartCounter(role=Role.LMA, counter=2**32 - 1)])
        store.commit(
            [
                PersistRestartCounter(role=Role.MAG, counter=6),
                PersistRestartCounter(role=Role.MAG, counter=7),
            ]
        )
    with contextlib.closing(Store(file)) as store:
        assert store.restart_counters() == {Role.LMA: 2**32 - 1, Role.MAG: 7}


class TestAttachments:
    REGISTRATION = StoredRegistration(
        tunnel=Tunnel(local=IPv6Address("2001:db8:f::11"), remote=IPv6Address("2001:db8:f::1")),
        redirected_by=IPv6Address("2001:db8:f::2"),
        access_technology_type=4,
        is_mobile_router=True,
        home_network_prefixes=(IPv6Network("2001:db8:1000::/64"),),
        mobile_network_prefixes=(
            IPv6Network("2001:db8:2000::/56"),
            IPv6Network("2001:db8:2100::/56"),
        ),
        lifetime_s=600,
        has_released=True,
    )
    FULL = StoredAttachment(
        mobile_node_identifier=MobileNodeIdentifier("bus-7@operator.example"),
        link="access0",
        link_layer_address=LinkLayerAddress(bytes.fromhex("020000000007")),
        link_local_address=IPv6Address("fe80::7"),
        attached_utc_us=1_767_225_600_000_000,
        last_seen_utc_us=1_767_225_600_000_001,
        last_source=AttachSource.DHCPV6,
        held_until_utc_us=1_767_225_600_000_002,
        registration=REGISTRATION,
        lease=StoredLease(
            client_duid=b"\0\3\0\1\2\0\0\0\0\7",
            client_address=IPv6Address("fe80::7"),
            prefixes=(IPv6Network("2001:db8:2000::/56"),),
            is_reconfigurable=True,
            ends_utc_us=1_767_225_600_000_003,
        ),
        relayed_leases=(
            StoredRelayedLease(
                prefix=IPv6Network("2001:db8:2000::/56"),
                iaid=2**32 - 1,
                client_duid=b"c" * 130,
                server_duid=None,
                ends_utc_us=1_767_225_600_000_004,
            ),
            StoredRelayedLease(
                prefix=IPv6Network("2001:db8:2100::/56"),
                iaid=0,
                client_duid=None,
                server_duid=b"server",
                ends_utc_us=None,
            ),
        ),
    )
    BARE = dataclasses.replace(
        FULL,
        mobile_node_identifier=MobileNodeIdentifier("host@operator.example"),
        link_local_address=None,
        held_until_utc_us=None,
        registration=None,
        lease=None,
        relayed_leases=(),
    )
    LEASELESS = dataclasses.replace(
        FULL,
        mobile_node_identifier=MobileNodeIdentifier("idle@operator.example"),
        registration=dataclasses.replace(
            REGISTRATION, redirected_by=None, mobile_network_prefixes=()
        ),
        lease=None,
    )
    ALL = (FULL, BARE, LEASELESS)

    def test_come_back_as_they_were(self, tmp_path: Path) -> None:
        with opened(tmp_path) as store:
            store.commit([PersistAttachment(attachment=each) for each in self.ALL])
        with opened(tmp_path) as store:
            assert store.attachments() == list(self.ALL)

    def test_are_what_was_said_last(self, tmp_path: Path) -> None:
        later = dataclasses.replace(self.FULL, lease=None)
        forgotten = self.BARE.mobile_node_identifier
        with opened(tmp_path) as store:
            store.commit([PersistAttachment(attachment=each) for each in (self.FULL, self.BARE)])
            store.commit(
                [
                    ForgetAttachment(mobile_node_identifier=self.FULL.mobile_node_identifier),
                    PersistAttachment(attachment=later),
                    ForgetAttachment(mobile_node_identifier=forgotten),
                ]
            )
            assert store.attachments() == [later]

    @pytest.mark.parametrize(
        "damage",
        [
            "last_source = 'rumour'",
            "relayed_leases = x'00'",
            "client_address = x'00'",
            "home_network_prefixes = x'00'",
        ],
    )
    def test_that_are_damaged_are_told_of(self, tmp_path: Path, damage: str) -> None:
        with opened(tmp_path) as store:
            store.commit([PersistAttachment(attachment=self.FULL)])
        with contextlib.closing(sqlite3.connect(tmp_path / "store")) as database, database:
            database.execute(f"UPDATE attachment SET {damage}")
        with opened(tmp_path) as store, pytest.raises(StoreError, match=str(tmp_path)):
            store.attachments()


def test_the_number_of_replay_detection_survives(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert store.replay_detection() is None
        store.commit([PersistReplayDetection(number=5), PersistReplayDetection(number=2**53)])
    with opened(tmp_path) as store:
        assert store.replay_detection() == 2**53
