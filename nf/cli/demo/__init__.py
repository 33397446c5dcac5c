"""A mobility domain in network namespaces: what ``pmip6 demo`` runs and the tests drive."""
