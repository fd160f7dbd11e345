"""Formats: each struct that crosses a port of the engine or the link is declared once, here.

A declaration gives the layout in hardware (`hdl.library.layout`), packing and unpacking of integers
and of arrays, the entry in the manifest, and the row of a table in the docs. All of it is plain
Python and NumPy: the host and the docs use it without a hardware language.
"""
