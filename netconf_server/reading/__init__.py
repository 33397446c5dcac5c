"""Reading datastores: from a filter to the bytes of a reply, a slice at a time.

A reply is a walk over the schema (``walk``) that yields tokens (``tokens``). Configuration is
printed by the library in place, a run of entries at a time, and stays what it was when the read
began (``content``); state is written straight from the provider's values (``state_xml``). Nothing
large is ever built as a whole, but for filters that need to see everything at once (``whole``).
"""
