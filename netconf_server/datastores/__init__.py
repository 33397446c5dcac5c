"""Running, candidate and startup: what changes them, and what that comes to."""
