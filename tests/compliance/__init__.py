"""From each section of an RFC to the code that carries it out and the tests that show it."""
