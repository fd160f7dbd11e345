"""Conductances as people read them: the units of `rtl_gen.spec.units`."""

from rtl_gen.spec.units import conductance, unit_of

__all__ = ["conductance", "unit_of"]
