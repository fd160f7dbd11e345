"""How kernels are compiled: at their first call, and kept on disk where there is a place for it.

Kernels allocate nothing, so reference counting (`_nrt`) is off: it took most of the time.
"""

from collections.abc import Callable

from numba import njit


def kernel(function: Callable) -> Callable:
    """`function`, compiled; it can neither allocate arrays nor return a part of one."""
    try:
        return njit(cache=True, nogil=True, _nrt=False)(function)
    except RuntimeError:  # numba finds no folder that it can write to
        return njit(nogil=True, _nrt=False)(function)


def view(function: Callable) -> Callable:
    """`function`, which returns a part of an array, written out in the kernels that call it."""
    return njit(inline="always")(function)
