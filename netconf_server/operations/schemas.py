"""get-schema (RFC 6022 §3.1)."""

from __future__ import annotations

from lxml import etree

from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.markup import MONITORING, new_element, text_of
from netconf_server.operations.parameters import Parameters, invalid_value
from netconf_server.operations.request import Request
from netconf_server.protocol.monitoring import served_schemas


def get_schema(request: Request) -> list[etree._Element]:
    """Return the text of a YANG module or submodule (RFC 6022 §3.1)."""
    parameters = Parameters(request.operation)
    identifier = text_of(parameters.required("identifier"))
    version = parameters.optional("version")
    wanted = None if version is None else text_of(version)
    _require_yang(parameters.optional("format"))
    parameters.finish()
    found = _find_version(request, identifier, wanted)
    data = new_element("data", MONITORING)
    data.text = request.management.schema.source(identifier, found or None)
    return [data]


def _require_yang(element: etree._Element | None) -> None:
    if element is not None and text_of(element).rpartition(":")[2] != "yang":
        raise invalid_value(f"schemas come in the format yang, not {text_of(element)}")


def _find_version(request: Request, identifier: str, wanted: str | None) -> str:
    """Return the one revision that the request means; the errors are those of the YANG module."""
    versions = [
        schema.version
        for schema in served_schemas(request.management.schema)
        if schema.identifier == identifier and wanted in (None, schema.version)
    ]
    if not versions:
        suffix = f" of revision {wanted!r}" if wanted is not None else ""
        raise invalid_value(f"there is no schema {identifier!r}{suffix}")
    if len(versions) > 1:
        raise RpcError(
            tag=ErrorTag.OPERATION_FAILED,
            type=ErrorType.APPLICATION,
            app_tag="data-not-unique",
            message=f"schema {identifier!r} has the versions {', '.join(sorted(versions))}",
        )
    return versions[0]
