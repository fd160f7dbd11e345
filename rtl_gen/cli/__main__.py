"""`python -m rtl_gen.cli` is the command `pulsetrain`."""

from . import main

main()
