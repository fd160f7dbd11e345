"""Formats: one declaration packs integers and arrays equally, and equals the layout in hardware."""

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Const, Value
from amaranth.lib import data
from amaranth.lib.wiring import Out
from hypothesis import given, settings
from hypothesis import strategies as st
from small import EVERYTHING, small_config

from pulsetrain.emit import make_manifest
from pulsetrain.formats import engine as formats
from pulsetrain.formats.samples import pack_samples
from pulsetrain.formats.struct import Array, Number, Struct, struct
from pulsetrain.formats.words import from_words, to_words
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.hdl.library.layout import layout

CONFIGS = [small_config(), small_config(engine={"lanes": 4, "input": "raw"}),
           small_config(**EVERYTHING, network={"inputs": 1, "hidden": [], "outputs": 2}),
           small_config(engine={"lanes": 32}, network={"hidden": [40, 3]})]
PAIR = struct(("plus", 4, "upper"), ("minus", 4, "lower"))
NESTED = struct(("write", 1, "whether"), ("value", Number(9, signed=True), "a number"),
                ("row", Array(PAIR, 3), "pairs"))

numbers = st.builds(Number, st.integers(1, 63), st.booleans())


def structs(parts):
    return st.lists(parts, min_size=1, max_size=4).map(
        lambda parts: struct(*((f"field{number}", part, "") for number, part in enumerate(parts))))


all_formats = st.recursive(
    numbers, lambda parts: structs(parts) | st.builds(Array, parts, st.integers(1, 5)),
    max_leaves=8)


def stacked(form, values):
    """A list of values as the arrays that `pack_all` takes."""
    match form:
        case Number():
            return np.array(values)
        case Array():
            flat = stacked(form.element, [part for value in values for part in value])
            return reshaped(flat, len(values), form.length)
    return {field.name: stacked(field.format, [value[field.name] for value in values])
            for field in form.fields}


def reshaped(values, count, length):
    if isinstance(values, dict):
        return {name: reshaped(part, count, length) for name, part in values.items()}
    return values.reshape(count, length, *values.shape[1:])


def equal(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    return one.shape == other.shape and (one == other).all()


@settings(max_examples=200, deadline=None)
@given(form=all_formats, seed=st.integers(0, 2**32 - 1),
       unit=st.sampled_from([np.uint8, np.uint32]))
def test_arrays_are_packed_like_integers(form, seed, unit):
    random = np.random.default_rng(seed)
    words = [int.from_bytes(random.bytes(form.size), "little") % (1 << form.bits)
             for _ in range(3)]
    words += [0, (1 << form.bits) - 1]
    values = [form.unpack(word) for word in words]
    assert [form.pack(value) for value in values] == words
    arrays = stacked(form, values)
    packed = form.pack_all(arrays, unit)
    assert packed.dtype == unit
    assert packed.shape == (5, form.size if unit is np.uint8 else form.words)
    width = packed.itemsize * packed.shape[1]
    assert packed.tobytes() == b"".join(word.to_bytes(width, "little") for word in words)
    assert equal(form.unpack_all(packed), arrays)


@settings(max_examples=100, deadline=None)
@given(form=all_formats, seed=st.integers(0, 2**32 - 1))
def test_the_layout_in_hardware_packs_alike(form, seed):
    word = int.from_bytes(np.random.default_rng(seed).bytes(form.size), "little") % (
        1 << form.bits)
    shape, value = layout(form), form.unpack(word)
    constant = Const(value, shape) if isinstance(form, Number) else shape.const(value)
    assert Value.cast(constant).value % (1 << form.bits) == word


def test_the_first_field_is_lowest():
    value = {"write": 1, "value": -2, "row": [{"plus": 3, "minus": 4}, {"plus": 0, "minus": 15},
                                              {"plus": 8, "minus": 0}]}
    word = 1 | (0x1FE << 1) | (0x08F043 << 10)
    assert NESTED.pack(value) == word
    assert NESTED.unpack(word) == value
    assert NESTED.to_bytes(value) == word.to_bytes(5, "little")
    assert NESTED.from_bytes(NESTED.to_bytes(value) + b"x") == value
    assert NESTED.pack(value | {"row": 0x08F043}) == word
    assert "row" in NESTED
    assert "column" not in NESTED
    assert NESTED["row"].offset == 10


@pytest.mark.parametrize(("change", "message"), [
    ({"write": 2}, "write must fit 1 bit, not 2"),
    ({"value": 256}, "value must fit 9 bits, signed, not 256"),
    ({"value": -257}, "value must fit 9 bits, signed, not -257"),
    ({"row": 1 << 24}, "row must fit 24 bits, not 16777216"),
    ({"row": [{"plus": 1, "minus": 16}] * 3}, "row minus must fit 4 bits, not 16"),
    ({"row": [{"plus": 1, "minus": 1}] * 2}, "row must have 3 entries, not 2"),
])
def test_unsuitable_values_are_refused(change, message):
    with pytest.raises(ValueError, match=rf"^{message}$"):
        NESTED.pack({"write": 0, "value": 0, "row": 0} | change)


def test_arrays_that_do_not_fit_are_refused():
    fine = np.zeros(2, int)
    with pytest.raises(ValueError, match=r"^minus must fit 4 bits, not 17$"):
        PAIR.pack_all({"plus": fine, "minus": np.array([3, 17])})
    with pytest.raises(ValueError, match=r"^plus must fit 4 bits, not -1$"):
        PAIR.pack_all({"plus": np.array([-1, 0]), "minus": fine})
    for values in ({"plus": fine}, {"plus": fine, "other": fine}):
        with pytest.raises(KeyError):
            PAIR.pack_all(values)
    with pytest.raises(TypeError, match="65 bits are too wide"):
        Number(65).pack_all(fine)


@pytest.mark.parametrize("bits", [1, 32, 33, 64, 65, 1024])
def test_words_are_converted_to_numbers_and_back(bits):
    packed = [0, 1, (1 << bits) - 1, (1 << bits) // 3]
    words = to_words(Number(bits), packed)
    assert words.shape == (4, -(-bits // 32))
    assert words[2, 0] == min(2**32, 1 << bits) - 1
    assert from_words(words) == packed


def test_the_manifest_and_the_docs_describe_a_struct():
    assert NESTED.entry() == {"width": 34, "fields": [
        {"name": "write", "offset": 0, "width": 1, "signed": False, "description": "whether"},
        {"name": "value", "offset": 1, "width": 9, "signed": True, "description": "a number"},
        {"name": "row", "offset": 10, "width": 24, "count": 3, "element": PAIR.entry(),
         "description": "pairs"}]}
    assert NESTED.rows()[1:] == [
        ("value", "9 bits, signed", "a number"),
        ("row", "3 times plus (4 bits) and minus (4 bits)", "pairs")]


@pytest.mark.parametrize("config", CONFIGS)
def test_the_ports_of_an_engine_are_as_declared(config):
    engine, declared = Engine(config), formats.ports(config)
    entries = {port["name"]: port for port in make_manifest(config, engine)["ports"]}
    rtlil.convert(engine, emit_src=False)  # Amaranth warns of a component that is never used
    found = set()
    for path, member, _ in engine.signature.flatten(engine):
        name = "__".join(path)
        if isinstance(member.shape, data.Layout):
            found.add(name)
            assert member.shape == layout(declared[name])
            assert entries[name].items() >= declared[name].entry().items()
            assert (entries[name]["direction"] == "output") == (member.flow == Out)
            if isinstance(declared[name], Struct):
                assert [(field["name"], field["offset"], field["width"])
                        for field in entries[name]["fields"]] == [
                            (key, field.offset, field.width) for key, field in member.shape]
    assert found == declared.keys()


def test_a_sample_is_its_non_zero_inputs():
    config = small_config(numbers={"activation_bits": 4}, update={"row_threshold": 0})
    x = np.array([[0, 0x2F, 0, 0xF1, 0x0F, 0], [0, 0, 0, 0, 0, 5]], np.uint8)
    packed, counts = pack_samples(config, x, np.array([2, 1]), train=True, unit=np.uint8)
    form = formats.sample_transfer(config)
    assert counts.tolist() == [2, 1]
    assert [form.from_bytes(octets.tobytes()) for octets in packed] == [
        {"index": 1, "value": 2, "last": 0, "label": 2, "train": 1},
        {"index": 3, "value": 15, "last": 1, "label": 2, "train": 1},
        {"index": 0, "value": 0, "last": 1, "label": 1, "train": 1}]


def test_a_raw_sample_is_all_its_inputs():
    config = small_config(network={"inputs": 2}, engine={"input": "raw"})
    packed, counts = pack_samples(config, np.array([[0, 7], [9, 0]], np.uint8), np.array([0, 2]),
                                  train=False, unit=np.uint32)
    form = formats.sample_transfer(config)
    assert counts.tolist() == [2, 2]
    assert [form.unpack(word) for word in from_words(packed)] == [
        {"value": 0, "last": 0, "label": 0, "train": 0},
        {"value": 7, "last": 1, "label": 0, "train": 0},
        {"value": 9, "last": 0, "label": 2, "train": 0},
        {"value": 0, "last": 1, "label": 2, "train": 0}]
