"""The engine's blocks, one file each, under the names that the golden model has for them."""
