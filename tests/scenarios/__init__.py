"""Whole domains in virtual time: what may go wrong, and what must hold all the same."""
