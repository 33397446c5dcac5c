"""Binding revocation: what initiator and responder are in either role (RFC 5846 §6)."""
