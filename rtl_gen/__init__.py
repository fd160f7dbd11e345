"""Pulsetrain's generator: from one configuration to hardware that learns.

A sample walks through the rooms from left to right, and never back::

    spec -> device -> golden -> hdl -> emit        (sim and boards run what emit wrote)

`spec` says what is built, `golden` specifies every bit of it, `hdl` is the same composition in
Amaranth, `run` holds the one training loop, and `cli` is the `pulsetrain` command.
"""

__version__ = "0.1.0"
