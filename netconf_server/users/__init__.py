"""Who may log in, and how that is checked."""
