"""Bindings and prefix assignments in SQLite: a commit that returned survives any crash."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final

from nf.codec.messages import MobileNodeIdentifier, SequenceNumber, Timestamp
from nf.engine.effects import (
    ForgetAssignment,
    ForgetBinding,
    PersistAssignment,
    PersistBinding,
    StoreEffect,
)
from nf.engine.values import (
    BindingId,
    LinkLayerAddress,
    PrefixKind,
    StoredAssignment,
    StoredBinding,
)

#: What ``user_version`` says of the tables below.
SCHEMA_VERSION: Final = 1

_TABLES: Final = """
CREATE TABLE binding (
    binding_id INTEGER PRIMARY KEY,
    mobile_node_identifier TEXT NOT NULL,
    link_layer_identifier BLOB,
    access_technology_type INTEGER NOT NULL,
    handoff_indicator INTEGER NOT NULL,
    link_local_address TEXT,
    home_network_prefixes TEXT NOT NULL,
    mobile_network_prefixes TEXT NOT NULL,
    is_mobile_router INTEGER NOT NULL,
    proxy_care_of_address TEXT NOT NULL,
    lifetime_s INTEGER NOT NULL,
    sequence_number INTEGER NOT NULL,
    timestamp BLOB
);
CREATE TABLE assignment (
    assignment_id INTEGER PRIMARY KEY,
    prefix TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    mobile_node_identifier TEXT NOT NULL,
    pool TEXT NOT NULL,
    assigned_utc_us INTEGER NOT NULL
);
"""

_PUT_BINDING: Final = "INSERT OR REPLACE INTO binding VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_PUT_ASSIGNMENT: Final = """
INSERT INTO assignment (prefix, kind, mobile_node_identifier, pool, assigned_utc_us)
VALUES (?,?,?,?,?)
ON CONFLICT (prefix) DO UPDATE SET kind = excluded.kind,
    mobile_node_identifier = excluded.mobile_node_identifier, pool = excluded.pool,
    assigned_utc_us = excluded.assigned_utc_us
"""
_GET_ASSIGNMENTS: Final = """
SELECT prefix, kind, mobile_node_identifier, pool, assigned_utc_us FROM assignment
ORDER BY assignment_id
"""


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
                bindings = cursor.execute("SELECT * FROM binding ORDER BY binding_id").fetchall()
                assignments = cursor.execute(_GET_ASSIGNMENTS).fetchall()
            return [_binding(row) for row in bindings], [_assignment(row) for row in assignments]
        except (sqlite3.Error, ValueError) as fault:
            raise self._error(fault) from fault

    def commit(self, effects: Sequence[StoreEffect]) -> None:
        """Make all effects durable in one transaction, or none; raises StoreError."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                for effect in effects:
                    self._write(effect)
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
        if version == 0:
            self._database.executescript(
                f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        (verdict,) = self._database.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreError(str(verdict))

    def _write(self, effect: StoreEffect) -> None:
        match effect:
            case PersistBinding():
                self._database.execute(_PUT_BINDING, _binding_row(effect.binding))
            case ForgetBinding():
                self._database.execute(
                    "DELETE FROM binding WHERE binding_id = ?", (effect.binding_id,)
                )
            case PersistAssignment():
                self._database.execute(_PUT_ASSIGNMENT, _assignment_row(effect.assignment))
            case ForgetAssignment():
                self._database.execute(
                    "DELETE FROM assignment WHERE prefix = ?", (str(effect.prefix),)
                )

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def _error(self, fault: Exception) -> StoreError:
        return StoreError(f"{self._path}: {fault}")


def _binding_row(binding: StoredBinding) -> tuple[object, ...]:
    stamp = binding.timestamp
    return (
        binding.binding_id,
        binding.mobile_node_identifier,
        binding.link_layer_identifier,
        binding.access_technology_type,
        binding.handoff_indicator,
        None if binding.link_local_address is None else str(binding.link_local_address),
        _text(binding.home_network_prefixes),
        _text(binding.mobile_network_prefixes),
        binding.is_mobile_router,
        str(binding.proxy_care_of_address),
        binding.lifetime_s,
        binding.sequence_number,
        None if stamp is None else stamp.to_bytes(8),
    )


def _binding(row: tuple[object, ...]) -> StoredBinding:
    """Return the binding of a row; a timestamp is octets there, since 64 bits do not fit SQLite."""
    (identity, node, link_layer, technology, handoff, link_local, home, mobile, *rest) = row
    is_router, address, lifetime, sequence, stamp = rest
    return StoredBinding(
        binding_id=BindingId(int(str(identity))),
        mobile_node_identifier=MobileNodeIdentifier(str(node)),
        link_layer_identifier=LinkLayerAddress(link_layer)
        if isinstance(link_layer, bytes)
        else None,
        access_technology_type=int(str(technology)),
        handoff_indicator=int(str(handoff)),
        link_local_address=None if link_local is None else IPv6Address(str(link_local)),
        home_network_prefixes=_prefixes(str(home)),
        mobile_network_prefixes=_prefixes(str(mobile)),
        is_mobile_router=bool(is_router),
        proxy_care_of_address=IPv6Address(str(address)),
        lifetime_s=int(str(lifetime)),
        sequence_number=SequenceNumber(int(str(sequence))),
        timestamp=Timestamp(int.from_bytes(stamp)) if isinstance(stamp, bytes) else None,
    )


def _assignment_row(assignment: StoredAssignment) -> tuple[object, ...]:
    return (
        str(assignment.prefix),
        assignment.kind.value,
        assignment.mobile_node_identifier,
        assignment.pool,
        assignment.assigned_utc_us,
    )


def _assignment(row: tuple[str, str, str, str, int]) -> StoredAssignment:
    prefix, kind, node, pool, assigned = row
    return StoredAssignment(
        prefix=IPv6Network(prefix),
        kind=PrefixKind(kind),
        mobile_node_identifier=MobileNodeIdentifier(node),
        pool=pool,
        assigned_utc_us=assigned,
    )


def _text(prefixes: Sequence[IPv6Network]) -> str:
    return " ".join(str(prefix) for prefix in prefixes)


def _prefixes(text: str) -> tuple[IPv6Network, ...]:
    return tuple(IPv6Network(prefix) for prefix in text.split())
