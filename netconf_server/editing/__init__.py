"""edit-config (RFC 6241 §7.2): from a client's XML to changes of a tree."""
