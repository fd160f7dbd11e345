"""Pipe: a value is at every stage in the declared cycle, in no more registers than needed."""

import re

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Fragment, Module, Signal
from amaranth.sim import Simulator

from pulsetrain.hdl.library.pipe import Pipe

STAGES = {"issue": 0, "address": 2, "states": 5, "products": 5, "write": 6}


def test_a_value_comes_at_its_stages():
    m = Module()
    value = Signal(8)
    pipe = Pipe(m, STAGES)
    pipe.put("address", value=value)
    seen = {stage: pipe.at(stage).value for stage in ("address", "states", "products", "write")}
    assert seen["states"] is seen["products"]
    given = [7, 1, 200, 33, 90, 5, 61, 18]
    found = {stage: [] for stage in seen}

    async def bench(ctx):
        for word in given:
            ctx.set(value, word)
            for stage, signal in seen.items():
                found[stage].append(ctx.get(signal))
            await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    for stage, words in found.items():
        late = STAGES[stage] - STAGES["address"]
        assert words == [0] * late + given[:len(given) - late]


def test_registers_are_those_that_are_read_and_carry_the_stages_names():
    m = Module()
    pipe = Pipe(m, STAGES)
    ports = [Signal(name="token"), Signal(3, name="index"), Signal(name="unread")]
    pipe.put("issue", control=True, token=ports[0])
    pipe.put("address", index=ports[1], unread=ports[2])
    token, index = pipe.at("states").token, pipe.at("states").index
    assert (token.name, token.reset_less) == ("token_states", False)
    assert (index.name, index.reset_less) == ("index_states", True)
    assert pipe.at("address").token.name == "token_address"
    netlist = rtlil.convert(m, ports=ports)
    assert set(re.findall(r"wire width \d+ \\(\w+)", netlist)) == {
        "token_1", "token_address", "token_3", "token_4", "token_states",
        "index_3", "index_4", "index_states"}


def test_a_value_enters_once_and_is_read_afterwards():
    m = Module()
    pipe = Pipe(m, STAGES)
    pipe.put("address", value=Signal())
    with pytest.raises(ValueError, match="must have one value 'value', not two"):
        pipe.put("states", value=Signal())
    with pytest.raises(ValueError, match="must be read where it enters or later, not at 'issue'"):
        _ = pipe.at("issue").value
    with pytest.raises(AttributeError, match="no value 'values'"):
        _ = pipe.at("write").values
    Fragment.get(m, None)  # an unused module is a warning
