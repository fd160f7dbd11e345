"""The comparison can fail: each fault planted in the emitted Verilog is caught and located."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from faults import (
    OFF_BY_ONE_EVENT,
    SAMPLES,
    SATURATION_LIMIT,
    UNCHANGED,
    Fault,
    Planted,
    compare_engine,
    fault_config,
    plant,
    planted,
    table_fault_config,
)
from netlists import Bits, Block, EditError, constant

from pulsetrain.emit import VERILOG, generate
from pulsetrain.run.divergence import STALLED


def _swap_operands(block: Block, operation: str, a: Bits, b: Bits) -> None:
    ports = block.cell(operation, A=a, B=b)["connections"]
    ports["A"], ports["B"] = ports["B"], ports["A"]
    parameters = block.cell(operation, A=b, B=a)["parameters"]
    for name in ("SIGNED", "WIDTH"):
        parameters[f"A_{name}"], parameters[f"B_{name}"] = (
            parameters[f"B_{name}"], parameters[f"A_{name}"])


def _swap_directions(block: Block) -> None:
    up, down = (block.cell("$and", A=block.net(name))["connections"] for name in ("up", "down"))
    up["A"], down["A"] = down["A"], up["A"]


def _remember_the_next_row(block: Block) -> None:
    ports = block.named("written_rows")["connections"]
    ports["WR_DATA"] = block.apply("$add", ports["WR_DATA"], ["1"])


def _count_cycles_twice(block: Block) -> None:
    cell = block.cell("$add", A=block.net("counted_cycles"), B=block.net("add_cycles"))
    cell["connections"]["B"] = ["0", *block.net("add_cycles")]
    cell["parameters"]["B_WIDTH"] = f"{2:032b}"


def _count_on_writes_only(block: Block) -> None:
    block.load("counted_pulses", lambda bits: block.choose(
        "bus__write", bits, block.net("counted_pulses")))


def _never_take_counts(block: Block) -> None:
    ports = block.cell("$mux", S=block.net("writes"), B=block.net("bus__write_data"))["connections"]
    ports["S"] = constant(0, 1)


def _hold_while_stepping(block: Block) -> None:
    block.load("word", lambda bits: block.choose("step", block.net("word"), bits))


def _never_write(block: Block) -> None:
    ports = block.named("memory")["connections"]
    ports["WR_EN"] = constant(0, len(ports["WR_EN"]))


def _reset_to(register: str, value: int) -> Callable[[Block], None]:
    return lambda block: block.load(register, lambda bits: block.choose(
        "rst", constant(value, len(bits)), bits))


def _hold_at_zero(name: str) -> Callable[[Block], None]:
    return lambda block: block.drive(name, lambda bits: constant(0, len(bits)))


def _invert_lowest_address(block: Block) -> None:
    ports = block.named("table")["connections"]
    ports["address"] = [*block.apply("$not", ports["address"][:1]), *ports["address"][1:]]


def _swap_devices(block: Block) -> None:
    ports = block.named("conductance_0")["connections"]
    ports["devices"] = ports["devices"][2:] + ports["devices"][:2]


def _keep_polarity(block: Block) -> None:
    block.cell("$not", A=block.net("polarity"))["type"] = "$pos"


def _negate_a_weight(block: Block) -> None:
    ports = block.named("multiplier_0")["connections"]
    ports["weight"] = block.apply("$neg", ports["weight"])


def _shift_an_operand(block: Block) -> None:
    ports = block.named("multiplier_0")["connections"]
    ports["operand"] = ["0", *ports["operand"][:-1]]


MISSED_REFRESH = Fault(
    name="missed refresh", module="refresh", edit=_hold_at_zero("due"),
    phase="update", layer=3, what="plus")

FAULTS = (
    Fault(name="sign of a weight", module="product", edit=_negate_a_weight,
          phase="forward", layer=1, what="z"),
    Fault(name="shifted operand", module="product", edit=_shift_an_operand,
          phase="forward", layer=1, what="z"),
    Fault(name="off-by-one base address", module="address",
          edit=lambda block: block.add_to_word("bases", 3, 1),
          phase="forward", layer=2, what="z"),
    Fault(name="off-by-one write address", module="", edit=_remember_the_next_row,
          phase="update", layer=3, what="plus"),
    OFF_BY_ONE_EVENT,
    SATURATION_LIMIT,
    MISSED_REFRESH,
    Fault(name="swapped operands of a subtraction", module="output",
          edit=lambda block: _swap_operands(block, "$sub", constant(0xf7, 8), block.net("y_0")),
          phase="output", layer=3, what="delta"),
    Fault(name="swapped directions", module="pairstep", edit=_swap_directions,
          phase="update", layer=3, what="plus"),
    Fault(name="stuck counter", module="registers", edit=_count_on_writes_only,
          phase="counters", layer=0, what="pulses"),
    Fault(name="counter that takes no value", module="registers",
          edit=_never_take_counts,
          phase="counters", layer=0, what="samples as loaded"),
    Fault(name="stuck generator", module="generator", edit=_hold_while_stepping,
          phase="generator", layer=0, what="generator"),
    Fault(name="dropped events", module="events", edit=_never_write,
          phase="forward", layer=2, what="z"),
    Fault(name="group never visited", module="delta", edit=_hold_at_zero("visits_in__en"),
          phase="backward", layer=2, what="delta"),
    Fault(name="reset value of the generator", module="generator", edit=_reset_to("word", 2),
          phase="registers", layer=0, what="generator after reset"),
    Fault(name="reset value of a register", module="registers", edit=_reset_to("gate", 0xff),
          phase="registers", layer=0, what="gate after reset"),
    Fault(name="reset value of an address", module="sequencer",
          edit=_reset_to("events__position", 1),
          phase="forward", layer=1, what="z"),
    Fault(name="host port that takes nothing", module="sequencer",
          edit=_hold_at_zero("host_grant"),
          phase="result", layer=3, what=STALLED),
    Fault(name="direction of a comparison", module="output",
          edit=lambda block: _swap_operands(block, "$sub", block.net("rival")[:16],
                                            block.net("z_0")),
          phase="result", layer=3, what="class"),
    Fault(name="one cycle too many", module="output",
          edit=lambda block: block.load("done", block.delayed),
          phase="cycles", layer=0, what="cycles"),
    Fault(name="cycles counted twice", module="registers", edit=_count_cycles_twice,
          phase="registers", layer=0, what="cycles at the end"),
)


TABLE_FAULTS = (
    Fault(name="wrong word of a table", module="pairstep", edit=_invert_lowest_address,
          phase="update", layer=2, what="plus"),
    Fault(name="swapped classes", module="product", edit=_swap_devices,
          phase="forward", layer=1, what="z"),
    Fault(name="stuck polarity", module="refresh", edit=_keep_polarity,
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


@pytest.fixture(scope="module")
def engines(verilogs: dict[str, str]) -> Iterator[dict[str, Planted]]:
    """For each of `CONFIGS`, what makes an engine with a fault."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(planted(make(), verilogs[name], [UNCHANGED, *faults]))
               for name, (make, faults) in CONFIGS.items()}


@pytest.mark.parametrize("name", CONFIGS)
def test_no_fault_no_divergence(engines: dict[str, Planted],
                                name: str) -> None:
    """Reading and writing the netlist changes nothing either."""
    report = compare_engine(engines[name](UNCHANGED))
    assert report.equal
    assert report.first_divergence is None
    assert report.samples > 0


@pytest.mark.parametrize(("name", "fault"), [
    pytest.param(name, fault, id=fault.name)
    for name, (_, faults) in CONFIGS.items() for fault in faults])
def test_fault_is_caught(engines: dict[str, Planted], name: str,
                         fault: Fault) -> None:
    report = compare_engine(engines[name](fault))
    assert not report.equal
    assert report.mismatches > 0
    found = report.first_divergence
    assert (found.phase, found.layer, found.what) == (fault.phase, fault.layer, fault.what)
    assert 0 <= found.sample < SAMPLES
    assert found.index is not None
    assert found.expected != found.got


@pytest.mark.parametrize(("change", "message"), [
    ({"edit": _hold_at_zero("nowhere")}, "missed refresh: 0 nets 'nowhere', not 1"),
    ({"edit": lambda block: block.load("nowhere", list)}, "missed refresh: 0 nets 'nowhere'"),
    ({"edit": lambda block: block.load("due", list)}, "missed refresh: 0 cells .*, not 1"),
    ({"edit": lambda block: block.cell("$mux")}, r"missed refresh: \d+ cells .*, not 1"),
    ({"edit": lambda block: block.named("nowhere")}, "missed refresh: 0 cells 'nowhere', not 1"),
    ({"module": "nowhere"}, "missed refresh: 0 modules .*, not 1"),
    ({"edit": lambda block: block.net("due")}, "missed refresh: changes nothing in "),
])
def test_a_fault_is_one_edit(verilogs: dict[str, str], change: dict, message: str) -> None:
    with pytest.raises(EditError, match=message):
        plant(verilogs["linear"], replace(MISSED_REFRESH, **change))
