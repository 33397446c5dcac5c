"""What an LMA and a MAG must not forget, in SQLite: a commit that returned survives any crash."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Any, Final, TypeAlias

from nf import attachment_rows
from nf.codec.messages import MobileNodeIdentifier, Timestamp
from nf.codec.packed_prefix import PREFIX_OCTETS, PackedPrefix, masked, octets_of
from nf.engine.store_effects import (
    ForgetAssignment,
    ForgetAttachment,
    ForgetBinding,
    PersistAssignment,
    PersistAttachment,
    PersistBinding,
    PersistReplayDetection,
    PersistRestartCounter,
    StoreEffect,
)
from nf.engine.values import (
    BindingId,
    PrefixKind,
    Role,
    StoredAssignment,
    StoredAttachment,
    StoredBinding,
)

#: What ``user_version`` says of the tables below.
SCHEMA_VERSION: Final = 3

#: Addresses are 16 octets; prefixes 17, their length first.
_TABLES: Final = """
CREATE TABLE binding (
    binding_id INTEGER PRIMARY KEY,
    mobile_node_identifier TEXT NOT NULL,
    link_layer_identifier BLOB,
    access_technology_type INTEGER NOT NULL,
    handoff_indicator INTEGER NOT NULL,
    link_local_address BLOB,
    home_network_prefixes BLOB NOT NULL,
    mobile_network_prefixes BLOB NOT NULL,
    is_mobile_router INTEGER NOT NULL,
    proxy_care_of_address BLOB NOT NULL,
    lifetime_s INTEGER NOT NULL,
    sequence_number INTEGER NOT NULL,
    timestamp BLOB
);
CREATE TABLE assignment (
    prefix BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    mobile_node_identifier TEXT NOT NULL,
    pool TEXT NOT NULL,
    assigned_utc_us INTEGER NOT NULL,
    held_until_utc_us INTEGER
) WITHOUT ROWID;
CREATE TABLE restart_counter (role TEXT PRIMARY KEY, counter INTEGER NOT NULL);
CREATE TABLE replay_detection (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL);
"""

_PUT_BINDING: Final = "INSERT OR REPLACE INTO binding VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_PUT_ASSIGNMENT: Final = "INSERT OR REPLACE INTO assignment VALUES (?,?,?,?,?,?)"
_PUT_RESTART_COUNTER: Final = "INSERT OR REPLACE INTO restart_counter VALUES (?,?)"
_PUT_REPLAY_DETECTION: Final = "INSERT OR REPLACE INTO replay_detection VALUES (1,?)"
_DELETE_BINDING: Final = "DELETE FROM binding WHERE binding_id = ?"
_DELETE_ASSIGNMENT: Final = "DELETE FROM assignment WHERE prefix = ?"
_KINDS: Final = {kind.value: kind for kind in PrefixKind}

#: What SQLite takes and gives.
Row: TypeAlias = "tuple[Any, ...]"


class StoreError(Exception):
    """The store cannot be read or written; names the file and the reason."""


class Store:
    """One SQLite file; ``commit`` may be called from any one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises StoreError where it is damaged or of a newer version."""
        self._path = path
        try:
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except sqlite3.Error as fault:
            raise self._error(fault) from fault
        try:
            self._prepare()
        except (sqlite3.Error, StoreError) as fault:
            self._database.close()
            raise self._error(fault) from fault

    def load(self) -> tuple[list[StoredBinding], list[StoredAssignment]]:
        """Return everything that the store holds."""
        try:
            with closing(self._database.cursor()) as cursor:
                reader = _Reader()
                cursor.execute("SELECT * FROM binding ORDER BY binding_id")
                bindings = [reader.binding(row) for row in cursor]
                cursor.execute("SELECT * FROM assignment ORDER BY prefix")
                return bindings, [reader.assignment(row) for row in cursor]
        except (sqlite3.Error, ValueError, TypeError, LookupError) as fault:
            raise self._error(fault) from fault

    def restart_counters(self) -> dict[Role, int]:
        """Return the restart counter of each role that has had one (RFC 5847 §3.2)."""
        try:
            with closing(self._database.cursor()) as cursor:
                cursor.execute("SELECT role, counter FROM restart_counter")
                return {Role(role): int(counter) for role, counter in cursor}
        except (sqlite3.Error, ValueError) as fault:
            raise self._error(fault) from fault

    def attachments(self) -> list[StoredAttachment]:
        """Return the attached nodes of the MAG."""
        try:
            with closing(self._database.cursor()) as cursor:
                return [
                    attachment_rows.attachment_of(row)
                    for row in cursor.execute(attachment_rows.ALL)
                ]
        except (sqlite3.Error, ValueError, TypeError, LookupError, struct.error) as fault:
            raise self._error(fault) from fault

    def replay_detection(self) -> int | None:
        """Return up to which number DHCPv6 messages may have been authenticated, if any was."""
        try:
            with closing(self._database.cursor()) as cursor:
                row = cursor.execute("SELECT number FROM replay_detection").fetchone()
                return None if row is None else int(row[0])
        except (sqlite3.Error, ValueError) as fault:
            raise self._error(fault) from fault

    def commit(self, effects: Sequence[StoreEffect]) -> None:
        """Make all effects durable in one transaction, or none; raises StoreError."""
        changes = _Changes(effects)
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                for statement, rows in changes.statements():
                    self._database.executemany(statement, rows)
                self._database.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
        except sqlite3.Error as fault:
            raise self._error(fault) from fault

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _prepare(self) -> None:
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"made by a newer version ({version}, this one knows {SCHEMA_VERSION})"
            )
        if 0 < version < SCHEMA_VERSION:
            raise StoreError(f"made by an older version ({version}) that was never released")
        if version == 0:
            self._database.executescript(
                f"BEGIN; {_TABLES} {attachment_rows.TABLE}"
                f" PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        (verdict,) = self._database.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreError(str(verdict))

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def _error(self, fault: Exception) -> StoreError:
        return StoreError(f"{self._path}: {fault}")


class _Changes:
    """What effects come to, the last word on each row."""

    def __init__(self, effects: Sequence[StoreEffect]) -> None:
        self._bindings: dict[BindingId, StoredBinding | None] = {}
        self._assignments: dict[bytes, StoredAssignment | None] = {}
        self._restart_counters: dict[Role, int] = {}
        self._attachments: dict[MobileNodeIdentifier, StoredAttachment | None] = {}
        self._replay_detection: list[Row] = []
        for effect in effects:
            match effect:
                case PersistBinding():
                    self._bindings[effect.binding.binding_id] = effect.binding
                case ForgetBinding():
                    self._bindings[effect.binding_id] = None
                case PersistAssignment():
                    self._assignments[octets_of(effect.assignment.prefix)] = effect.assignment
                case ForgetAssignment():
                    self._assignments[octets_of(effect.prefix)] = None
                case PersistRestartCounter():
                    self._restart_counters[effect.role] = effect.counter
                case PersistAttachment():
                    attachment = effect.attachment
                    self._attachments[attachment.mobile_node_identifier] = attachment
                case ForgetAttachment():
                    self._attachments[effect.mobile_node_identifier] = None
                case PersistReplayDetection():
                    self._replay_detection = [(effect.number,)]

    def statements(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield each statement with the rows that it is for."""
        bindings, assignments = self._bindings.items(), self._assignments.items()
        yield _DELETE_BINDING, [(key,) for key, kept in bindings if kept is None]
        yield _PUT_BINDING, [_binding_row(kept) for _, kept in bindings if kept is not None]
        yield _DELETE_ASSIGNMENT, [(key,) for key, kept in assignments if kept is None]
        yield (
            _PUT_ASSIGNMENT,
            [_assignment_row(key, kept) for key, kept in assignments if kept is not None],
        )
        counters = self._restart_counters.items()
        yield _PUT_RESTART_COUNTER, [(role.value, counter) for role, counter in counters]
        nodes = self._attachments.items()
        yield attachment_rows.DELETE, [(node,) for node, kept in nodes if kept is None]
        rows = [attachment_rows.row_of(kept) for _, kept in nodes if kept is not None]
        yield attachment_rows.PUT, rows
        yield _PUT_REPLAY_DETECTION, self._replay_detection


class _Reader:
    """Makes values of rows; what many rows share is one object."""

    def __init__(self) -> None:
        self._prefixes: dict[bytes, PackedPrefix] = {}
        self._addresses: dict[bytes, IPv6Address] = {}
        self._names: dict[str, str] = {}

    def binding(self, row: Row) -> StoredBinding:
        """Return a binding; 64 bits of a timestamp do not fit a number of SQLite."""
        (identity, node, link_layer, technology, handoff, link_local, home, mobile, *rest) = row
        is_router, address, lifetime, sequence, stamp = rest
        return StoredBinding(
            binding_id=identity,
            mobile_node_identifier=MobileNodeIdentifier(self._names.setdefault(node, node)),
            link_layer_identifier=link_layer,
            access_technology_type=technology,
            handoff_indicator=handoff,
            link_local_address=None if link_local is None else IPv6Address(link_local),
            home_network_prefixes=self._networks(home),
            mobile_network_prefixes=self._networks(mobile),
            is_mobile_router=bool(is_router),
            proxy_care_of_address=self._address(address),
            lifetime_s=lifetime,
            sequence_number=sequence,
            timestamp=None if stamp is None else Timestamp(int.from_bytes(stamp)),
        )

    def assignment(self, row: Row) -> StoredAssignment:
        """Return an assignment."""
        prefix, kind, node, pool, assigned, held_until = row
        return StoredAssignment(
            prefix=self._network(prefix),
            kind=_KINDS[kind],
            mobile_node_identifier=MobileNodeIdentifier(self._names.setdefault(node, node)),
            pool=self._names.setdefault(pool, pool),
            assigned_utc_us=assigned,
            held_until_utc_us=held_until,
        )

    def _address(self, octets: bytes) -> IPv6Address:
        known = self._addresses.get(octets)
        if known is None:
            known = self._addresses[octets] = IPv6Address(octets)
        return known

    def _network(self, octets: bytes) -> IPv6Network:
        known = self._prefixes.get(octets)
        if known is None:
            known = self._prefixes[octets] = masked(octets)
            if known.octets != octets:
                raise ValueError(f"{octets.hex()} has bits after its length")
        return known

    def _networks(self, octets: bytes) -> tuple[IPv6Network, ...]:
        starts = range(0, len(octets), PREFIX_OCTETS)
        return tuple([self._network(octets[at : at + PREFIX_OCTETS]) for at in starts])


def _binding_row(binding: StoredBinding) -> Row:
    stamp, link_local = binding.timestamp, binding.link_local_address
    return (
        binding.binding_id,
        binding.mobile_node_identifier,
        binding.link_layer_identifier,
        binding.access_technology_type,
        binding.handoff_indicator,
        None if link_local is None else link_local.packed,
        b"".join([octets_of(prefix) for prefix in binding.home_network_prefixes]),
        b"".join([octets_of(prefix) for prefix in binding.mobile_network_prefixes]),
        binding.is_mobile_router,
        binding.proxy_care_of_address.packed,
        binding.lifetime_s,
        binding.sequence_number,
        None if stamp is None else stamp.to_bytes(8),
    )


def _assignment_row(prefix: bytes, assignment: StoredAssignment) -> Row:
    return (
        prefix,
        assignment.kind.value,
        assignment.mobile_node_identifier,
        assignment.pool,
        assignment.assigned_utc_us,
        assignment.held_until_utc_us,
    )
