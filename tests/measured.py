"""Texts of measured points, and the conductances that tests expect from them."""

import pytest

LONG = "curve,pulse,conductance_uS\n"
"""The header of the long form."""


def micro(*values):
    """Values in uS as siemens."""
    return pytest.approx([1e-6 * value for value in values])
