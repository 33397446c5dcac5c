"""The server's own state in /netconf-state (RFC 6022 §2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.datastores.locks import DatastoreLocks
from netconf_server.datastores.partial_locks import PartialLock
from netconf_server.protocol.sessions import Counters, SessionRecord, SessionTable
from netconf_server.provider import DataPath, Json, StateFragment, StateSelection
from netconf_server.schema.schema import Schema
from netconf_server.server_state import ReadOnlyPart

_ROOT: Final = "ietf-netconf-monitoring:netconf-state"
_COUNTER32_MODULUS = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSchema:
    """One YANG module or submodule that get-schema returns."""

    identifier: str
    version: str
    namespace: str


@lru_cache(maxsize=4)
def served_schemas(schema: Schema) -> tuple[ServedSchema, ...]:
    """Return every module, implemented or imported, each followed by its submodules."""
    modules = sorted(schema.modules(), key=lambda module: (module.name, module.revision or ""))
    return tuple(
        ServedSchema(identifier=name, version=revision or "", namespace=module.namespace)
        for module in modules
        for name, revision in ((module.name, module.revision), *module.submodules)
    )


class MonitoringState(ReadOnlyPart):
    """The container /netconf-state; what never changes is made once, the rest when asked for."""

    def __init__(
        self,
        schema: Schema,
        locks: DatastoreLocks,
        sessions: SessionTable,
        capabilities: tuple[str, ...],
    ) -> None:
        super().__init__(lambda: {})
        served: Json = {"capability": list(capabilities)}
        schemas: Json = {"schema": [_schema(each) for each in served_schemas(schema)]}
        self._children: Mapping[str, Callable[[], Json]] = {
            "capabilities": lambda: served,
            "datastores": lambda: {
                "datastore": [_datastore(name, locks) for name in DatastoreName]
            },
            "schemas": lambda: schemas,
            "sessions": lambda: {"session": [_session(record) for record in sessions]},
            "statistics": lambda: _statistics(sessions),
        }

    def read_state(self, selection: StateSelection) -> Iterator[StateFragment]:
        """Yield the children that are asked for, each by itself."""
        asked = {_child_in(path) for path in selection.paths} or {""}
        for name, make in self._children.items():
            if asked & {"", name}:
                yield StateFragment(data={_ROOT: {name: make()}})


def _child_in(path: DataPath) -> str:
    """Return the name of the child that a path leads into, the empty string for all of them."""
    return path.removeprefix(f"/{_ROOT}").removeprefix("/").partition("/")[0].partition("[")[0]


def _datastore(name: DatastoreName, locks: DatastoreLocks) -> dict[str, Json]:
    entry: dict[str, Json] = {"name": name.value}
    partial: list[Json] = [_partial_lock(each) for each in locks.partial]
    if partial and name is DatastoreName.RUNNING:
        entry["locks"] = {"partial-lock": partial}
    lock = locks.get(name)
    if lock is not None:
        entry["locks"] = {
            "global-lock": {
                "locked-by-session": lock.session_id,
                "locked-time": _date_and_time(lock.locked_time),
            }
        }
    return entry


def _partial_lock(lock: PartialLock) -> dict[str, Json]:
    return {
        "lock-id": lock.lock_id,
        "locked-by-session": lock.session_id,
        "locked-time": _date_and_time(lock.locked_time),
        "select": list(lock.selections),
        "locked-node": list(lock.nodes),
    }


def _schema(served: ServedSchema) -> dict[str, Json]:
    return {
        "identifier": served.identifier,
        "version": served.version,
        "format": "ietf-netconf-monitoring:yang",
        "namespace": served.namespace,
        "location": ["NETCONF"],
    }


def _session(record: SessionRecord) -> dict[str, Json]:
    return {
        "session-id": record.session_id,
        "transport": f"ietf-netconf-monitoring:{record.transport.value}",
        "username": record.username,
        "source-host": record.source_host,
        "login-time": _date_and_time(record.login_time),
        **_counters(record.counters),
    }


def _statistics(sessions: SessionTable) -> dict[str, Json]:
    totals = sessions.totals
    return {
        "netconf-start-time": _date_and_time(sessions.start_time),
        "in-bad-hellos": totals.in_bad_hellos % _COUNTER32_MODULUS,
        "in-sessions": totals.in_sessions % _COUNTER32_MODULUS,
        "dropped-sessions": totals.dropped_sessions % _COUNTER32_MODULUS,
        **_counters(totals),
    }


def _counters(counters: Counters) -> dict[str, Json]:
    return {
        "in-rpcs": counters.in_rpcs % _COUNTER32_MODULUS,
        "in-bad-rpcs": counters.in_bad_rpcs % _COUNTER32_MODULUS,
        "out-rpc-errors": counters.out_rpc_errors % _COUNTER32_MODULUS,
        "out-notifications": counters.out_notifications % _COUNTER32_MODULUS,
    }


def _date_and_time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
