"""A NETCONF server in Python: knows YANG and its Provider, knows nothing of what it manages."""
