"""Reading the parameters of an operation; every fault is an error that names its element."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeVar

from lxml import etree

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.errors import ErrorTag, ErrorType, RpcError
from netconf_server.filters.filter import Filter, SubtreeFilter, XPathFilter
from netconf_server.markup import (
    BASE,
    DATASTORES,
    NMDA,
    identity_in,
    local_name,
    namespace_of,
    text_of,
)
from netconf_server.storage.url_files import UrlFiles

EnumT = TypeVar("EnumT", bound=Enum)

_DATASTORES: Final = {f"{{{BASE}}}{name.value}": name for name in DatastoreName}


class Parameters:
    """The children of an operation's element, taken one by one; what nobody takes is an error.

    A parameter is in its operation's namespace, in that of the protocol, or in none: ncclient sends
    ``config`` and ``filter`` as its user wrote them, mostly without, and the ``filter`` of
    create-subscription in the protocol's.
    """

    def __init__(self, operation: etree._Element) -> None:
        self._operation = operation
        self._namespace = namespace_of(operation)
        self._left = [child for child in operation if isinstance(child.tag, str)]

    def optional(self, name: str, namespace: str | None = None) -> etree._Element | None:
        """Take a parameter that may be absent; twice the same is an error.

        ``namespace`` is that of a module which adds the parameter to the operation.
        """
        tags = (f"{{{namespace or self._namespace}}}{name}", f"{{{BASE}}}{name}", name)
        found = [child for child in self._left if child.tag in tags]
        if len(found) > 1:
            raise bad_element(name, f"<{name}> is given {len(found)} times")
        self._left = [child for child in self._left if child not in found]
        return found[0] if found else None

    def every(self, name: str) -> list[etree._Element]:
        """Take a parameter that may be there any number of times."""
        tags = (f"{{{self._namespace}}}{name}", name)
        found = [child for child in self._left if child.tag in tags]
        self._left = [child for child in self._left if child not in found]
        return found

    def required(self, name: str) -> etree._Element:
        """Take a parameter that must be there."""
        element = self.optional(name)
        if element is None:
            raise missing_element(name, local_name(self._operation))
        return element

    def choice(self, name: str, values: type[EnumT], default: EnumT) -> EnumT:
        """Take an enumerated parameter; absent, it has its default value."""
        element = self.optional(name)
        if element is None:
            return default
        text = text_of(element)
        try:
            return values(text)
        except ValueError:
            known = ", ".join(str(member.value) for member in values)
            raise bad_element(name, f"<{name}> is {text!r}, not one of {known}") from None

    def finish(self) -> None:
        """Refuse the parameters that were not taken."""
        for element in self._left:
            raise unknown_element(element, f"unknown parameter of <{local_name(self._operation)}>")


def whole_number(text: str, least: int, most: int) -> int | None:
    """Read a number without sign; None if it is none, or out of range, however long it is."""
    digits = text.lstrip("0") or text[:1]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(most))):
        return None
    return int(digits) if least <= int(digits) <= most else None


def datastore_in(parameter: etree._Element) -> DatastoreName:
    """Read which datastore a ``source`` or ``target`` names."""
    name = local_name(parameter)
    children = [child for child in parameter if isinstance(child.tag, str)]
    if not children:
        raise bad_element(name, f"<{name}> names no datastore")
    if len(children) > 1:
        raise bad_element(name, f"<{name}> names {len(children)} datastores")
    return _datastore_named(children[0])


def source_in(parameter: etree._Element, files: UrlFiles) -> DatastoreName | etree._Element:
    """Read a ``source`` that may also be an inline ``config``, or one in a file."""
    if len(parameter) == 1 and parameter[0].tag in (f"{{{BASE}}}config", "config"):
        return parameter[0]
    url = url_in(parameter)
    return datastore_in(parameter) if url is None else files.read(url)


def url_in(parameter: etree._Element) -> str | None:
    """Read a ``source`` or ``target`` that is a URL; None if it is anything else."""
    if len(parameter) == 1 and parameter[0].tag == f"{{{BASE}}}url":
        return text_of(parameter[0])
    return None


def _datastore_named(element: etree._Element) -> DatastoreName:
    if element.tag == f"{{{NMDA}}}datastore":  # RFC 8526 §3.2
        return _datastore_identified_by(element)
    named = _DATASTORES.get(str(element.tag))
    if named is None:
        raise unknown_element(element, "no such datastore")
    return named


def _datastore_identified_by(element: etree._Element) -> DatastoreName:
    try:
        return DatastoreName(identity_in(element, DATASTORES))
    except ValueError:
        raise invalid_value(f"{text_of(element)!r} cannot be used with this operation") from None


def filter_in(parameters: Parameters) -> Filter | None:
    """Take the ``filter`` parameter (RFC 6241 §6, §8.9.5.1); without a type it is a subtree."""
    element = parameters.optional("filter")
    if element is None:
        return None
    kind = element.get("type", "subtree")
    if kind == "subtree":
        return SubtreeFilter(element)
    if kind == "xpath":
        return _xpath_filter(element)
    raise RpcError(
        tag=ErrorTag.BAD_ATTRIBUTE,
        type=ErrorType.PROTOCOL,
        message=f"filter type is {kind!r}, not subtree or xpath",
        info={"bad-attribute": "type", "bad-element": "filter"},
    )


def _xpath_filter(element: etree._Element) -> XPathFilter:
    """Read an XPath filter; its prefixes are those in scope on the element (RFC 6241 §8.9.5.1)."""
    expression = element.get("select")
    if expression is None:
        raise RpcError(
            tag=ErrorTag.MISSING_ATTRIBUTE,
            type=ErrorType.PROTOCOL,
            message="an xpath filter needs a select attribute",
            info={"bad-attribute": "select", "bad-element": "filter"},
        )
    return XPathFilter(expression, {prefix: uri for prefix, uri in element.nsmap.items() if prefix})


def missing_element(name: str, parent: str) -> RpcError:
    """Make the error for a parameter that is not there."""
    return RpcError(
        tag=ErrorTag.MISSING_ELEMENT,
        type=ErrorType.PROTOCOL,
        message=f"<{parent}> lacks <{name}>",
        info={"bad-element": name},
    )


def bad_element(name: str, message: str) -> RpcError:
    """Make the error for a parameter with an unacceptable value."""
    return RpcError(
        tag=ErrorTag.BAD_ELEMENT,
        type=ErrorType.PROTOCOL,
        message=message,
        info={"bad-element": name},
    )


def unknown_element(element: etree._Element, message: str) -> RpcError:
    """Make the error for an element that does not belong where it is."""
    return RpcError(
        tag=ErrorTag.UNKNOWN_ELEMENT,
        type=ErrorType.PROTOCOL,
        message=f"{message}: {element.tag}",
        info={"bad-element": local_name(element)},
    )


def not_supported(message: str) -> RpcError:
    """Make the error for something that this server does not do, and does not announce."""
    return RpcError(tag=ErrorTag.OPERATION_NOT_SUPPORTED, type=ErrorType.PROTOCOL, message=message)


def invalid_value(message: str, app_tag: str | None = None) -> RpcError:
    """Make the error for a value that is well-formed but not acceptable."""
    return RpcError(
        tag=ErrorTag.INVALID_VALUE, type=ErrorType.PROTOCOL, message=message, app_tag=app_tag
    )
