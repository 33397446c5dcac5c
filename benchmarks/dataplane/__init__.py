"""How fast the kernel drivers are."""
