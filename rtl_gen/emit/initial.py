"""Initial values: taken out of emitted Verilog, for devices that cannot load them."""

import re

_MODULE = re.compile(r"^module .*?^endmodule$", re.DOTALL | re.MULTILINE)
_REGISTER = re.compile(r"^(\s*reg (?:signed )?(?:\[\d+:0\] )?\S+) += [^;]+;", re.MULTILINE)
_MEMORY = re.compile(r"^  initial begin\n    (\S+)\s*\[\d+\] = .*?^  end\n",
                     re.DOTALL | re.MULTILINE)


def without_initial_values(verilog: str) -> str:
    """The emitted `verilog`, in which registers and memories begin with unknown values.

    A memory that is never written is a table; its contents stay.
    """
    return _MODULE.sub(lambda module: _uninitialised(module[0]), verilog)


def _uninitialised(module: str) -> str:
    def memory(found: re.Match[str]) -> str:
        written = rf"^\s*(?:if \(.*\)\s*)?{re.escape(found[1])}\s*\[.*\] <= "
        return "" if re.search(written, module, re.MULTILINE) else found[0]

    return _MEMORY.sub(memory, _REGISTER.sub(r"\1 ;", module))
