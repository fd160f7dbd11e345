"""No word of a memory is needed while it is written, as synthesis assumes."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from faults import compare_verilog, fault_config, table_fault_config

from pulsetrain.emit import VERILOG, generate
from pulsetrain.spec import Config

MEMORY = re.compile(r"\(\* no_rw_check = .*? \*\)\s+reg \[(\d+):0\] (\S+)\s+\[\d+:0\];")
MEMORIES = 8
"""Deltas, trits, groups, hidden events, input events, synapses (one bank), addresses of rows
in the pipeline, and counters."""


def unknown_where_written(verilog: str, collides: str = "({enable}) && {written} == {read}") -> str:
    """`verilog`, but a read of the word that is being written is unknown.

    `collides`: when a read is unknown, of a write's enable and address and of the read's address.
    """
    modules = re.split(r"(?<=^endmodule\n)", verilog, flags=re.MULTILINE)
    found = 0
    for index, module in enumerate(modules):
        for bits, name in MEMORY.findall(module):
            word = re.escape(name) + r"\s*"
            writes = re.findall(rf"(?:if \((.+)\)\s+)?{word}\[([^\]]+)\](?:\[[\d:]+\])? <= ",
                                module)
            written, = {address for _, address in writes}
            enable = " || ".join(dict.fromkeys(enable or "1'b1" for enable, _ in writes))
            poison = partial(_poisoned, collides, enable, written, f"{int(bits) + 1}")
            module, reads = re.subn(rf"(\w+) <= ({word}\[([^\]]+)\]);", poison, module)
            assert reads == 1
            found += 1
        modules[index] = module
    assert found == MEMORIES
    return "".join(modules)


def _poisoned(collides: str, enable: str, written: str, bits: str, read: re.Match[str]) -> str:
    register, contents, address = read.groups()
    unknown = collides.format(enable=enable, written=written, read=address)
    return f"{register} <= {unknown} ? {{{bits}{{1'bx}}}} : {contents};"


@pytest.mark.parametrize("make", [fault_config, table_fault_config])
def test_no_word_is_needed_while_it_is_written(make: Callable[[], Config], tmp_path: Path) -> None:
    generate(make(), tmp_path)
    path = tmp_path / VERILOG
    path.write_text(unknown_where_written(path.read_text()))
    report = compare_verilog(path, config=make())
    assert report.equal, report.first_divergence


def test_an_unknown_word_that_is_needed_is_detected(tmp_path: Path) -> None:
    generate(fault_config(), tmp_path)
    path = tmp_path / VERILOG
    path.write_text(unknown_where_written(path.read_text(), "{written} == {read}"))
    assert not compare_verilog(path).equal
