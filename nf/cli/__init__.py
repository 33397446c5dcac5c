"""The command ``pmip6``: the daemon, what looks at it, and the demonstration."""
