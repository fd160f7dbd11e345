"""`python -m rtl_gen.cli` is the command `pulsetrain`."""

from .app import main

main()
