"""Configurations: what is refused and how, defaults, derived widths, digests."""

import json
import tomllib

import pytest
from hypothesis import given, settings
from small import configurations, small_config

from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.spec import Config, ConfigError, builtin_names, load_config
from pulsetrain.spec.load import config_from_json, config_from_mapping, read_toml


@pytest.mark.parametrize(("setting", "message"), [
    ("engine.lanes=0", r"engine\.lanes: must be an integer in 1\.\.256, or auto, not 0"),
    ("engine.lanes=257", r"engine\.lanes: must be an integer in 1\.\.256, or auto, not 257"),
    ("engine.lanes=true", r"engine\.lanes: must be an integer in 1\.\.256, or auto, not True"),
    ("engine.lanes=many", r"engine\.lanes: must be an integer in 1\.\.256, or auto, not 'many'"),
    ("device.levels=1", r"device\.levels: must be an integer in 2\.\.4096, not 1"),
    ("device.levels=2.5", r"device\.levels: must be an integer in 2\.\.4096, not 2\.5"),
    ("device.kind=quadratic",
     r'device\.kind: must be one of "linear", "exponential", "measured", not .quadratic.'),
    ("device.conductance_bits=7",
     r"device\.conductance_bits: must be an integer in 8\.\.12, wide enough for 256 levels, not 7"),
    ("device.colour=red", r"device\.colour: unknown key \(value 'red'\); allowed here: kind, "),
    ("colour=red", r"colour: unknown key \(value 'red'\); allowed here: name, seed, network"),
    ("network.inputs=0", r"network\.inputs: must be an integer in 1\.\.4096, not 0"),
    ("network.hidden=[32,0]", r"network\.hidden: must be a list of at most 7 integers in 1\.\."),
    ("network.outputs=1", r"network\.outputs: must be an integer in 2\.\.4096, not 1"),
    ("network=7", r"network: must be a section \(table\), not 7"),
    ("numbers.activation_bits=9", r"numbers\.activation_bits: must be an integer in 2\.\.8, not 9"),
    ("numbers.forward_shift=32",
     r"numbers\.forward_shift: must be an integer in 0\.\.31, or a list .*, or .auto., not 32"),
    ("numbers.forward_shift=[1,2,3]",
     r"numbers\.forward_shift: must be .* list of 2 of them \(.* 2 layers\), not \[1, 2, 3\]"),
    ("numbers.backward_shift=[1,2]", r"numbers\.backward_shift: must be .* list of 1 of them"),
    ("numbers.margin=128", r"numbers\.margin: must be an integer in 0\.\.127, not 128"),
    ("update.method=both", r"update\.method: must be one of \"unidirectional\", .*, not 'both'"),
    ("update.row_threshold=255", r"update\.row_threshold: must be an integer in 0\.\.254"),
    ("update.delta_threshold=127",
     r"update\.delta_threshold: must be an integer in 0\.\.126 \(layer 1\), not 127"),
    ("update.refresh_state=256", r"update\.refresh_state: must be an integer in 1\.\.255, not 256"),
    ("update.pulse_probability=1.5",
     r"update\.pulse_probability: must be a number in 0\.0\.\.1\.0, or .auto., not 1\.5"),
    ("seed=0", r"seed: must be an integer in 1\.\.4294967295, not 0"),
    ("name=a/b", r"name: must be 1 to 64 letters"),
    ("no value", r"--set no value: must be KEY=VALUE"),
    ("seed.deep=1", r"--set seed\.deep=1: seed is not a section"),
])
def test_a_value_that_is_not_allowed_is_named(setting, message):
    if setting.startswith("seed.deep"):
        with pytest.raises(ConfigError, match=message):
            load_config("digits", settings=["seed=1", setting])
        return
    with pytest.raises(ConfigError, match=message):
        load_config("digits", settings=[setting])


@pytest.mark.parametrize("setting", [
    'seed=5\nname="x"', "seed=5\n[update]\nmethod='single'", "seed=5 # and more", "seed=5#6",
    'name="x"#1\n', "seed=5\r\nname='x'",
])
def test_a_setting_is_one_key_and_one_value(setting):
    with pytest.raises(ConfigError, match=r"^--set (seed|name)=.*: must be one key and one value, "
                                          r"with nothing after it; give --set once") as info:
        load_config("digits", settings=[setting])
    assert len(str(info.value).splitlines()) == 1


@pytest.mark.parametrize(("setting", "hidden"), [
    ("network.hidden=[3,\n4]", (3, 4)), ("network.hidden=[3, # first\n4]\n", (3, 4)),
    (("network.hidden", [3, 4]), (3, 4)), (" network.hidden = [5] ", (5,))])
def test_a_value_may_have_several_lines_or_be_one(setting, hidden):
    config = load_config("digits", settings=["numbers.forward_shift=8", setting])
    assert config.network.hidden == hidden


@pytest.mark.parametrize(("setting", "message"), [
    (f"seed={'9' * 5000}", "number with too many digits, or nested too deeply"),
    (f"seed={'[' * 5000}", "number with too many digits, or nested too deeply"),
    (f"seed={{{'a.' * 100}b = 1}}", "number with too many digits, or nested too deeply"),
    (f"{'x' * 5000}", "must be KEY=VALUE"),
    (f"seed.{'x' * 5000}.y.z=1", r"seed is not a section"),
    (f"device.preset={'x' * 5000}", "must be one of .*xx'"),
    (("device.preset", ["x"] * 5000), r"must be one of .*'x'\]"),
])
def test_what_is_wrong_with_a_setting_takes_one_short_line(setting, message):
    with pytest.raises(ConfigError, match=message) as info:
        load_config("digits", settings=["seed=1", setting])
    assert len(str(info.value).splitlines()) == 1
    assert len(str(info.value)) < 350


PARTS = [".".join("a" * 60_000), ".".join(['"!"'] * 60_000), " .\t".join(["'\"'"] * 60_000),
         ".".join(['"\\""'] * 60_000), ".".join(["a"] * 101)]


@pytest.mark.parametrize("key", PARTS, ids=lambda key: key[:8])
@pytest.mark.parametrize("form", ["{} = 1", "[{}]", "x = {{ {} = 1 }}"])
def test_a_key_of_many_parts_is_refused(form, key):
    with pytest.raises(ConfigError, match=r"^a: is not valid TOML: it is nested too deeply$"):
        read_toml(form.format(key), "a")


@pytest.mark.parametrize("text", [
    ".".join(["a"] * 100) + " = 1", f"x = [{'1.5, ' * 4096}]", f"x = '{'a.' * 999}'",
    f'x = "{"a." * 999}"', f'x = "\\"{"a." * 999}"', f"# {'.' * 999}\nx = 1"],
    ids=lambda text: text[:8])
def test_dots_outside_of_keys_are_allowed(text):
    assert read_toml(text, "a") == tomllib.loads(text)


def test_row_threshold_is_bounded_by_the_activation():
    with pytest.raises(ConfigError, match=r"update\.row_threshold: must be an integer in 0\.\.14 "
                                          r"\(layer 1\), not 15"):
        load_config("digits", settings=["numbers.activation_bits=4", "update.row_threshold=15",
                                        "numbers.margin=0"])


def test_every_fault_is_listed():
    with pytest.raises(ConfigError) as info:
        load_config("digits", settings=["engine.lanes=300", "device.levels=1"])
    assert len(str(info.value).splitlines()) == 2


def test_missing_keys_are_named():
    with pytest.raises(ConfigError, match=r"network\.inputs: is missing"):
        config_from_mapping({"name": "a", "network": {"outputs": 2}, "device": {"levels": 2}})


@pytest.mark.parametrize(("name", "text", "message"), [
    ("a.toml", "name = ", "a.toml: is not valid TOML"),
    ("a.json", "{", "a.json: is not valid JSON"),
    ("a.json", "[]", "a.json: must be a JSON object"),
])
def test_an_invalid_file_is_named(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_config(str(tmp_path / name))


def test_a_source_that_is_missing_lists_the_built_in_ones(tmp_path):
    with pytest.raises(ConfigError, match="built in are digits, mnist, mnist-64, mnist-ice40, "):
        load_config("digit")
    with pytest.raises(ConfigError, match=r"holds no config\.json"):
        load_config(str(tmp_path))


@pytest.mark.parametrize("name", ["digits", "mnist", "mnist-64", "mnist-ice40", "mnist-small"])
def test_built_in_configurations_load(name):
    config = load_config(name)
    assert config.name == name
    assert name in builtin_names()
    assert config.device.levels == (64 if name == "mnist-64" else 256)
    assert {layer.row_threshold for layer in config.design.layers} == {127}
    assert [layer.delta_threshold for layer in config.design.layers] == [2, 2]


def test_built_in_networks():
    shapes = {name: load_config(name).network.shapes for name in builtin_names()}
    assert shapes == {
        "digits": ((64, 32), (32, 10)), "mnist-small": ((784, 64), (64, 10)),
        "mnist-ice40": ((784, 64), (64, 10)),
        "mnist": ((784, 200), (200, 10)), "mnist-64": ((784, 200), (200, 10))}


@given(config=configurations())
@settings(max_examples=50, derandomize=True, deadline=None)
def test_round_trip_through_json(config):
    assert config_from_json(config.model_dump_json()) == config


def test_round_trip_through_a_folder(tmp_path):
    config = load_config("mnist", settings=["network.hidden=[20,30]", "numbers.forward_shift=7"])
    (tmp_path / "config.json").write_text(config.model_dump_json())
    assert load_config(str(tmp_path)) == config


def test_configurations_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        small_config().engine.lanes = 4


@pytest.mark.parametrize("change", [{"lanes": 4}, {"memory": "spram"}])
def test_lanes_and_memory_change_the_engine_digest_only(change):
    one, other = small_config(), small_config(engine=change)
    assert learning_digest(one) == learning_digest(other)
    assert engine_digest(one) != engine_digest(other)


def test_training_defaults_and_name_change_no_digest():
    one = small_config()
    other = small_config(name="other", training={"epochs": 3, "data": "digits"})
    assert engine_digest(one) == engine_digest(other)


def test_defaults_and_the_same_values_given_have_one_digest():
    given = small_config(numbers={"forward_shift": [4, 4], "backward_shift": [4], "margin": 0},
                         device={"conductance_bits": 4},
                         update={"refresh_state": 15, "row_threshold": [127, 127]})
    assert learning_digest(given) == learning_digest(small_config())


@pytest.mark.parametrize("sections", [
    {"seed": 2},
    {"network": {"hidden": [4]}},
    {"network": {"activation": "hard_sigmoid"}},
    {"numbers": {"error_bits": 7}},
    {"numbers": {"backward_shift": 3}},
    {"device": {"levels": 15}},
    {"device": {"conductance_bits": 6}},
    {"update": {"method": "single"}},
    {"update": {"delta_threshold": 3}},
    {"update": {"refresh_state": 12}},
    {"update": {"pulse_decay": 0.5}},
])
def test_everything_that_the_states_depend_on_changes_the_learning_digest(sections):
    assert learning_digest(small_config(**sections)) != learning_digest(small_config())


@given(config=configurations())
@settings(max_examples=100, derandomize=True, deadline=None)
def test_widths_hold_their_worst_cases(config):
    full, limit = config.numbers.full, config.design.weight_limit

    def fits(value: int, bits: int) -> bool:
        return -(1 << (bits - 1)) <= -value <= value < 1 << (bits - 1)

    assert fits(limit, config.design.weight_bits)
    assert fits(full, config.design.operand_bits)
    assert fits(limit * full, config.design.product_bits)
    for layer in config.design.layers:
        assert fits(layer.rows * full * limit, config.design.accumulator_bits)
        largest = full if layer.is_output else config.numbers.delta_limit
        assert fits(largest, config.design.delta_bits)
        assert fits(layer.outputs * limit * largest, config.design.backward_bits)
        assert layer.inputs < 1 << config.design.index_bits
    assert config.network.outputs <= 1 << config.design.label_bits


def test_rows_of_layers_follow_each_other():
    config = load_config("digits")
    first, second = config.design.layers
    assert (first.base, first.groups, first.rows) == (0, 4, 65)
    assert (second.base, second.groups, second.first_group) == (260, 2, 4)
    assert config.design.rows == 260 + 2 * 33


@pytest.mark.parametrize(("probability", "decay", "gates"), [
    (1.0, 1.0, [256, 256, 256]), (1.0, 0.7, [256, 179, 125]), (0.25, 0.5, [64, 32, 16]),
    (0.0, 1.0, [0, 0, 0])])
def test_pulse_gate(probability, decay, gates):
    config = small_config(update={"pulse_probability": probability, "pulse_decay": decay})
    assert [config.design.gate(epoch) for epoch in range(3)] == gates


def test_json_holds_every_section():
    written = json.loads(small_config().model_dump_json())
    assert set(written) == set(Config.model_fields)
