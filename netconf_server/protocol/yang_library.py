"""Which modules the server has: /yang-library and the older /modules-state (RFC 8525)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Final

from netconf_server.datastores.datastore import DatastoreName
from netconf_server.provider import Json
from netconf_server.schema.schema import ModuleInfo

_MODULE_SET: Final = "all"
_SCHEMA: Final = "common"

#: The datastores of RFC 8342 §5 and RFC 8808 that get-data reads.
_DATASTORES: Final = (
    *(f"ietf-datastores:{name.value}" for name in DatastoreName),
    *("ietf-datastores:intended", "ietf-datastores:operational"),
    "ietf-factory-default:factory-default",
)


def content_id(modules: Iterable[ModuleInfo]) -> str:
    """Return an identifier that changes whenever the library's content does (RFC 8525 §3)."""
    library = json.dumps(_library(_sorted(modules)), sort_keys=True)
    return hashlib.sha256(library.encode()).hexdigest()[:16]


def yang_library(modules: Iterable[ModuleInfo]) -> dict[str, Json]:
    """Return /yang-library: one module set, one schema, the same for every datastore."""
    ordered = _sorted(modules)
    return {
        "ietf-yang-library:yang-library": {
            **_library(ordered),
            "content-id": content_id(ordered),
        }
    }


def modules_state(modules: Iterable[ModuleInfo]) -> dict[str, Json]:
    """Return /modules-state, deprecated but what clients of RFC 7895 read."""
    ordered = _sorted(modules)
    revisions = {module.name: module.revision or "" for module in ordered}
    return {
        "ietf-yang-library:modules-state": {
            "module-set-id": content_id(ordered),
            "module": [_legacy_module(module, revisions) for module in ordered],
        }
    }


def _sorted(modules: Iterable[ModuleInfo]) -> list[ModuleInfo]:
    return sorted(modules, key=lambda module: (module.name, module.revision or ""))


def _library(modules: Sequence[ModuleInfo]) -> dict[str, Json]:
    module_set: dict[str, Json] = {
        "name": _MODULE_SET,
        "module": [_implemented(module) for module in modules if module.is_implemented],
        "import-only-module": [
            _imported(module) for module in modules if not module.is_implemented
        ],
    }
    return {
        "module-set": [module_set],
        "schema": [{"name": _SCHEMA, "module-set": [_MODULE_SET]}],
        "datastore": [{"name": name, "schema": _SCHEMA} for name in _DATASTORES],
    }


def _implemented(module: ModuleInfo) -> dict[str, Json]:
    return {
        **_identification(module.name, module.revision),
        "namespace": module.namespace,
        "submodule": [_identification(*submodule) for submodule in module.submodules],
        "feature": _names(module.features),
        "deviation": _names(module.deviations),
    }


def _imported(module: ModuleInfo) -> dict[str, Json]:
    return {
        "name": module.name,
        "revision": module.revision or "",
        "namespace": module.namespace,
        "submodule": [_identification(*submodule) for submodule in module.submodules],
    }


def _names(names: Iterable[str]) -> list[Json]:
    return [*sorted(names)]


def _identification(name: str, revision: str | None) -> dict[str, Json]:
    """Name a module; without a revision statement the leaf is not there."""
    return {"name": name, "revision": revision} if revision else {"name": name}


def _legacy_module(module: ModuleInfo, revisions: dict[str, str]) -> dict[str, Json]:
    return {
        "name": module.name,
        "revision": module.revision or "",
        "namespace": module.namespace,
        "feature": _names(module.features),
        "deviation": [
            {"name": name, "revision": revisions.get(name, "")}
            for name in sorted(module.deviations)
        ],
        "conformance-type": "implement" if module.is_implemented else "import",
        "submodule": [
            {"name": name, "revision": revision or ""} for name, revision in module.submodules
        ],
    }
