"""The blocks of the engine, one file each, named as in the golden model."""
