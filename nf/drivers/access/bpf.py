"""Just enough of the system call bpf(2): maps, and programs that filter what a socket receives."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from struct import Struct
from typing import Final

#: Numbers of the system call (asm/unistd.h).
_SYSTEM_CALLS: Final = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "ppc64le": 361}
_MAP_CREATE, _MAP_LOOKUP, _MAP_UPDATE, _MAP_DELETE, _PROG_LOAD = 0, 1, 2, 3, 5
_HASH, _ARRAY, _RECENT = 1, 2, 9
#: Elements take memory when they are there, not before (BPF_F_NO_PREALLOC).
_AS_NEEDED: Final = 1
_SOCKET_FILTER: Final = 1
_NEW_ONLY: Final = 1
#: No function that we call is for programs under the GPL only.
_LICENCE: Final = b"Apache-2.0"

_CREATION: Final = Struct("=IIIII")
_ELEMENT: Final = Struct("=I4xQQQ")
_LOADING: Final = Struct("=IIQQ")

_libc = ctypes.CDLL(None, use_errno=True)


class BpfMap:
    """A table in the kernel that programs share with us."""

    def __init__(self, kind: int, key_size: int, value_size: int, size: int, flags: int) -> None:
        """Make the table; raises OSError."""
        self._key_size, self._value_size = key_size, value_size
        self.fd = _call(_MAP_CREATE, _CREATION.pack(kind, key_size, value_size, size, flags))

    @classmethod
    def table(cls, key_size: int, value_size: int, size: int) -> BpfMap:
        """Return an empty table of at most so many elements; raises OSError."""
        return cls(_HASH, key_size, value_size, size, _AS_NEEDED)

    @classmethod
    def recent(cls, key_size: int, value_size: int, size: int) -> BpfMap:
        """Return an empty table that makes room by what was used longest ago; raises OSError."""
        return cls(_RECENT, key_size, value_size, size, 0)

    @classmethod
    def record(cls, value_size: int) -> BpfMap:
        """Return a single element, all zero, whose key is a zero of 32 bits; raises OSError."""
        return cls(_ARRAY, 4, value_size, 1, 0)

    def add(self, key: bytes, value: bytes) -> None:
        """Add an element unless it is there; raises OSError, where there is no room too."""
        try:
            self._on_element(_MAP_UPDATE, key, ctypes.create_string_buffer(value), _NEW_ONLY)
        except FileExistsError:
            return

    def remove(self, key: bytes) -> None:
        """Remove an element if it is there; raises OSError."""
        try:
            self._on_element(_MAP_DELETE, key, None, 0)
        except FileNotFoundError:
            return

    def read(self, key: bytes) -> bytes:
        """Return the value of an element; raises OSError."""
        value = ctypes.create_string_buffer(self._value_size)
        self._on_element(_MAP_LOOKUP, key, value, 0)
        return value.raw

    def close(self) -> None:
        """Let go of the table; it goes with the last program that uses it."""
        os.close(self.fd)

    def _on_element(
        self, command: int, key: bytes, value: ctypes.Array[ctypes.c_char] | None, flags: int
    ) -> None:
        held = ctypes.create_string_buffer(key, self._key_size)
        value_at = 0 if value is None else ctypes.addressof(value)
        _call(command, _ELEMENT.pack(self.fd, ctypes.addressof(held), value_at, flags))


def load_socket_filter(instructions: bytes) -> int:
    """Return the descriptor of a program that the kernel has checked; raises OSError."""
    code = ctypes.create_string_buffer(instructions, len(instructions))
    licence = ctypes.create_string_buffer(_LICENCE)
    count = len(instructions) // 8
    return _call(
        _PROG_LOAD,
        _LOADING.pack(_SOCKET_FILTER, count, ctypes.addressof(code), ctypes.addressof(licence)),
    )


def _call(command: int, attributes: bytes) -> int:
    number = _SYSTEM_CALLS.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    size = 72
    held = ctypes.create_string_buffer(attributes + bytes(size - len(attributes)), size)
    result = int(_libc.syscall(number, command, held, size))
    if result < 0:
        fault = ctypes.get_errno()
        raise OSError(fault, os.strerror(fault))
    return result
