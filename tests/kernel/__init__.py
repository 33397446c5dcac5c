"""Kernel drivers in real network namespaces, looked at from outside: packets on the wire."""
