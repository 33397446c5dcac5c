"""The YANG modules of a server: what they are, their texts, and parsing data by them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from netconf_server.schema.anydata import keep_content
from netconf_server.schema.data import DataFormat, LibraryError
from netconf_server.schema.native import (
    NULL,
    YANG_VERSION_1_1,
    Pointer,
    array_length,
    declared,
    encoded,
    ffi,
    known_text,
    lib,
    memory_input,
    take_fault,
    take_string,
    text,
)
from netconf_server.schema.nodes import SchemaNodes
from netconf_server.schema.rule_paths import allow_rule_paths
from netconf_server.schema.tree import DataTree
from netconf_server.validation.constraints import Constraints

#: What every server implements, with the features that this one has.
_ALWAYS: Final[Mapping[str, Sequence[str]]] = {
    "ietf-netconf": (
        *("candidate", "confirmed-commit", "rollback-on-error", "validate", "startup"),
        *("url", "xpath"),
    ),
    "ietf-factory-default": ("factory-default-datastore",),
    "ietf-netconf-acm": (),
    "ietf-netconf-monitoring": (),
    "ietf-netconf-nmda": ("origin", "with-defaults"),
    "ietf-netconf-with-defaults": (),
    "ietf-netconf-notifications": (),
    "ietf-netconf-partial-lock": (),
    "ietf-yang-library": (),
    "nc-notifications": (),
    "notifications": (),
}

#: Implemented too, and loaded behind all others: libyang implements with them what they refer to
#: in features that nobody has.
_LAST: Final[Mapping[str, Sequence[str]]] = {
    "ietf-subscribed-notifications": ("configured", "encode-xml", "replay", "subtree", "xpath"),
    "ietf-yang-push": ("on-change",),
    "netconf-server-call-home": (),
}

_STANDARD_MODULES: Final = ("share/yang/modules/ietf", "share/yang/modules/iana")


class SchemaError(Exception):
    """The modules cannot be loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleInfo:
    """One module of the schema, implemented or only imported.

    ``submodules`` are pairs of name and revision, ``deviations`` the names of the modules that
    deviate this one.
    """

    name: str
    revision: str | None
    namespace: str
    prefix: str
    yang_version: str
    is_implemented: bool
    features: tuple[str, ...]
    deviations: tuple[str, ...]
    submodules: tuple[tuple[str, str | None], ...]


class Schema:
    """The modules that a server implements, compiled together with all that they import."""

    def __init__(
        self,
        search_directories: Sequence[Path],
        modules: Mapping[str, Sequence[str]],
        *,
        is_running_writable: bool = False,
    ) -> None:
        """Load modules from the directories, each with its enabled features; raises SchemaError.

        Standard modules are found in the installed pyang distribution and in libyang itself.
        ``is_running_writable`` is a feature of ietf-netconf as well as a capability.
        """
        self.context = _new_context([*search_directories, *_standard_directories()])
        self.nodes = SchemaNodes(self.context)
        # Whatever is asked for, the features of the server's own modules are what it does.
        for name, features in {**_ALWAYS, **modules, **_ALWAYS}.items():
            self._load(name, features)
        if is_running_writable:
            self._load("ietf-netconf", (*_ALWAYS["ietf-netconf"], "writable-running"))
        self._unused = self._load_last()
        for module in self._modules():
            if module.implemented and known_text(module.name) not in self._unused:
                self.nodes.add_module(module)
        self._require_operation_attribute()
        allow_rule_paths(self.nodes.top["urn:ietf:params:xml:ns:yang:ietf-netconf-acm", "nacm"])

    @cached_property
    def constraints(self) -> Constraints:
        """The index of what a change can affect."""
        return Constraints(self.nodes)

    def _load_last(self) -> frozenset[str]:
        """Load the last modules; return those that libyang has implemented for no reason.

        RFC 7950 §5.6.5: implemented must be what a supported statement refers to, not these.
        """
        before = self._implemented()
        for name, features in _LAST.items():
            self._load(name, features)
        return self._implemented() - before - _LAST.keys()

    def _implemented(self) -> frozenset[str]:
        return frozenset(known_text(each.name) for each in self._modules() if each.implemented)

    def _load(self, name: str, features: Sequence[str]) -> None:
        names = [feature.encode() for feature in features]
        kept = [ffi.new("char[]", feature) for feature in names]
        array = ffi.new("const char *[]", [*kept, NULL])
        if not lib.ly_ctx_load_module(self.context, encoded(name), NULL, array):
            fault = take_fault(self.context)
            raise SchemaError(f"YANG module {name}: {fault.message}")

    def _require_operation_attribute(self) -> None:
        """Make sure that ``nc:operation`` is known: else libyang would drop it in silence."""
        probe = (
            b'<modules-state xmlns="urn:ietf:params:xml:ns:yang:ietf-yang-library"'
            b' xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete"/>'
        )
        with self.parse(probe, DataFormat.XML, with_state=True) as tree:
            if next(tree.children).metadata("operation") != "delete":
                raise SchemaError("ietf-netconf is not in the context of data")

    def _modules(self) -> Iterator[Pointer]:
        index = ffi.new("uint32_t *")
        while module := lib.ly_ctx_get_module_iter(self.context, index):
            yield module

    def modules(self) -> list[ModuleInfo]:
        """Return all modules, the imported ones among them."""
        return [_module_info(module, self._unused) for module in self._modules()]

    def source(self, name: str, revision: str | None = None) -> str:
        """Return the YANG text of a module or submodule; raises KeyError.

        Without a revision the text of the newest one is returned.
        """
        module = _find_module(self.context, name, revision)
        if not module:
            return self._submodule_source(name, revision)
        if module.filepath:
            return _read(module.filepath)
        holder = ffi.new("char **")
        lib.lys_print_mem(holder, module, lib.LYS_OUT_YANG, 0)
        return take_string(holder).decode()

    def _submodule_source(self, name: str, revision: str | None) -> str:
        for module in self._modules():
            for submodule in _includes(module):
                known = _submodule_revision(submodule)
                if known_text(submodule.name) == name and revision in (None, known):
                    return _read(submodule.submodule.filepath)
        raise KeyError(name)

    def namespace_of(self, module: str) -> str:
        """Return the namespace of a module; raises KeyError."""
        found = _find_module(self.context, module, None)
        if not found:
            raise KeyError(module)
        return known_text(found.ns)

    def new_tree(self) -> DataTree:
        """Make an empty tree."""
        return DataTree(self.context, self.nodes)

    def parse(self, data: bytes, encoding: DataFormat, *, with_state: bool = False) -> DataTree:
        """Parse instance data, checking only names and values; raises LibraryError."""
        flags = lib.LYD_PARSE_ONLY | lib.LYD_PARSE_STRICT
        if not with_state:
            flags |= lib.LYD_PARSE_NO_STATE
        holder = ffi.new("struct lyd_node **")
        with memory_input(data) as source:
            status = lib.lyd_parse_data(
                self.context, NULL, source, encoding.value, flags, 0, holder
            )
        if status != lib.LY_SUCCESS:
            raise LibraryError(take_fault(self.context))
        tree = DataTree(self.context, self.nodes, holder[0])
        for node in tree.children:
            keep_content(node)
        return tree


def _new_context(directories: Sequence[Path]) -> Pointer:
    holder = ffi.new("struct ly_ctx **")
    path = ":".join(str(directory) for directory in directories if directory.is_dir())
    if lib.ly_ctx_new(encoded(path), lib.LY_CTX_DISABLE_SEARCHDIR_CWD, holder) != lib.LY_SUCCESS:
        raise SchemaError(f"libyang cannot search for modules in {path}")
    return ffi.gc(holder[0], lib.ly_ctx_destroy)


def _standard_directories() -> Iterator[Path]:
    """Yield our own folder, and where pyang has put the modules of the IETF and of IANA."""
    yield Path(__file__).parent.parent / "yang"
    wanted = set(_STANDARD_MODULES)
    for file in distribution("pyang").files or ():
        place = next((part for part in wanted if part in file.as_posix()), None)
        if place is not None:
            wanted.discard(place)
            yield Path(str(file.locate())).resolve().parent


def _read(path: Pointer) -> str:
    return Path(known_text(path)).read_text(encoding="utf-8")


def _find_module(context: Pointer, name: str, revision: str | None) -> Pointer:
    if revision is None:
        return lib.ly_ctx_get_module_latest(context, encoded(name))
    return lib.ly_ctx_get_module(context, encoded(name), encoded(revision))


def _module_info(module: Pointer, unused: Collection[str]) -> ModuleInfo:
    is_implemented = bool(module.implemented) and known_text(module.name) not in unused
    deviated_by = module.deviated_by
    return ModuleInfo(
        name=known_text(module.name),
        revision=text(module.revision),
        namespace=known_text(module.ns),
        prefix=known_text(module.prefix),
        yang_version="1.1" if module.parsed.version >= YANG_VERSION_1_1 else "1",
        is_implemented=is_implemented,
        features=tuple(_enabled_features(module)) if is_implemented else (),
        deviations=tuple(
            known_text(deviated_by[index].name) for index in range(array_length(deviated_by))
        ),
        submodules=tuple(
            (known_text(include.name), _submodule_revision(include))
            for include in _includes(module)
        ),
    )


def _enabled_features(module: Pointer) -> Iterator[str]:
    index = ffi.new("uint32_t *")
    feature = lib.lysp_feature_next(NULL, module.parsed, index)
    while feature:
        if feature.flags & lib.LYS_FENABLED:
            yield known_text(feature.name)
        feature = lib.lysp_feature_next(feature, module.parsed, index)


def _includes(module: Pointer) -> Iterator[Pointer]:
    includes = module.parsed.includes
    items = declared.cast("struct include *", includes)
    for index in range(array_length(includes)):
        yield items[index]


def _submodule_revision(include: Pointer) -> str | None:
    return text(include.submodule.newest_revision)
