"""`python -m pulsetrain.cli` is the command `pulsetrain`."""

from . import main

main()
