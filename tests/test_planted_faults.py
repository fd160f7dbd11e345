"""The comparison can fail: each fault planted in the emitted Verilog is caught and placed."""

from pathlib import Path

import pytest
from faults import Fault, compare_verilog, fault_config, plant

from rtl_gen.emit import VERILOG, generate


def fault(name: str, module: str, pattern: str, replacement: str) -> Fault:
    """An edit of which only the divergence itself is asked for."""
    return Fault(name=name, module=module, pattern=pattern, replacement=replacement, phase="",
                 layer=None, what="")


FAULTS = (
    fault("direction of a comparison", "output",
          r"(= \$signed\(.*\)) > (\$signed\(largest\);)", r"\1 < \2"),
    fault("stuck counter", "registers", r"\bpulses <= _\w+;", "pulses <= pulses;"),
    fault("stuck count of samples", "registers", r"\bsamples <= _\w+;", "samples <= samples;"),
    fault("missed refresh", "pulse.refresh_0", r"assign due = .*;", "assign due = 1'b0;"),
    fault("dropped events", "events", r"assign write__en = .*;", "assign write__en = 1'b0;"),
    fault("stuck generator", "generator", r"\bword <= _\w+;", "word <= word;"),
    fault("saturation limit", "backward", r"> \$signed\(8'h7f\)", "> $signed(8'h3f)"),
    fault("sign of a weight", "product", r"\bweight_0 <= (_\w+);", r"weight_0 <= -\1;"),
    fault("shifted operand", "product", r"\boperand_0 <= (_\w+);", r"operand_0 <= \1 << 1;"),
    fault("group never visited", "delta", r"assign visits_in__en = .*;",
          "assign visits_in__en = 1'b0;"),
    fault("off by one event", "sequencer", r"\bposition <= (_\w+);", r"position <= \1 | 1'b1;"),
    fault("one cycle too many", "sequencer", r"\bsettling <= (_\w+);",
          r"settling <= \1 | 4'b0100;"),
)


@pytest.fixture(scope="module")
def verilog(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("engine")
    generate(fault_config(), folder)
    return (folder / VERILOG).read_text()


def test_no_fault_no_divergence(verilog: str, tmp_path: Path) -> None:
    path = tmp_path / VERILOG
    path.write_text(verilog)
    report = compare_verilog(path)
    assert report.equal
    assert report.first_divergence is None
    assert report.samples > 0


@pytest.mark.parametrize("planted", FAULTS, ids=lambda planted: planted.name)
def test_fault_is_caught(verilog: str, planted: Fault, tmp_path: Path) -> None:
    path = tmp_path / VERILOG
    path.write_text(plant(verilog, planted))
    report = compare_verilog(path)
    assert not report.equal
    assert report.mismatches > 0
    found = report.first_divergence
    assert found.sample >= 0
    assert found.phase
    assert found.layer is not None
    assert found.index is not None
