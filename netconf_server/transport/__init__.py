"""Connections, by SSH (RFC 6242), TLS (RFC 7589) and call home (RFC 8071)."""
