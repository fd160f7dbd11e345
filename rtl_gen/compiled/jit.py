"""How kernels are compiled: at their first call; they are kept on disk if a folder can be written.

Kernels allocate nothing, so reference counting (`_nrt`) is off: it took most of the time.
"""

from collections.abc import Callable
from typing import Any

import numba

njit: Any = numba.njit
config: Any = numba.config
"""Their type stubs lack `_nrt` and all settings."""

if config.DISABLE_JIT:
    raise RuntimeError("numba's compiler is switched off")


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, compiled; it can neither allocate arrays nor return a part of one."""
    try:
        return njit(cache=True, nogil=True, _nrt=False)(function)
    except RuntimeError:  # numba finds no folder that it can write to
        return njit(nogil=True, _nrt=False)(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, compiled into the kernels that call it."""
    return njit(_nrt=False, forceinline=True, no_cpython_wrapper=True,
                no_cfunc_wrapper=True)(function)


def view(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which returns a part of an array, inlined in the kernels that call it."""
    return njit(inline="always")(function)
