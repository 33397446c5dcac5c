"""Heartbeats between the peers of a domain, shared by both roles (RFC 5847)."""
