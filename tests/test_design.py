"""The resolved design: every omitted value gets one value, which all other rooms read."""

import ast
from pathlib import Path

import pytest
from small import small_config

from pulsetrain.spec import Config
from pulsetrain.spec.design import Design

ROOT = Path(__file__).parents[1]
RESOLVED = {"substates": "device", "conductance_bits": "device", "refresh_state": "update",
            "method": "update", "pulse_probability": "update", "pulse_decay": "update"}
"""Properties of `Design` that resolve a value of the same name, and its section."""


def unresolved_reads(text: str) -> list[str]:
    """The lines of the source `text` that read one of `RESOLVED` from the configuration."""
    return [ast.unparse(node) for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Attribute) and node.attr in RESOLVED
            and getattr(node.value, "attr", getattr(node.value, "id", None)) == RESOLVED[node.attr]]


@pytest.mark.parametrize("folder", ["rtl_gen", "sim", "boards", "docs"])
def test_only_the_room_spec_reads_unresolved_values(folder):
    paths = [path for path in (ROOT / folder).rglob("*.py")
             if ROOT / "rtl_gen" / "spec" not in path.parents]
    assert paths
    for path in paths:
        assert not unresolved_reads(path.read_text()), path


@pytest.mark.parametrize("text", ["config.update.refresh_state", "device.substates + 1",
                                  "self._config.device.conductance_bits"])
def test_a_read_of_an_unresolved_value_is_found(text):
    assert unresolved_reads(text)


def test_no_other_name_has_two_meanings():
    parts = [field.annotation for field in Config.model_fields.values()]
    written = {name for part in parts for name in getattr(part, "model_fields", {})}
    own = {name for name in vars(Design) if not name.startswith("_")}
    assert written & own == RESOLVED.keys()


def test_omitted_values_are_resolved():
    config = small_config(update={"pulse_probability": "auto"})
    for name, section in RESOLVED.items():
        assert getattr(getattr(config, section), name) in (None, "auto")
        assert getattr(config.design, name) not in (None, "auto", 0)
