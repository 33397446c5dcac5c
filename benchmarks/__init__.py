"""Scripts that print figures; each tells how it is run."""
