"""Values of the type node-instance-identifier, as RFC 8341 §3.5.2 has them.

For libyang such a value is an instance-identifier in which a list has all of its keys or none, and
no variable may stand. RFC 8341 lets single keys be left out, and be compared with ``$USER``. So a
step with such keys is given to libyang without any, and gets them back where the value is handed
out. Whether they are keys of the list, and their values of the keys' types, is for others to check.
"""

from __future__ import annotations

import re
from typing import Final

import cffi

from netconf_server.schema.native import Pointer, ffi, lib
from netconf_server.schema.nodes import SchemaNode

_STEP: Final = re.compile(rb"""/(?:[^/'"]|'[^']*'|"[^"]*")*""")
_KEY: Final = re.compile(
    rb"""\[\s*(?:[\w.-]+:)?(?P<name>[\w-][\w.-]*)\s*=\s*
        (?P<value>'[^']*'|"[^"]*"|\$USER)\s*\]\s*""",
    re.VERBOSE,
)
_PREFIX: Final = re.compile(rb"/\s*([\w.-]+:)")

_STORE_DYNAMIC: Final = 1

#: Where names are qualified by modules: what the library keeps is handed out as it is.
_CANONICAL_FORMS: Final = frozenset({lib.LY_VALUE_CANON, lib.LY_VALUE_JSON, lib.LY_VALUE_LYB})

_plugins: Final = cffi.FFI()
_plugins.cdef(
    """
    typedef int (*store_callback)(void *context, void *type, char *value, size_t length,
        uint32_t options, int format, void *prefixes, uint32_t hints, void *node, void *storage,
        void *unresolved, void **error);
    typedef char *(*print_callback)(void *context, void *value, int format, void *prefixes,
        uint8_t *dynamic, size_t *length);
    struct plugin {
        const char *id; store_callback store; void *validate; void *compare; void *sort;
        print_callback print; void *duplicate; void *free; int32_t lyb_length;
    };
    void lyplg_type_compare_simple(void);
    int lydict_insert(void *context, const char *value, size_t length, char **kept);
    int lydict_remove(void *context, char *value);
    void ly_err_free(void *error);
    void ly_err_clean(void *context, void *error);
    void free(void *memory);
    char *strdup(const char *text);
    """
)
_library: Final = _plugins.dlopen("libyang.so.2")
_c: Final = _plugins.dlopen(None)


def without_keys(path: bytes, *, only_variable: bool) -> bytes:
    """Leave the keys out of all steps, or of those in which one is compared with the variable."""
    return b"".join(
        step if only_variable and not _has_variable(step) else _KEY.sub(b"", step)
        for step in _STEP.findall(path)
    )


def _has_variable(step: bytes) -> bool:
    return any(key["value"] == b"$USER" for key in _KEY.finditer(step))


def with_keys(path: bytes, keys_from: bytes) -> bytes:
    """Put the keys of another path's steps, in the path's own prefixes, where it has none."""
    steps = _STEP.findall(path)
    for place, (step, other) in enumerate(zip(steps, _STEP.findall(keys_from), strict=True)):
        if not _KEY.search(step):
            found = _PREFIX.match(step)
            prefix = found[1] if found else b""
            keys = (b"[%s%s=%s]" % (prefix, *key.group(1, 2)) for key in _KEY.finditer(other))
            steps[place] = step.rstrip() + b"".join(keys)
    return b"".join(steps)


class _RulePathPlugin:
    """libyang's plugin for the type, with the difference that this module is for."""

    def __init__(self, original: Pointer) -> None:
        self._original = original
        self._store = _plugins.callback("store_callback", self._store_value, error=lib.LY_EINT)
        self._print = _plugins.callback("print_callback", self._print_value, error=_plugins.NULL)
        self.plugin = _plugins.new("struct plugin *", original[0])
        self.plugin.store = self._store
        self.plugin.print = self._print
        self.plugin.compare = _plugins.cast("void *", _library.lyplg_type_compare_simple)

    @property
    def address(self) -> int:
        """Where the plugin is."""
        return int(_plugins.cast("uintptr_t", self.plugin))

    def _store_value(
        self,
        context: Pointer,
        kind: Pointer,
        value: Pointer,
        length: int,
        options: int,
        *others: Pointer,
    ) -> int:
        given = bytes(_plugins.buffer(value, length)) if length else b""
        if options & _STORE_DYNAMIC:
            _c.free(value)
        plain = options & ~_STORE_DYNAMIC
        status = self._try(context, kind, without_keys(given, only_variable=True), plain, *others)
        if status != lib.LY_SUCCESS and _KEY.search(given):
            _forget(context, others[-1])
            bare = without_keys(given, only_variable=False)
            status = self._try(context, kind, bare, plain, *others)
        if status == lib.LY_SUCCESS:
            _complete(context, _canonical_of(others[-3]), given)
        return status

    def _try(
        self, context: Pointer, kind: Pointer, path: bytes, options: int, *others: Pointer
    ) -> int:
        text = _plugins.new("char[]", path)
        return int(self._original.store(context, kind, text, len(path), options, *others))

    def _print_value(
        self,
        context: Pointer,
        value: Pointer,
        form: int,
        prefixes: Pointer,
        dynamic: Pointer,
        length: Pointer,
    ) -> Pointer:
        text = self._original.print(context, value, form, prefixes, dynamic, length)
        if not text or form in _CANONICAL_FORMS:
            return text
        written = with_keys(_plugins.string(text), _plugins.string(_canonical_of(value)[0]))
        if dynamic[0]:
            _c.free(text)
        dynamic[0] = 1
        if length:
            length[0] = len(written)
        return _c.strdup(written)


def _forget(context: Pointer, error: Pointer) -> None:
    """Clear the error of a first try: parsing has come this far without another."""
    _library.ly_err_clean(context, _plugins.NULL)
    _library.ly_err_free(error[0])
    error[0] = _plugins.NULL


def _canonical_of(value: Pointer) -> Pointer:
    """Return where a stored value has its canonical form: in its first member."""
    return _plugins.cast("char **", value)


def _complete(context: Pointer, canonical: Pointer, given: bytes) -> None:
    """Put the keys that were left out into the canonical form."""
    stored = _plugins.string(canonical[0])
    written = with_keys(stored, given)
    if written != stored:
        _library.lydict_remove(context, canonical[0])
        _library.lydict_insert(context, written, len(written), canonical)


#: The plugins by their addresses and those of libyang's; they serve every schema of the process.
_known: Final[dict[int, _RulePathPlugin]] = {}


def allow_rule_paths(nacm: SchemaNode) -> None:
    """Have the paths of the rules below ``/nacm`` taken as RFC 8341 has them."""
    for step in ("rule-list", "rule", "path"):
        nacm = nacm.children[nacm.namespace, step]
    leaf_type = ffi.cast("struct lysc_node_leaf *", nacm.pointer).type
    address = int(ffi.cast("uintptr_t", leaf_type.plugin))
    if address not in _known:
        plugin = _RulePathPlugin(_plugins.cast("struct plugin *", address))
        _known[address] = _known[plugin.address] = plugin
    leaf_type.plugin = ffi.cast("struct lyplg_type *", _known[address].address)
