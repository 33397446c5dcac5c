"""YANG modules and data by them: the only part that speaks to libyang."""
