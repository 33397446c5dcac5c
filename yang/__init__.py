"""Our YANG modules, as data of a package, so that an installed daemon finds them."""
