"""The C library libyang: its functions, its strings, its list of errors; no rules of YANG.

The Python binding compiles the structures in; functions that it leaves out are called in the same
shared library through a second, declaration-only interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import _libyang
import cffi
import libyang  # noqa: F401 - its import sets the library's logging: let it do so before us

#: A pointer into the C library; which structure it points to, the function that takes it says.
Pointer: TypeAlias = Any

ffi: Final[Any] = _libyang.ffi
lib: Final[Any] = _libyang.lib

NULL: Final[Pointer] = ffi.NULL

declared: Final[Any] = cffi.FFI()
declared.cdef(
    """
    void lyd_unlink_tree(void *node);
    int lyd_insert_sibling(void *sibling, void *node, void **first);
    int lyd_insert_before(void *sibling, void *node);
    int lyd_insert_after(void *sibling, void *node);
    int lyd_find_sibling_val(void *siblings, void *schema, const char *key_or_value,
                             size_t val_len, void **match);
    int lyd_find_sibling_first(const void *siblings, const void *target, void **match);
    int lyd_compare_single(void *node1, void *node2, uint32_t options);
    int lyd_eval_xpath3(const void *node, const void *module, const char *xpath, int format,
                        void *prefixes, const void *variables, uint8_t *result);
    int lys_find_expr_atoms(const void *context, const void *module, const void *expression,
                            const void *prefixes, uint32_t options, void **set);
    int lyd_new_implicit_tree(void *node, uint32_t options, void **diff);
    int lydict_remove(void *context, void *value);
    uint8_t lyd_is_default(const void *node);
    struct submodule {
        void *module; const char *newest_revision; void *lists[13];
        uint8_t version; uint8_t flags; const char *name; const char *filepath;
    };
    struct include {
        struct submodule *submodule; const char *name; const char *texts[2]; void *extensions;
        char revision[11]; uint8_t injected;
    };
    """
)
extra: Final[Any] = declared.dlopen("libyang.so.2")

YANG_VERSION_1_1: Final = 2

COMPARE_FULL_RECURSION: Final = 0x01
COMPARE_DEFAULTS: Final = 0x02

_LOCATION = re.compile(r'^(?P<kind>Data|Schema) location "(?P<path>.*?)"(?:, line number \d+)?\.$')

# Errors are kept in the context with their paths, and printed nowhere.
lib.ly_log_options(lib.LY_LOSTORE)
lib.ly_set_log_clb(NULL, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One error of the library, in its separate fields."""

    message: str
    data_path: str | None = None
    schema_path: str | None = None
    app_tag: str | None = None


def text(pointer: Pointer) -> str | None:
    """Return a C string that may be absent."""
    return ffi.string(pointer).decode() if pointer else None


def known_text(pointer: Pointer) -> str:
    """Return a C string that is always there."""
    value: str = ffi.string(pointer).decode()
    return value


def encoded(value: str | None) -> Pointer:
    """Turn a string into an argument of the library."""
    return NULL if value is None else value.encode()


def take_fault(context: Pointer) -> Fault:
    """Return the first error that the library kept, and clear all of them."""
    item = lib.ly_err_first(context)
    if not item:
        return Fault(message="libyang failed without a reason")
    fault = _read_fault(item)
    lib.ly_err_clean(context, NULL)
    return fault


def forget_faults(context: Pointer) -> None:
    """Clear errors that only say what a status already said."""
    lib.ly_err_clean(context, NULL)


def _read_fault(item: Pointer) -> Fault:
    location = _LOCATION.match(text(item.path) or "")
    kind = location["kind"] if location else None
    path = location["path"] if location else None
    return Fault(
        message=text(item.msg) or "",
        data_path=path if kind == "Data" else None,
        schema_path=path if kind == "Schema" else None,
        app_tag=text(item.apptag),
    )


@contextmanager
def memory_input(data: bytes) -> Iterator[Pointer]:
    """Give the library bytes to read from, without a copy: Python ends them with a NUL."""
    handle = ffi.new("struct ly_in **")
    lib.ly_in_new_memory(ffi.from_buffer("char[]", data), handle)
    try:
        yield handle[0]
    finally:
        lib.ly_in_free(handle[0], 0)


def array_length(array: Pointer) -> int:
    """Return the length of one of libyang's arrays, which is kept in front of the first item."""
    return int(ffi.cast("uint64_t *", array)[-1]) if array else 0


def take_string(holder: Pointer) -> bytes:
    """Return a string that the library allocated for the caller, and free it."""
    if not holder[0]:
        return b""
    try:
        return bytes(ffi.string(holder[0]))
    finally:
        lib.free(holder[0])
