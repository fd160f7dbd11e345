"""The hardware in Amaranth: the engine's blocks, the link to a host, and the library of both."""
