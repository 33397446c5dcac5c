"""get-data and edit-data (RFC 8526)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lxml import etree

from netconf_server.datastores.datastore import DatastoreName, PresetName
from netconf_server.errors import ErrorTag, RpcError
from netconf_server.filters.filter import Filter, SubtreeFilter, XPathFilter
from netconf_server.markup import (
    BASE,
    DATASTORES,
    FACTORY_DEFAULT,
    NMDA,
    ORIGIN,
    add_child,
    identity_in,
    local_name,
    text_of,
)
from netconf_server.operations.editing import edit_config
from netconf_server.operations.parameters import (
    Parameters,
    bad_element,
    invalid_value,
    unknown_element,
    whole_number,
)
from netconf_server.operations.request import Output, Request
from netconf_server.operations.with_defaults import with_defaults_in
from netconf_server.protocol.replies import Streamed
from netconf_server.reading.request import Reading
from netconf_server.reading.shaping import Shaping
from netconf_server.schema.printing import Defaults

_OPERATIONAL: Final = "operational"
_FACTORY_DEFAULT: Final = "factory-default"

#: What holds the content of the datastores of RFC 8342 §5 and RFC 8808; intended is running, for
#: nothing in running is inactive or a template here.
_STORED: Final[Mapping[str, DatastoreName | PresetName]] = {
    "running": DatastoreName.RUNNING,
    "candidate": DatastoreName.CANDIDATE,
    "startup": DatastoreName.STARTUP,
    "intended": DatastoreName.RUNNING,
    _OPERATIONAL: DatastoreName.RUNNING,
    _FACTORY_DEFAULT: PresetName.FACTORY_DEFAULT,
}
_ORIGINS: Final = frozenset({"intended", "dynamic", "system", "learned", "default", "unknown"})
_MAX_DEPTH: Final = 65535
_EDIT_DATA_PARAMETERS: Final = frozenset({"datastore", "default-operation", "config", "url"})


def get_data(request: Request) -> Streamed:
    """Return what is in a datastore, filtered (RFC 8526 §3.1.1)."""
    parameters = Parameters(request.operation)
    datastore = datastore_named_by(parameters.required("datastore"))
    selection = _filter_in(parameters)
    shaping = _shaping_in(parameters)
    defaults = with_defaults_in(parameters, NMDA)
    parameters.finish()
    is_operational = datastore == _OPERATIONAL
    if not is_operational and (shaping.with_origin or shaping.origins is not None):
        raise invalid_value(f"there are origins in operational only, not in {datastore}")
    reading = Reading(
        selection=selection,
        gate=request.management.access.read_gate(request.session),
        defaults=defaults,
    )
    if is_operational:
        reading = _of_operational(reading, shaping)
    elif shaping != Shaping():
        reading = replace(reading, shaping=shaping)
    content = request.management.datastores.read(_STORED[datastore], reading)
    return Streamed(start=b'<data xmlns="%b">' % NMDA.encode(), content=content, end=b"</data>")


def _of_operational(reading: Reading, shaping: Shaping) -> Reading:
    """Show the values in use, defaults among them (RFC 8526 §3.1.1.2), and where they are from."""
    is_tagged = reading.defaults is Defaults.REPORT_ALL_TAGGED
    shaping = replace(shaping, tags_defaults=is_tagged)
    knows_origins = shaping.with_origin or shaping.origins is not None
    defaults = reading.defaults
    if defaults is not Defaults.TRIM:
        defaults = Defaults.REPORT_ALL_TAGGED if knows_origins else Defaults.REPORT_ALL
    return replace(
        reading,
        is_operational=True,
        with_state=shaping.is_config is not True,
        defaults=defaults,
        shaping=None if shaping == Shaping() else shaping,
    )


def datastore_named_by(element: etree._Element) -> str:
    """Read the identity of a datastore (RFC 8342 §7); ``invalid-value`` if it is not here."""
    name = identity_in(element, DATASTORES)
    if identity_in(element, FACTORY_DEFAULT) == _FACTORY_DEFAULT:
        name = _FACTORY_DEFAULT
    elif name not in _STORED or name == _FACTORY_DEFAULT:
        raise invalid_value(f"there is no datastore {text_of(element)!r}")
    return name


def _filter_in(parameters: Parameters) -> Filter | None:
    subtree = parameters.optional("subtree-filter")
    xpath = parameters.optional("xpath-filter")
    if subtree is not None and xpath is not None:
        raise bad_element("xpath-filter", "there are two filters, of which one is allowed")
    if xpath is not None:
        namespaces = {prefix: uri for prefix, uri in xpath.nsmap.items() if prefix}
        return XPathFilter(text_of(xpath), namespaces)
    return None if subtree is None else SubtreeFilter(subtree)


def _shaping_in(parameters: Parameters) -> Shaping:
    return Shaping(
        is_config=_config_filter_in(parameters),
        origins=_origins_in(parameters),
        max_depth=_max_depth_in(parameters),
        with_origin=parameters.optional("with-origin") is not None,
    )


def _config_filter_in(parameters: Parameters) -> bool | None:
    element = parameters.optional("config-filter")
    if element is None:
        return None
    if text_of(element) not in ("true", "false"):
        raise invalid_value(f"<config-filter> is {text_of(element)!r}, not true or false")
    return text_of(element) == "true"


def _origins_in(parameters: Parameters) -> frozenset[str] | None:
    """Read which origins are wanted; the identity ``origin`` stands for all that derive from it."""
    wanted = _origins_named(parameters.every("origin-filter"))
    unwanted = _origins_named(parameters.every("negated-origin-filter"))
    if wanted is not None and unwanted is not None:
        raise bad_element("negated-origin-filter", "there is an <origin-filter> as well")
    return wanted if unwanted is None else _ORIGINS - unwanted


def _origins_named(elements: list[etree._Element]) -> frozenset[str] | None:
    names: set[str] = set()
    for element in elements:
        name = identity_in(element, ORIGIN)
        if name != "origin" and name not in _ORIGINS:
            raise invalid_value(f"<{local_name(element)}> names no origin: {text_of(element)!r}")
        names |= _ORIGINS if name == "origin" else {name}
    return frozenset(names) if elements else None


def _max_depth_in(parameters: Parameters) -> int | None:
    element = parameters.optional("max-depth")
    if element is None or text_of(element) == "unbounded":
        return None
    text = text_of(element)
    depth = whole_number(text, 1, _MAX_DEPTH)
    if depth is None:
        raise invalid_value(f"<max-depth> is {text!r}, not 1 to {_MAX_DEPTH} or unbounded")
    return depth


def edit_data(request: Request) -> Output:
    """Edit a datastore as edit-config does, all or nothing (RFC 8526 §3.1.2)."""
    operation = request.operation
    datastore = Parameters(operation).required("datastore")
    for child in operation.iterchildren("*"):
        if local_name(child) not in _EDIT_DATA_PARAMETERS:
            raise unknown_element(child, "unknown parameter of <edit-data>")
    name = datastore_named_by(datastore)
    if name not in ("running", "candidate"):
        raise invalid_value(f"{name} cannot be edited")
    _turn_into_edit_config(operation, datastore, name)
    try:
        return edit_config(request)
    except RpcError as error:
        if error.tag is ErrorTag.OPERATION_NOT_SUPPORTED:
            raise invalid_value(str(error.message)) from error
        raise


def _turn_into_edit_config(operation: etree._Element, datastore: etree._Element, name: str) -> None:
    """Rename an edit-data in place, so that prefixes keep their meaning in the values inside.

    The parameters are the same but for the target; there are no error-option and no test-option.
    """
    for child in operation.iterchildren(f"{{{NMDA}}}*"):
        child.tag = f"{{{BASE}}}{local_name(child)}"
    operation.remove(datastore)
    operation.tag = f"{{{BASE}}}edit-config"
    add_child(operation, "error-option", "rollback-on-error")
    target = add_child(operation, "target")
    add_child(target, name)
