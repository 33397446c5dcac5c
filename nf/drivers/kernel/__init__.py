"""Tunnels and routes in the Linux kernel; the only part that speaks rtnetlink."""
