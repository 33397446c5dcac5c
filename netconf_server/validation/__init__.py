"""Which constraints a change can break, and the errors when it does (RFC 7950 §8)."""
