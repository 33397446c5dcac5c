"""Sessions and their messages (RFC 6241 §4), and what the server says of itself."""
