"""Which part of the data a client asks for (RFC 6241 §6, §8.9)."""
