"""YANG data to engine types and back: pure, without I/O, without a server."""
