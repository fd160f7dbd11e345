"""What the package `pulsetrain` offers to programs and notebooks, on top of all other rooms.

The commands call the same functions. Users import the names from `pulsetrain` itself.
"""
