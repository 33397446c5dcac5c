"""Settings of the transports from a TOML file: limits, TLS, call home."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from netconf_server.settings import (
    CallHomeClient,
    Limits,
    ServerSettings,
    SettingsError,
    TlsSettings,
)
from netconf_server.transport.kind import TransportKind
from netconf_server.users.cert_to_name import CertToName, MapType

#: A table of TOML; what is in it is checked where it is taken out.
_Table: TypeAlias = Mapping[str, Any]

_TRANSPORTS: Final = {"ssh": TransportKind.SSH, "tls": TransportKind.TLS}

#: The port of NETCONF over TLS (RFC 7589 §2).
_TLS_PORT: Final = 6513

#: The ports that IANA gave to NETCONF call home (RFC 8071 §6.1).
_CALL_HOME_PORTS: Final = {TransportKind.SSH: 4334, TransportKind.TLS: 4335}

#: The limits that a file can set: numbers, by the names that they have there.
_LIMITS: Final = {
    each.name.replace("_", "-"): each.name for each in fields(Limits) if each.type == "int"
}

#: The limits of which 0 says that there is none, or no delay.
_MAY_BE_ZERO: Final = ("idle-timeout-s", "keepalive-interval-s", "failed-login-delay-ms")

_MAX_PORT: Final = 65535


def with_file(settings: ServerSettings, path: Path) -> ServerSettings:
    """Return settings with what a file says of limits, TLS and call home.

    Names of files in it are relative to its folder. Raises SettingsError.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        _require_known(tables, ("limits", "tls", "call-home"))
        return replace(
            settings,
            limits=_limits(settings.limits, tables.get("limits", {})),
            tls=_tls(path.parent, tables["tls"]) if "tls" in tables else settings.tls,
            call_home=tuple(_client(table) for table in tables.get("call-home", ())),
        )
    except KeyError as fault:
        raise SettingsError(f"{path}: {fault} is missing") from fault
    except (OSError, TypeError, ValueError, AttributeError) as fault:
        raise SettingsError(f"{path}: {fault}") from fault


def _limits(limits: Limits, table: _Table) -> Limits:
    _require_known(table, _LIMITS)
    for name in table:
        least = 0 if name in _MAY_BE_ZERO else 1
        if _number(table, name) < least:
            raise ValueError(f"{name} is less than {least}")
    return replace(limits, **{_LIMITS[name]: number for name, number in table.items()})


def _tls(directory: Path, table: _Table) -> TlsSettings:
    files = ("certificate", "private-key", "trusted-certificates")
    _require_known(table, (*files, "cert-to-name", "host", "port"))
    certificate, private_key, trusted = (directory / _text(table, name) for name in files)
    entries = enumerate(table["cert-to-name"], start=1)
    return TlsSettings(
        certificate=certificate,
        private_key=private_key,
        trusted_certificates=trusted,
        cert_to_name=tuple(_cert_to_name(number, entry) for number, entry in entries),
        host=_text(table, "host", ""),
        port=_port(table, _TLS_PORT),
    )


def _cert_to_name(number: int, table: _Table) -> CertToName:
    _require_known(table, ("fingerprint", "map-type", "name"))
    return CertToName(
        id=number,
        fingerprint=_text(table, "fingerprint"),
        map_type=MapType(_text(table, "map-type")),
        name=_text(table, "name") if "name" in table else None,
    )


def _client(table: _Table) -> CallHomeClient:
    _require_known(table, ("host", "port", "transport", "name"))
    protocol = _text(table, "transport", "ssh")
    if protocol not in _TRANSPORTS:
        raise ValueError(f"transport {protocol!r} is neither ssh nor tls")
    transport = _TRANSPORTS[protocol]
    return CallHomeClient(
        host=_text(table, "host"),
        port=_port(table, _CALL_HOME_PORTS[transport]),
        transport=transport,
        name=_text(table, "name") if "name" in table else None,
    )


def _port(table: _Table, default: int) -> int:
    port = _number(table, "port") if "port" in table else default
    if not 0 <= port <= _MAX_PORT:
        raise ValueError(f"{port} is not a port")
    return port


def _require_known(table: _Table, known: Iterable[str]) -> None:
    unknown = sorted(table.keys() - set(known))
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")


def _text(table: _Table, name: str, default: str | None = None) -> str:
    value = table[name] if default is None else table.get(name, default)
    if not isinstance(value, str):
        raise TypeError(f"{name} is not a string")
    return value


def _number(table: _Table, name: str) -> int:
    value = table[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is not a whole number")
    return value
