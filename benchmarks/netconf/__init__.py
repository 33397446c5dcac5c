"""NETCONF servers under configurations of different sizes (see ``__main__``)."""
