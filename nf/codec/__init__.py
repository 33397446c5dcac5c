"""Bytes to values and back: Mobility Header, DHCPv6 and neighbour discovery; no I/O, no rules."""
