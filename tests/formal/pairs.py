"""Pairs: pulse and refresh of one pair, apart and together, against tables of the golden model.

A table holds the result of the golden model's own function for every value of its inputs. The
hardware must equal it for all of them, in a pipeline that a new pair enters in every cycle.
"""

from collections.abc import Callable, Mapping

import numpy as np
from amaranth.hdl import Cat, Const, Module, Value, unsigned
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component
from formal.prover import Claims

from pulsetrain.device import device_tables
from pulsetrain.golden.device import MOVES, STUCK_HIGH, STUCK_LOW, Devices
from pulsetrain.golden.pulse import pulse, pulse_update
from pulsetrain.golden.refresh import due_pairs, refresh
from pulsetrain.golden.synapse import Steps, Synapses
from pulsetrain.hdl.engine.conductance import PairConductance
from pulsetrain.hdl.engine.pulse import PulseUpdate
from pulsetrain.hdl.engine.refresh import Refresh
from pulsetrain.hdl.engine.step import PairStep
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config
from pulsetrain.spec.noise import LARGEST_SUM, Scale

ROLES = ("plus", "minus")

Fields = Mapping[str, np.ndarray]


def table(m: Module, name: str, inputs: Mapping[str, Value],
          function: Callable[[Fields], np.ndarray], bits: int) -> Value:
    """What `function` gives for `inputs`: it is called once, for every value of all of them."""
    address = np.arange(1 << sum(len(value) for value in inputs.values()))
    fields, above = {}, address
    for field, value in inputs.items():
        fields[field] = above & ((1 << len(value)) - 1)
        above = above >> len(value)
    words = np.broadcast_to(function(fields), address.shape)
    assert ((words >= 0) & (words < 1 << bits)).all()
    m.submodules[name] = memory = Memory(shape=unsigned(bits), depth=len(address),
                                         init=words.tolist())
    port = memory.read_port(domain="comb")
    m.d.comb += port.addr.eq(Cat(*inputs.values()))
    return port.data


def step_claims(config: Config) -> Claims:
    """`PairStep` equals `golden.pulse.pulse`, and passes a pair on that is not pulsed."""
    step = PairStep(config)
    claims = Claims(step)
    devices = _devices_of(step)
    assume_possible(claims, config, step.pair, devices)
    claims.assume(~(step.up & step.down))
    for role in ROLES:
        inputs = {"state": step.pair[role], **device_inputs(devices, role, "high"),
                  "up": step.up, "down": step.down}
        if scale := config.design.cycle_scale:
            inputs["shift"] = shift_index(claims.m, f"{role}_shift", scale, inputs.pop("noise"))
        _claim(claims, step.latency, f"{role}_moves", step.moved[role], table(
            claims.m, f"{role}_table", inputs,
            lambda fields, role=role: moved_states(config, role, fields), len(step.pair[role])))
    if config.update.refresh_swaps:
        _claim(claims, step.latency, "polarity_stays", step.moved.polarity, step.pair.polarity)
    return claims


def moved_states(config: Config, role: str, fields: Fields) -> np.ndarray:
    """The states of the device in `role` after a pulse, if there is one; 0 of what cannot be."""
    state = np.minimum(fields["state"], config.design.states - 1)
    mine, other = _devices(config, fields), Devices(
        tables=device_tables(config), device_class=0, stuck=0)
    still, twice = (fields.get(name, np.zeros_like(state)) for name in ("still", "twice"))
    steps = 1 - still + twice * (1 - still) if config.device.cycle_noise else None
    shift = fields["shift"] - config.design.cycle_scale.largest if "shift" in fields else None
    none = None if shift is None else np.zeros_like(shift)
    one = None if steps is None else np.ones_like(steps)
    of_plus = role == "plus"
    # What becomes of a device does not depend on the state of the other.
    results = [pulse(config.design.method, Synapses(
        plus=state if of_plus else np.full_like(state, state_of_other),
        minus=np.full_like(state, state_of_other) if of_plus else state, polarity=None,
        first=mine if of_plus else other, second=other if of_plus else mine),
        np.where(fields["up"], 1, -1),
        Steps(plus=steps if of_plus else one, minus=one if of_plus else steps,
              plus_shift=shift if of_plus else none, minus_shift=none if of_plus else shift))
        for state_of_other in (0, config.design.states - 1)]
    after, again = (getattr(result, role) for result in results)
    assert (after == again).all()
    return np.where(fields["up"] | fields["down"], after, fields["state"])


def refresh_claims(config: Config) -> Claims:
    """`Refresh` equals `golden.refresh.refresh`."""
    component = Refresh(config)
    claims = Claims(component)
    devices = _devices_of(component)
    assume_possible(claims, config, component.pair, devices)
    pair, refreshed, bits = component.pair, component.refreshed, config.design.state_bits
    inputs = {f"{role}_{name}": value for role in ROLES for name, value in {
        "state": pair[role], **device_inputs(devices, role, "still", "twice", "noise")}.items()}
    if scale := config.design.refresh_scale:
        claims.assume((component.error >= -scale.largest) & (component.error <= scale.largest))
        inputs["error"] = (component.error + scale.largest)[:scale.largest.bit_length() + 1]
    expected = table(claims.m, "table", inputs,
                     lambda fields: refreshed_states(config, fields), 1 + 2 * bits)
    _claim(claims, component.latency, "is_due", component.due, expected[0])
    for role, low in zip(ROLES, (1, 1 + bits), strict=True):
        _claim(claims, component.latency, f"{role}_is_programmed", refreshed[role],
               expected[low:low + bits], expected[0])
    if config.update.refresh_swaps:
        _claim(claims, component.latency, "polarity_turns", refreshed.polarity, ~pair.polarity)
    return claims


def refreshed_states(config: Config, fields: Fields) -> np.ndarray:
    """Whether a pair is due, and above it the plus and the minus state after a refresh."""
    bits, synapses = config.design.state_bits, _synapses(config, fields)
    swaps, scale = config.update.refresh_swaps, config.design.refresh_scale
    error = scale and np.clip(fields["error"] - scale.largest, -scale.largest, scale.largest)
    limit = config.design.refresh_state
    after, _ = refresh(synapses, limit, swap=swaps, error=error)
    return due_pairs(synapses, limit) | after.plus << 1 | after.minus << 1 + bits


def conductance_claims(config: Config) -> Claims:
    """`PairConductance` equals `golden.device.Devices.conductance` and `full`."""
    component = PairConductance(config)
    claims = Claims(component)
    devices = _devices_of(component)
    assume_possible(claims, config, component.pair, devices)
    bits, limit = config.design.read_bits, config.design.refresh_state
    for index, role in enumerate(ROLES):
        inputs = {"state": component.pair[role],
                  **device_inputs(devices, role, "still", "twice", "noise")}

        def words(fields: Fields) -> np.ndarray:
            state = np.minimum(fields["state"], config.design.states - 1)
            devices = _devices(config, fields)
            return devices.conductance(state) | devices.full(state, limit) << bits

        expected = table(claims.m, f"{role}_table", inputs, words, bits + 1)
        _claim(claims, component.latency, f"{role}_reads", getattr(component, role),
               expected[:bits])
        _claim(claims, component.latency, f"{role}_is_full", component.full[index],
               expected[bits], ~inputs["stuck"] if "stuck" in inputs else Const(1))
    return claims


def pulse_claims(config: Config) -> Claims:
    """`PulseUpdate` with one lane equals `golden.pulse.pulse_update` if its row fires and its
    column has a trit. Otherwise it changes nothing."""
    update = PulseUpdate(config)
    claims, pair, new, trit = Claims(update), update.row[0], update.new_row[0], update.trits[0]
    devices = update.devices[0] if config.design.draws else None
    assume_possible(claims, config, pair, devices)
    claims.assume(~(trit.up & trit.down))
    fires, bits, swaps = update.fires[0], config.design.state_bits, config.update.refresh_swaps
    inputs = {f"{role}_{name}": value for role in ROLES for name, value in {
        "state": pair[role], **device_inputs(devices, role)}.items()}
    expected = table(claims.m, "table", inputs | {"up": fires & trit.up, "down": fires & trit.down},
                     lambda fields: updated_states(config, fields), 1 + 2 * bits)
    for role, low in zip(ROLES, (1, 1 + bits), strict=True):
        _claim(claims, update.latency, f"{role}_is_new", new[role], expected[low:low + bits])
    if swaps:
        _claim(claims, update.latency, "polarity_is_new", new.polarity, pair.polarity ^ expected[0])
    _claim(claims, update.latency + config.design.stages.count, "refreshes_are_counted",
           update.refreshes, expected[0])
    return claims


def updated_states(config: Config, fields: Fields) -> np.ndarray:
    """Whether a pair is refreshed after its pulse, and above it its plus and its minus state."""
    bits = config.design.state_bits
    synapses = _synapses(config, fields)
    steps = Steps()
    if config.device.cycle_noise:
        steps = Steps(**{role: 1 - fields[f"{role}_still"] + fields[f"{role}_twice"]
                         * (1 - fields[f"{role}_still"]) for role in ROLES})
    pulsed = pulse(config.design.method, synapses, np.where(fields["up"], 1, -1), steps)
    due = np.zeros(pulsed.plus.shape, bool)
    if config.design.method == "unidirectional":
        due = due_pairs(pulsed, config.design.refresh_state)
    after, _ = pulse_update(config, synapses, np.where(fields["up"], 1, -1), steps)
    states = [np.where(fields["up"] | fields["down"], getattr(after, role), fields[f"{role}_state"])
              for role in ROLES]
    return (due & (fields["up"] | fields["down"])) | states[0] << 1 | states[1] << 1 + bits


def device_inputs(devices: View | None, role: str, *without: str) -> dict[str, Value]:
    """The fields of the device in `role`, if devices differ."""
    return {} if devices is None else {
        name: Value.cast(devices[role][name]) for name in devices[role].shape().members
        if name not in without}


def assume_possible(claims: Claims, config: Config, pair: View, devices: View | None) -> None:
    """States exist; a stuck device is in state 0, and only a stuck one reads as high; a pulse moves
    a device not at all, once or twice."""
    for role in ROLES:
        state, device = pair[role], device_inputs(devices, role)
        claims.assume(state < config.design.states)
        if "stuck" in device:
            claims.assume(~device["high"] | device["stuck"])
            claims.assume(~device["stuck"] | (state == 0))
        if "still" in device:
            claims.assume(~(device["still"] & device["twice"]))
        if "noise" in device:
            claims.assume(device["noise"] <= LARGEST_SUM)


def shift_index(m: Module, name: str, scale: Scale, total: Value) -> Value:
    """The displacement of a draw's sum, counted from the smallest."""
    return table(m, name, {"total": total}, lambda fields: scale.displacement(
        np.minimum(fields["total"], LARGEST_SUM)) + scale.largest,
        (2 * scale.largest).bit_length())


def _synapses(config: Config, fields: Fields) -> Synapses:
    """The pairs of every combination of `fields`; their first devices are the plus devices."""
    last = config.design.states - 1
    plus, minus = (np.minimum(fields[f"{role}_state"], last) for role in ROLES)
    first, second = (_devices(config, {name.removeprefix(f"{role}_"): values
                                       for name, values in fields.items()
                                       if name.startswith(role)}) for role in ROLES)
    return Synapses(plus=plus, minus=minus, first=first, second=second, polarity=np.zeros(
        plus.shape, bool) if config.update.refresh_swaps else None)


def _devices_of(component: Component) -> View | None:
    """The devices of a component that works on one pair, if they differ."""
    return component.devices if "devices" in component.signature.members else None


def _devices(config: Config, fields: Fields) -> Devices:
    """The devices of every combination of `fields`."""
    stuck: np.ndarray | int = 0
    if config.variation.sticks:
        high = fields.get("high", np.zeros_like(fields["stuck"]))
        stuck = np.where(fields["stuck"], np.where(high, STUCK_HIGH, STUCK_LOW), MOVES)
    return Devices(tables=device_tables(config), device_class=fields.get("kind", 0), stuck=stuck)


def _claim(claims: Claims, latency: int, name: str, value: Value, expected: Value,
           matters: Value | int = 1) -> None:
    """`value` is what was `expected` `latency` cycles earlier, where it `matters`."""
    if not latency:  # the search needs registers
        value, latency = delayed(claims.m, value, 1, f"{name}_value"), 1
    begun = delayed(claims.m, Const(1), latency, f"{name}_begun", control=True)
    expected = delayed(claims.m, expected, latency, f"{name}_expected")
    matters = delayed(claims.m, Value.cast(matters), latency, f"{name}_matters")
    claims.claim(name, ~begun | ~matters | (value == expected))
