"""How fast one LMA process answers on a real socket, and what its bindings weigh."""
