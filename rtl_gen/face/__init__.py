"""The public functions and classes of `pulsetrain`, on top of all other rooms.

The commands call the same functions. Users import the names from `pulsetrain` itself.
"""
