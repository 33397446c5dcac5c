"""Notifications: events, their log, and who gets which of them (RFC 5277, RFC 8639, RFC 8641)."""
