"""Who tells of nodes before any packet of theirs does: access points and the like."""
