"""The comparison can fail: each fault planted in the emitted Verilog is caught and placed."""

from dataclasses import replace
from pathlib import Path

import pytest
from faults import (
    OFF_BY_ONE_EVENT,
    SAMPLES,
    SATURATION_LIMIT,
    Fault,
    NotOnePlace,
    compare_verilog,
    fault_config,
    plant,
    table_fault_config,
)

from pulsetrain.emit import VERILOG, generate
from pulsetrain.run.divergence import STALLED

FAULTS = (
    Fault(name="sign of a weight", module="product",
          pattern=r"\bweight_0 <= (_\w+);", replacement=r"weight_0 <= -\1;",
          phase="forward", layer=1, what="z"),
    Fault(name="shifted operand", module="product",
          pattern=r"\boperand_0 <= (_\w+);", replacement=r"operand_0 <= \1 << 1;",
          phase="forward", layer=1, what="z"),
    Fault(name="off-by-one base address", module="address",
          pattern=r"(bases\[3\] = 7'h)27;", replacement=r"\g<1>28;",
          phase="forward", layer=2, what="z"),
    Fault(name="off-by-one write address", module="",
          pattern=r"\baddress_write <= (\w+);", replacement=r"address_write <= \1 + 1'b1;",
          phase="update", layer=3, what="plus"),
    OFF_BY_ONE_EVENT,
    SATURATION_LIMIT,
    Fault(name="missed refresh", module="refresh",
          pattern=r"assign due = .*;", replacement="assign due = 1'b0;",
          phase="update", layer=3, what="plus"),
    Fault(name="swapped operands of a subtraction", module="output",
          pattern=r"= (8'hf7) - (y_0);", replacement=r"= \2 - \1;",
          phase="output", layer=3, what="delta"),
    Fault(name="swapped directions", module="pairstep",
          pattern=r"= up \?((?s:.*?))= down \?", replacement=r"= down ?\1= up ?",
          phase="update", layer=3, what="plus"),
    Fault(name="stuck counter", module="registers",
          pattern=r"\bpulses <= (_\w+);", replacement=r"pulses <= bus__write ? \1 : pulses;",
          phase="counters", layer=0, what="pulses"),
    Fault(name="counter that takes no value", module="registers",
          pattern=r"\bsamples <= _\w+;", replacement="samples <= samples;",
          phase="counters", layer=0, what="samples as loaded"),
    Fault(name="stuck generator", module="generator",
          pattern=r"\bword <= (_\w+);", replacement=r"word <= step ? word : \1;",
          phase="generator", layer=0, what="generator"),
    Fault(name="dropped events", module="events",
          pattern=r"if \(\S+ \[0\]\)(\s+memory\[)", replacement=r"if (1'b0)\1",
          phase="forward", layer=2, what="z"),
    Fault(name="group never visited", module="delta",
          pattern=r"assign visits_in__en = .*;", replacement="assign visits_in__en = 1'b0;",
          phase="backward", layer=2, what="delta"),
    Fault(name="reset value of the generator", module="generator",
          pattern=r"\bword <= (_\w+);", replacement=r"word <= rst ? 32'd2 : \1;",
          phase="registers", layer=0, what="generator after reset"),
    Fault(name="reset value of a register", module="registers",
          pattern=r"\bgate <= (_\w+);", replacement=r"gate <= rst ? 9'h0ff : \1;",
          phase="registers", layer=0, what="gate after reset"),
    Fault(name="reset value of an address", module="sequencer",
          pattern=r"\bevents__position <= (_\w+);",
          replacement=r"events__position <= rst ? 1'b1 : \1;",
          phase="forward", layer=1, what="z"),
    Fault(name="host port that takes nothing", module="sequencer",
          pattern=r"assign host_grant = .*;", replacement="assign host_grant = 1'b0;",
          phase="result", layer=3, what=STALLED),
    Fault(name="direction of a comparison", module="output",
          pattern=r"= (\$signed\(rival.*?\)) - (\$signed\(found.*?\));", replacement=r"= \2 - \1;",
          phase="result", layer=3, what="class"),
    Fault(name="one cycle too many", module="output",
          pattern=r"\bdone <= (_\w+);",
          replacement=r"begin : late reg once; done <= once; once <= \1; end",
          phase="cycles", layer=0, what="cycles"),
    Fault(name="cycles counted twice", module="registers",
          pattern=r"\bcycles <= (_\w+);", replacement=r"cycles <= \1 << 1;",
          phase="registers", layer=0, what="cycles at the end"),
)


TABLE_FAULTS = (
    Fault(name="wrong word of a table", module="pairstep",
          pattern=r"\.address\((\{.*\})\)", replacement=r".address(\1 ^ 1'b1)",
          phase="update", layer=2, what="plus"),
    Fault(name="swapped classes", module="product",
          pattern=r"(conductance_0 \(\s*\.clk\(clk\),\s*\.devices\()(.*?)\[3:0\]\)",
          replacement=r"\1{\2[1:0], \2[3:2]})",
          phase="forward", layer=1, what="z"),
    Fault(name="stuck polarity", module="refresh",
          pattern=r"= ~ polarity;", replacement="= polarity;",
          phase="update", layer=3, what="polarity"),
)

CONFIGS = {"linear": (fault_config, FAULTS), "tables": (table_fault_config, TABLE_FAULTS)}


@pytest.fixture(scope="module")
def verilogs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The emitted Verilog of each of `CONFIGS`."""
    texts = {}
    for name, (make, _) in CONFIGS.items():
        folder = tmp_path_factory.mktemp(name)
        generate(make(), folder)
        texts[name] = (folder / VERILOG).read_text()
    return texts


@pytest.mark.parametrize("name", CONFIGS)
def test_no_fault_no_divergence(verilogs: dict[str, str], name: str, tmp_path: Path) -> None:
    path = tmp_path / VERILOG
    path.write_text(verilogs[name])
    report = compare_verilog(path, config=CONFIGS[name][0]())
    assert report.equal
    assert report.first_divergence is None
    assert report.samples > 0


@pytest.mark.parametrize(("name", "planted"), [
    pytest.param(name, planted, id=planted.name)
    for name, (_, faults) in CONFIGS.items() for planted in faults])
def test_fault_is_caught(verilogs: dict[str, str], name: str, planted: Fault,
                         tmp_path: Path) -> None:
    path = tmp_path / VERILOG
    path.write_text(plant(verilogs[name], planted))
    report = compare_verilog(path, config=CONFIGS[name][0]())
    assert not report.equal
    assert report.mismatches > 0
    found = report.first_divergence
    assert (found.phase, found.layer, found.what) == (planted.phase, planted.layer, planted.what)
    assert 0 <= found.sample < SAMPLES
    assert found.index is not None
    assert found.expected != found.got


@pytest.mark.parametrize(("change", "message"), [
    ({"pattern": "nowhere"}, "missed refresh: 0 places in .*, not 1: nowhere"),
    ({"pattern": "assign"}, r"missed refresh: \d+ places in .*, not 1: assign"),
    ({"module": "nowhere"}, "missed refresh: 0 modules .*, not 1"),
    ({"replacement": r"\g<0>"}, "missed refresh: changes nothing in "),
])
def test_a_fault_has_exactly_one_place(verilogs: dict[str, str], change: dict,
                                       message: str) -> None:
    missed = next(fault for fault in FAULTS if fault.name == "missed refresh")
    with pytest.raises(NotOnePlace, match=message):
        plant(verilogs["linear"], replace(missed, **change))
