"""What the server announces in its hello (RFC 6241 §8, RFC 6020 §5.6.4, RFC 8525 §2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final
from urllib.parse import urlencode

from netconf_server.schema.schema import ModuleInfo

BASE_1_0: Final = "urn:ietf:params:netconf:base:1.0"
BASE_1_1: Final = "urn:ietf:params:netconf:base:1.1"

_CAPABILITY: Final = "urn:ietf:params:netconf:capability:"

#: Nothing is listed that does not work.
_PROTOCOL_CAPABILITIES: Final = (
    BASE_1_0,
    BASE_1_1,
    f"{_CAPABILITY}candidate:1.0",
    f"{_CAPABILITY}confirmed-commit:1.0",
    f"{_CAPABILITY}confirmed-commit:1.1",
    f"{_CAPABILITY}rollback-on-error:1.0",
    f"{_CAPABILITY}validate:1.0",
    f"{_CAPABILITY}validate:1.1",
    f"{_CAPABILITY}startup:1.0",
    f"{_CAPABILITY}url:1.0?scheme=file",
    f"{_CAPABILITY}xpath:1.0",
    f"{_CAPABILITY}with-defaults:1.0?basic-mode=explicit"
    "&also-supported=report-all,report-all-tagged,trim",
    f"{_CAPABILITY}with-operational-defaults:1.0",
    f"{_CAPABILITY}notification:1.0",
    f"{_CAPABILITY}interleave:1.0",
    f"{_CAPABILITY}partial-lock:1.0",
)

YANG_LIBRARY_REVISION: Final = "2019-01-04"


_WRITABLE_RUNNING: Final = f"{_CAPABILITY}writable-running:1.0"


def server_capabilities(
    modules: Iterable[ModuleInfo], content_id: str, *, is_running_writable: bool = False
) -> tuple[str, ...]:
    """Return the capability URIs of the server, always in the same order."""
    optional = (_WRITABLE_RUNNING,) if is_running_writable else ()
    library = (
        f"{_CAPABILITY}yang-library:1.1?revision={YANG_LIBRARY_REVISION}&content-id={content_id}"
    )
    return (*_PROTOCOL_CAPABILITIES, *optional, library, *_module_capabilities(modules))


def _module_capabilities(modules: Iterable[ModuleInfo]) -> Iterator[str]:
    """Yield the URIs of the implemented modules of YANG version 1.

    RFC 7950 §5.6.4: modules of YANG 1.1 are found in the YANG library only.
    """
    for module in sorted(modules, key=lambda module: module.name):
        if module.is_implemented and module.yang_version == "1":
            yield _module_capability(module)


def _module_capability(module: ModuleInfo) -> str:
    """Write a module as RFC 6020 §5.6.4 wants it: ``namespace?module=…&revision=…&features=…``."""
    parameters = {"module": module.name}
    if module.revision:
        parameters["revision"] = module.revision
    if module.features:
        parameters["features"] = ",".join(sorted(module.features))
    if module.deviations:
        parameters["deviations"] = ",".join(sorted(module.deviations))
    separator = "&" if "?" in module.namespace else "?"
    return f"{module.namespace}{separator}{urlencode(parameters, safe=',')}"


class ProtocolVersion(Enum):
    """The versions of the base protocol, by their capability; the latest common one is used."""

    V1_0 = BASE_1_0
    V1_1 = BASE_1_1


def common_version(client_capabilities: Iterable[str]) -> ProtocolVersion | None:
    """Choose the newest base version that the client has too.

    RFC 6241 §8.1: parameters at the end of the URI do not count in the comparison.
    """
    bases = {capability.partition("?")[0] for capability in client_capabilities}
    if BASE_1_1 in bases:
        return ProtocolVersion.V1_1
    return ProtocolVersion.V1_0 if BASE_1_0 in bases else None
