"""The only I/O of the function: kernel, mobility socket, access links, clock and store."""
