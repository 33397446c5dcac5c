"""Events, effects and state as JSON values: recorder, replay, conformance files and log words.

One rule for every value: a class is its name in kebab-case, a field is its name in kebab-case and
left out where it has its default, octets are hex, registry numbers are their names where the
registry knows them. Where several classes can stand, ``type`` tells which.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Mapping
from enum import Enum, IntEnum
from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, NewType, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from nf.codec.dhcpv6_messages import DhcpStatusCode
from nf.codec.messages import BindingRevocationAcknowledgement, UpdateNotificationAcknowledgement
from nf.codec.registry import (
    AccessTechnologyType,
    HandoffIndicator,
    NotificationReason,
    RevocationStatus,
    RevocationTrigger,
    Status,
    UpdateNotificationStatus,
)
from nf.engine.effects import Effect
from nf.engine.events import Event
from nf.engine.notifications import RevocationRefused

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

#: Fields that hold a registry's number as a plain int, since peers may send unknown ones.
REGISTRY_FIELDS: Mapping[str, type[IntEnum]] = {
    "handoff_indicator": HandoffIndicator,
    "access_technology_type": AccessTechnologyType,
    "status": Status,
    "last_status": Status,
    "pba_by_status": Status,
    "code": DhcpStatusCode,
    "reason": NotificationReason,
    "trigger": RevocationTrigger,
    "revocation_acknowledgements": RevocationStatus,
    "update_notification_acknowledgements": UpdateNotificationStatus,
}
#: Classes in which a field of that name is of another registry.
REGISTRY_FIELDS_OF: Mapping[tuple[type, str], type[IntEnum]] = {
    (BindingRevocationAcknowledgement, "status"): RevocationStatus,
    (RevocationRefused, "status"): RevocationStatus,
    (UpdateNotificationAcknowledgement, "status"): UpdateNotificationStatus,
}


class JournalError(ValueError):
    """JSON that names no event or effect, or does not have its form."""


def event_to_json(event: Event) -> dict[str, Json]:
    """Return an event as one JSON object, named by its ``event`` member."""
    return _tagged("event", event)


def effect_to_json(effect: Effect) -> dict[str, Json]:
    """Return an effect as one JSON object, named by its ``effect`` member."""
    return _tagged("effect", effect)


def event_from_json(data: Mapping[str, Json]) -> Event:
    """Return the event of a JSON object; members ``at-ms`` and ``utc-us`` are the caller's.

    Raises JournalError where the object is none.
    """
    rest = {key: value for key, value in data.items() if key not in ("at-ms", "utc-us")}
    return cast(Event, _from_tagged("event", get_args(Event), rest))


def effect_from_json(data: Mapping[str, Json]) -> Effect:
    """Return the effect of a JSON object; raises JournalError where the object is none."""
    return cast(Effect, _from_tagged("effect", get_args(Effect), data))


def record_to_json(record: object) -> dict[str, Json]:
    """Return one of the engine's records (any dataclass) as a JSON object."""
    return _fields_to_json(record)


def words(tag: str, data: Mapping[str, Json]) -> str:
    """Return a JSON object of this module as one line of a log: ``name key=value …``."""
    return " ".join([str(data[tag]), *(f"{k}={_word(v)}" for k, v in data.items() if k != tag)])


@cache
def kebab(name: str) -> str:
    """Return a Python name, CamelCase or snake_case, as a word of YANG and journal."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


def _word(value: Json) -> str:
    if isinstance(value, dict):
        return "(" + " ".join(f"{key}={_word(item)}" for key, item in value.items()) + ")"
    if isinstance(value, list):
        return ",".join(_word(item) for item in value) or "-"
    return str(value)


def _tagged(tag: str, value: object) -> dict[str, Json]:
    return {tag: kebab(type(value).__name__), **_fields_to_json(value)}


def _fields_to_json(record: Any) -> dict[str, Json]:  # noqa: ANN401 - any dataclass
    members: dict[str, Json] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if not _is_default(field, value):
            hint = _hints(record.__class__)[field.name]
            members[kebab(field.name)] = _to_json(hint, value, _registry(type(record), field.name))
    return members


def _registry(owner: type, field: str) -> type[IntEnum] | None:
    """Return the registry whose numbers a field holds."""
    return REGISTRY_FIELDS_OF.get((owner, field), REGISTRY_FIELDS.get(field))


def _is_default(field: dataclasses.Field[Any], value: object) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return bool(value == field.default_factory())
    return field.default is not dataclasses.MISSING and value == field.default


def _to_json(hint: Any, value: Any, registry: type[IntEnum] | None) -> Json:  # noqa: ANN401
    """Return a value as JSON; the type hint tells where a ``type`` member is needed."""
    match value:
        case None | bool() | str():
            return cast(Json, value)
        case IntEnum():
            return kebab(value.name)
        case Enum():
            return str(value.value)
        case int():
            return _number_to_json(value, registry)
        case bytes():
            return value.hex()
        case Mapping():
            return {_key_to_json(k, registry): _to_json(None, v, None) for k, v in value.items()}
        case set() | frozenset():
            return [_to_json(None, item, registry) for item in sorted(value)]
        case tuple() | list():
            inner = get_args(_bare(hint))
            return [_to_json(inner[0] if inner else None, item, registry) for item in value]
    if not dataclasses.is_dataclass(value):
        return str(value)
    return _tagged("type", value) if len(_classes(hint)) > 1 else _fields_to_json(value)


def _number_to_json(number: int, registry: type[IntEnum] | None) -> Json:
    known = registry is not None and number in set(registry)
    return kebab(registry(number).name) if registry is not None and known else int(number)


def _key_to_json(key: object, registry: type[IntEnum] | None) -> str:
    return str(_number_to_json(key, registry)) if isinstance(key, int) else str(key)


def _from_tagged(tag: str, classes: tuple[type, ...], data: Mapping[str, Json]) -> object:
    name = data.get(tag)
    for each in classes:
        if kebab(each.__name__) == name:
            return _instance(each, {key: value for key, value in data.items() if key != tag})
    raise JournalError(f"no {tag} is called {name!r}")


def _instance(owner: type, data: Mapping[str, Json]) -> object:
    known = {kebab(field.name): field.name for field in dataclasses.fields(owner)}
    unknown = set(data) - set(known)
    if unknown:
        raise JournalError(f"{kebab(owner.__name__)} has no member {', '.join(sorted(unknown))}")
    arguments = {
        known[key]: _from_json(_hints(owner)[known[key]], value, _registry(owner, known[key]))
        for key, value in data.items()
    }
    try:
        return owner(**arguments)
    except TypeError as fault:
        raise JournalError(f"{kebab(owner.__name__)}: {fault}") from fault


def _from_json(hint: Any, data: Json, registry: type[IntEnum] | None) -> Any:  # noqa: ANN401
    """Return the value that ``data`` stands for where a field has the type ``hint``."""
    if data is None:
        return None
    bare = _bare(hint)
    classes = _classes(hint)
    if classes:
        if not isinstance(data, dict):
            raise JournalError(f"an object of {kebab(classes[0].__name__)} is wanted: {data!r}")
        return _instance(bare, data) if len(classes) == 1 else _from_tagged("type", classes, data)
    if get_origin(bare) is tuple:
        if not isinstance(data, list):
            raise JournalError(f"a list is wanted: {data!r}")
        return tuple(_from_json(get_args(bare)[0], item, registry) for item in data)
    try:
        return _scalar(bare, data, registry)
    except (ValueError, KeyError, TypeError) as fault:
        raise JournalError(f"no value of {bare}: {data!r}") from fault


def _scalar(bare: Any, data: Json, registry: type[IntEnum] | None) -> Any:  # noqa: ANN401
    if bare is bytes:
        return bytes.fromhex(str(data))
    if bare in (IPv6Address, IPv6Network):
        return bare(data)
    if bare == IPv6Address | IPv4Address:
        return ip_address(str(data))
    if bare == IPv6Network | IPv4Network:
        return ip_network(str(data))
    if isinstance(bare, type) and issubclass(bare, IntEnum):
        return bare[str(data).replace("-", "_").upper()]
    if isinstance(bare, type) and issubclass(bare, Enum):
        return bare(data)
    if registry is not None and isinstance(data, str):
        return int(registry[data.replace("-", "_").upper()])
    return data


@cache
def _hints(owner: type) -> Mapping[str, Any]:
    return get_type_hints(owner)


def _bare(hint: Any) -> Any:  # noqa: ANN401 - a type expression
    """Return a type expression without None and without the names that NewType gave."""
    if isinstance(hint, NewType):
        return _bare(hint.__supertype__)
    if get_origin(hint) in (Union, types.UnionType):
        rest = [each for each in get_args(hint) if each is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else Union[tuple(rest)]  # noqa: UP007
    return hint


def _classes(hint: Any) -> tuple[type, ...]:  # noqa: ANN401 - a type expression
    """Return the dataclasses that a type expression allows."""
    bare = _bare(hint)
    if get_origin(bare) in (Union, types.UnionType):
        return tuple(each for arg in get_args(bare) for each in _classes(arg))
    return (bare,) if isinstance(bare, type) and dataclasses.is_dataclass(bare) else ()
