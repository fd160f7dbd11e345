"""Buses: the engine behind the registers and streams of a system on a chip."""
