"""The server's own state in /netconf-state (RFC 6022 §2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from netconf_server.datastore import DatastoreName
from netconf_server.locks import DatastoreLocks
from netconf_server.provider import Json
from netconf_server.schema import Schema
from netconf_server.sessions import Counters, SessionRecord, SessionTable

_COUNTER32_MODULUS = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSchema:
    """One YANG module or submodule that get-schema returns."""

    identifier: str
    version: str
    namespace: str


def served_schemas(schema: Schema) -> Iterator[ServedSchema]:
    """Yield every module, implemented or imported, each followed by its submodules."""
    for module in sorted(schema.modules(), key=lambda module: (module.name, module.revision or "")):
        for name, revision in ((module.name, module.revision), *module.submodules):
            yield ServedSchema(identifier=name, version=revision or "", namespace=module.namespace)


def netconf_state(
    schema: Schema,
    locks: DatastoreLocks,
    sessions: SessionTable,
    capabilities: tuple[str, ...],
) -> dict[str, Json]:
    """Return the whole /netconf-state as instance data."""
    state: dict[str, Json] = {
        "capabilities": {"capability": list(capabilities)},
        "datastores": {"datastore": [_datastore(name, locks) for name in DatastoreName]},
        "schemas": {"schema": [_schema(served) for served in served_schemas(schema)]},
        "sessions": {"session": [_session(record) for record in sessions]},
        "statistics": _statistics(sessions),
    }
    return {"ietf-netconf-monitoring:netconf-state": state}


def _datastore(name: DatastoreName, locks: DatastoreLocks) -> dict[str, Json]:
    entry: dict[str, Json] = {"name": name.value}
    lock = locks.get(name)
    if lock is not None:
        entry["locks"] = {
            "global-lock": {
                "locked-by-session": lock.session_id,
                "locked-time": _date_and_time(lock.locked_time),
            }
        }
    return entry


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
        "transport": "ietf-netconf-monitoring:netconf-ssh",
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
