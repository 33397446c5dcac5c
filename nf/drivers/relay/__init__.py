"""DHCPv6 messages to and from delegating routers elsewhere in the domain (RFC 8415 §19)."""
