"""The mobility driver: Mobility Header messages on raw sockets."""
