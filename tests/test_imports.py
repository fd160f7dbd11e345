"""The rooms of the project: data flow through them in one direction, and so do imports."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {"rtl_gen": ("pulsetrain",), "sim": ("pulsetrain", "sim"),
           "boards": ("pulsetrain", "boards")}
"""Folders of the repository, and the packages that they become."""

GENERATOR = ("spec", "device", "golden", "formats", "registers", "memory_map", "store",
             "protocol", "bus_map", "hdl", "emit")
"""The rooms of the generator in the order of data; a room imports only those before it."""

ALLOWED = {room: set(GENERATOR[:place]) for place, room in enumerate(GENERATOR)} | {
    "compiled": {"spec", "device", "golden"},
    "data": {"spec"},
    "run": {"spec", "device", "golden", "registers", "data"},
    "weights": {"spec", "device", "golden", "data"},
    "cost": {"spec"},
    "host": {"spec", "device", "golden", "formats", "registers", "memory_map", "store", "protocol",
             "bus_map", "data", "run"},
    "litex": {*GENERATOR, "host"},
    "report": {"spec", "device", "golden", "registers", "data", "run", "sweep", "tuning"},
    "sweep": {"spec", "device", "golden", "compiled", "data", "run"},
    "tuning": {"spec", "device", "golden", "compiled", "data", "run", "sweep"},
    "watch": {"spec", "device", "golden", "data", "run", "report"},
    "bench": {"spec", "golden", "compiled", "data", "run"},
    "fpga": {*GENERATOR, "cost"},
    "boards": {*GENERATOR, "fpga"},
    "face": {*GENERATOR, "compiled", "cost", "data", "run", "host", "report", "fpga", "boards",
             "sim", "sweep", "tuning", "weights"},
    "sim": {*GENERATOR, "bench", "compiled", "data", "run", "host", "fpga", "boards"},
}
PLAIN = ("spec", "device", "golden", "formats", "compiled", "registers", "memory_map", "protocol",
         "bus_map", "store", "data", "run", "report", "host", "sweep", "tuning", "bench", "cost",
         "watch", "weights")
"""Rooms that import no hardware languages and simulators."""


@cache
def modules():
    """(path, dotted name of the module, names it imports) of all our modules."""
    return list(_modules())


def _modules():
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = (*package, *path.relative_to(ROOT / folder).with_suffix("").parts)
            is_package = parts[-1] == "__init__"
            name = parts[:-1] if is_package else parts
            package_parts = name if is_package else name[:-1]
            yield path, ".".join(name), set(imports(path, package_parts))


def imports(path, package):
    """Dotted names that the module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*package[:len(package) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            yield from (".".join([*base, alias.name]) for alias in node.names)


def room(name):
    """The room of the dotted `name`; None outside of Pulsetrain, "" for a module in no room."""
    parts = name.split(".")
    if parts[0] != "pulsetrain":
        return None
    rooms = {*ALLOWED, "cli"}
    return parts[1] if len(parts) > 1 and parts[1] in rooms else ""


def test_modules_are_found():
    assert len(modules()) > 40


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_room_imports_only_what_is_before_it(name):
    found = 0
    for path, module, imported in modules():
        if room(module) != name:
            continue
        found += 1
        rooms = {room(target) for target in imported} - {None, "", name}
        assert rooms <= ALLOWED[name], f"{path} imports {sorted(rooms - ALLOWED[name])}"
    assert found, f"there is no room {name}"


def test_no_room_imports_the_command():
    for path, module, imported in modules():
        if room(module) != "cli":
            assert "cli" not in {room(target) for target in imported}, path


def test_plain_rooms_import_no_hardware_language():
    for path, module, imported in modules():
        if room(module) in PLAIN:
            tops = {target.split(".")[0] for target in imported}
            assert not tops & {"amaranth", "cocotb", "cocotb_tools"}, path


def test_only_the_compiled_room_imports_numba():
    for path, module, imported in modules():
        if room(module) != "compiled":
            assert "numba" not in {target.split(".")[0] for target in imported}, path


def test_only_the_litex_room_imports_litex():
    for path, module, imported in modules():
        if room(module) != "litex":
            tops = {target.split(".")[0] for target in imported}
            assert not tops & {"litex", "litex_boards", "migen"}, path


def loaded(code):
    """The packages that a new interpreter has loaded after `code`."""
    code += "; import sys; print(*{name.split('.')[0] for name in sys.modules})"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                           check=True)
    return set(ended.stdout.split())


def test_modules_of_tests_and_docs_have_names_of_their_own():
    """Both folders are on the path when a test reads a table of the documentation."""
    tests, docs = ({path.stem for path in (ROOT / folder).glob("*.py")}
                   for folder in ("tests", "docs"))
    assert not tests & docs


def test_golden_and_run_load_without_amaranth_and_numba():
    found = loaded("import pulsetrain.golden, pulsetrain.run, pulsetrain.compiled")
    assert "numpy" in found
    assert not found & {"amaranth", "cocotb", "numba"}


def test_the_server_in_a_simulator_starts_without_numpy_and_the_configuration():
    """Every start of a simulator would take twice as long."""
    found = loaded("import pulsetrain.sim.cocotb_server")
    assert "cocotb" in found
    assert not found & {"numpy", "pydantic"}
