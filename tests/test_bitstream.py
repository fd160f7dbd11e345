"""What would be loaded onto a board, unpacked to Verilog, learns the model's bits."""

import pytest
from small import small_config, small_data

from pulsetrain.boards.registry import BOARDS
from pulsetrain.errors import PulsetrainError
from pulsetrain.fpga.families.gowin import _mended as _mended_gowin
from pulsetrain.fpga.families.gowin import _Wires
from pulsetrain.fpga.families.ice40 import _mended
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.run import compare
from pulsetrain.sim.bitstream import NotUnpackedError, engine_in, place_board


def tiny(multipliers):
    """A 3-2-2 network in an engine of one lane."""
    return small_config(
        network={"inputs": 3, "hidden": [2], "outputs": 2}, device={"levels": 4},
        numbers={"activation_bits": 4, "error_bits": 4, "forward_shift": 2},
        engine={"lanes": 1, "multipliers": multipliers})


SAMPLES = 20


def pytest_generate_tests(metafunc):
    if "unpacked_board" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--bitstreams")
        metafunc.parametrize("unpacked_board", chosen.split(",") if chosen else [], scope="module")


@pytest.fixture(scope="module")
def placed(unpacked_board, tmp_path_factory):
    """(the configuration, its placed board)"""
    board = BOARDS[unpacked_board]
    config = tiny("lut" if "dsp" in board.part.family.unpacker.beyond else "dsp")
    return config, place_board(config, board, tmp_path_factory.mktemp(unpacked_board), print)


def trained(config, text):
    """The comparison of the board in `text` with the model."""
    data, reference = small_data(config, train=SAMPLES), GoldenEngine(config, count_cycles=True)
    reference.load(initial_state(config))
    with engine_in(config, text) as engine:
        engine.load(initial_state(config))
        report = compare(reference, engine, data.x_train, data.y_train, every=4)
    print(report)
    return report


@pytest.mark.timeout(0)
def test_a_bitstream_learns_the_model_s_bits(placed):
    config, board = placed
    report = trained(config, board.unpacked())
    assert report.equal
    assert report.samples == SAMPLES
    assert report.cycles_simulated == report.cycles_predicted > 0


INIT_BITS = (4, 14, 15, 5, 6, 16, 17, 7, 3, 13, 12, 2, 1, 11, 10, 0)
"""Where the 16 bits of an iCE40's look-up table are among the 20 of a logic cell, which has ten in
each of two lines of its tile."""
SUMS = (0x6996, 0xC33C)
"""Contents of look-up tables that add."""


def flipped(text):
    """The text of icepack in which one bit of one look-up table is inverted: the sum of three
    zeros, in the middle one of all that add."""
    lines, sums = text.splitlines(), []
    for at, line in enumerate(lines):
        for number in range(8 * line.startswith(".logic_tile")):
            first = at + 1 + 2 * number
            cell = lines[first][36:46] + lines[first + 1][36:46]
            if sum(int(cell[bit]) << place for place, bit in enumerate(INIT_BITS)) in SUMS:
                sums.append(first)
    row, column = sums[len(sums) // 2], 36 + INIT_BITS[0]
    bit = "10"[int(lines[row][column])]
    lines[row] = lines[row][:column] + bit + lines[row][column + 1:]
    return "\n".join([*lines, ""])


@pytest.mark.timeout(0)
def test_a_flipped_bit_of_a_look_up_table_is_found(unpacked_board, placed):
    if BOARDS[unpacked_board].part.family.name != "ice40":
        pytest.skip("only the text of icepack is flipped")
    config, board = placed
    design = board.folder / "design.asc"
    design.write_text(flipped(design.read_text()))
    try:
        equal = trained(config, board.unpacked()).equal
    except PulsetrainError as error:  # the link does not work, or the engine has another digest
        print(error)
        equal = False
    assert not equal


def test_a_board_without_an_unpacker_is_refused(tmp_path):
    with pytest.raises(NotUnpackedError, match="can be unpacked, not arty-a7-35"):
        place_board(tiny("lut"), BOARDS["arty-a7-35"], tmp_path)


def test_verilog_of_icebox_is_mended():
    """Ports are declared once, and the pin of the PLL is connected."""
    text = ("module board (input rx__io, output tx__io, input clk__io);\n"
            "wire n1, rx__io, n2;\nwire tx__io, n3;\nwire n4, tx__io;\nwire rx__io;\n"
            "SB_PLL40_PAD #(\n) PLL_1 (\n  .PACKAGEPIN(n3433),\n);\n"
            "// Warning: unmatched port 'clk__io'\n\nendmodule\n")
    assert _mended(text) == (
        "module board (input rx__io, output tx__io, input clk__io);\n"
        "wire n1, n2;\nwire n3;\nwire n4;\n\n"
        "SB_PLL40_PAD #(\n) PLL_1 (\n  .PACKAGEPIN(n3433),\n);\n"
        "// Warning: unmatched port 'clk__io'\n\nassign n3433 = clk__io;\nendmodule\n")


GOWIN = """module top(R1C1_IA, R9C9_IB, R3C1_IOB);
input R1C1_IA;
input R9C9_IB;
inout R3C1_IOB;
`define R2C2_SPINE1 R2C4_SPINE1
wire R2C4_SPINE1;
`define R2C3_GB00 R2C2_GB00
wire R2C2_GB00;
wire R2C2_GT00;
wire R2C2_CLK0;
wire R2C2_F5;
wire R9C9_F1;
assign R2C2_CLK0 = `R2C3_GB00;
assign `R2C3_GB00 = R2C2_GT00;
assign R2C2_GT00 = R2C2_SPINE3;
assign R2C2_A5 = R5C5_PLLF4;
assign R2C2_B5 = R2C3_LB11;
assign R2C2_LBO0 = R2C2_Q0;
assign R3C1_A0 = R2C3_CIN0;
assign R9C9_F1 = VSS;
assign VSS = 1'b0;
rPLL PLL_0 (
.LOCK(R5C5_F2),
.CLKOUT(R5C5_PLLF4)
);
defparam PLL_0.IDIV_SEL = 6;
DFFE R2C2_DFFE_0 (
.CLK(R2C2_CLK0),
.D(R2C2_F5),
.Q(R2C2_Q0)
);
ALU R2C2_ALU_4 (
.CIN(R2C2_CIN4)
);
defparam R2C2_ALU_4.ALU_MODE = 9;
IOBUF R3C1_IOBUF_B (
.OEN(R3C1_B0),
.I(R3C1_A0),
.IO(R3C1_IOB)
);
LUT4 R9C9_LUT4_1 (
.F(R9C9_F2)
);
defparam R9C9_LUT4_1.INIT = 16'h0001;
endmodule
"""


def test_verilog_of_gowin_unpack_is_mended():
    """Wires have one name, the clock is that of the column, the PLL has its input, a carry its
    contents, and what leads to no pin is left out."""
    luts = GOWIN + "".join(f"LUT4 R2C2_LUT4_{number} (\n);\ndefparam R2C2_LUT4_{number}.INIT = "
                           f"16'h{init};\n" for number, init in ((4, "609a"), (5, "000f")))
    wires = _Wires(names={"R2C2_SPINE1": ("R2C2_SPINE1", "R2C4_SPINE1")},
                   plls={"R5C5_PLLF4": "R1C1_F6"}, clocks={("2", "0"): 1},
                   segments={"R2C3_LB11": "R2C2_LBO0"})
    text = _mended_gowin(GOWIN, luts, {"R1C1_IA": "clk", "R3C1_IOB": "tx"}, wires)
    head, *statements = text.split(";\n")
    assert head == "module board(clk, tx)"
    assert statements[:2] == ["input clk", "inout tx"]
    assert "assign R2C2_GT00 = R2C4_SPINE1" in statements
    assert "assign R2C2_CLK0 = R2C2_GB00" in statements
    assert ("CARRY #(.INIT(16'h000f)) R2C2_CARRY_5 (.A(R2C2_A5), .B(R2C2_B5), .C(R2C2_C5), "
            ".D(R2C2_D5), .F(R2C2_F5), .CIN(R2C2_CIN5), .COUT(R2C3_CIN0))") in statements
    assert ".INIT(16'h609a)) R2C2_CARRY_4" in text  # its carry is the next one's
    assert ".CLKIN(R1C1_F6)," in text
    assert "R9C9" not in text


@pytest.mark.parametrize(("arguments", "message"), [
    (["--bitstream", "arty-a7-35"], "not arty-a7-35"),
    (["--bitstream", "icebreaker", "--netlist", "ice40"], "leave out --netlist"),
    (["--bitstream", "none"], "none")])
def test_the_command_says_what_cannot_be_simulated(run, arguments, message):
    status, _, error = run("verify", "digits", *arguments)
    assert status == 2
    assert message in error
