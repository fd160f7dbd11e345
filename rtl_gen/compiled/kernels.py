"""The blocks of `golden` under the same names, one sample and one synapse at a time.

Each array holds all layers one after the other; `LAYER` says where each begins. No kernel checks an
index: `CompiledEngine` does. numba compiles a file again only when that file changes, so all
kernels are in this file. What it keeps on disk names the class of every argument, so arguments are
arrays, records and numbers, not classes of our own.
"""

import numpy as np

from pulsetrain.golden.device import MOVES, STUCK_HIGH
from pulsetrain.golden.generator import PROGRAMMING_MARK, ROUNDS

from .jit import inlined, kernel, view

UNIDIRECTIONAL, BIDIRECTIONAL = range(2)
"""Update methods; any other number is "single"."""
SAMPLES, ERRORS, PULSES, REFRESHES, LTP, LTD, ERASE, REPROGRAM = range(8)
"""Indices of the counts: those of `golden.synapse`, `COUNTERS` and then `DEVICE_PULSES`."""

READ, POTENTIATE, DEPRESS, NEAREST, PROGRAMMING = range(5)
"""Planes of the tables (5, C, entries), int16: those of `device.DeviceTables`."""

PLUS, MINUS, WEIGHT, POLARITY, FIRST, SECOND = range(6)
"""Planes of the memory (planes, synapses), int16: the states, the weight that they express and, if
the configuration has them, the polarity and the codes of both devices."""

KIND_BITS = 6
"""A device's code: its class in this many bits, and above them whether it is stuck."""

_KIND = (1 << KIND_BITS) - 1
_HALF, _WORD = 0xFFFF, 0xFFFFFFFF

RULE = np.dtype([(name, np.int64) for name in (
    "full", "drop", "margin", "delta_limit", "last", "limit", "method", "refresh_state", "swaps",
    "noise", "differ", "cycle_factor", "cycle_offset", "cycle_shift", "error_factor",
    "error_offset", "error_shift")])
"""What all layers share. `drop`: low bits of a pixel that are dropped; `last`: the last state;
`limit`: the largest conductance; `differ`: devices have codes. `cycle_...`, `error_...`: the
scales of displacements, whose shift is one less than that of `spec.noise.Scale`; factor 0: none."""

LAYER = np.dtype([(name, np.int64) for name in (
    "inputs", "outputs", "forward_shift", "backward_shift", "row_threshold", "delta_threshold",
    "offset", "first_synapse", "first_row", "first_input", "first_output")])
"""One layer as `spec.Layer` has it, and where its part of each array begins."""


# Generator ---------------------------------------------------------------------------------------


@kernel
def step(word):
    word ^= word << 13 & _WORD
    word ^= word >> 17
    return word ^ (word << 5 & _WORD)


@kernel
def rotate(half, bits):
    return (half << bits | half >> (16 - bits)) & _HALF


@kernel
def mix(word):
    x, y = word >> 16, word & _HALF
    for _ in range(ROUNDS):
        x, y = y ^ (rotate(x, 1) & rotate(x, 8)) ^ rotate(x, 2), x
    return y << 16 | x


@kernel
def fires(word, gate):
    return mix(word) & 0xFF < gate


@kernel
def noise_steps(word, noise):
    draw = mix(word) & 0xFF
    return 0 if draw < noise else 2 if draw >= 256 - noise else 1


@kernel
def displacement(word, factor, offset, shift):
    draw = mix(word)
    total = (draw & 0xFE) + (draw >> 8 & 0xFF) + (draw >> 16 & 0xFF) + (draw >> 24)
    return (total * factor + offset) >> shift


# Devices -----------------------------------------------------------------------------------------


@kernel
def conductance(rule, tables, code, state):
    shown = rule.last if code >> KIND_BITS == STUCK_HIGH else state
    return tables[READ, code & _KIND, shown]


@kernel
def moved(tables, plane, code, state, moves):
    after = state
    if moves > 0 and code >> KIND_BITS == MOVES:
        after = tables[plane, code & _KIND, state]
        if moves > 1:
            after = tables[plane, code & _KIND, after]
    return after


@kernel
def is_full(rule, tables, code, state):
    unmoved = tables[POTENTIATE, code & _KIND, state] == state
    return (state >= rule.refresh_state or unmoved) and code >> KIND_BITS == MOVES


@kernel
def nearest(rule, tables, code, value):
    state = tables[NEAREST, code & _KIND, min(max(value, 0), rule.limit)]
    return state if code >> KIND_BITS == MOVES else 0


# Synapses ----------------------------------------------------------------------------------------


@kernel
def roles(rule, memory, synapse):
    """(polarity, code of the plus device, code of the minus device) of one pair."""
    polarity = memory[POLARITY, synapse] if rule.swaps else 0
    first = memory[FIRST, synapse] if rule.differ else 0
    second = memory[SECOND, synapse] if rule.differ else 0
    return polarity, second if polarity else first, first if polarity else second


@kernel
def weight(rule, tables, plus_code, plus, minus_code, minus):
    return conductance(rule, tables, plus_code, plus) - conductance(rule, tables, minus_code, minus)


@kernel
def load_weights(rule, tables, memory):
    """Compute all weights from the states."""
    for synapse in range(memory.shape[1]):
        _, plus_code, minus_code = roles(rule, memory, synapse)
        memory[WEIGHT, synapse] = weight(rule, tables, plus_code, memory[PLUS, synapse],
                                         minus_code, memory[MINUS, synapse])


# Forward and backward ----------------------------------------------------------------------------


@kernel
def forward(weight, x, full, indices, z):
    """Fill `z` (M,) from `weight` (N + 1, M) and `x` (N,); `indices` gets those of events."""
    count = 0
    for line in range(len(x)):
        indices[count] = line
        count += x[line] != 0
    for unit in range(len(z)):
        z[unit] = full * weight[len(x), unit]
    for event in range(0, count - 3, 4):
        a, b, c, d = indices[event], indices[event + 1], indices[event + 2], indices[event + 3]
        for unit in range(len(z)):
            z[unit] += (x[a] * weight[a, unit] + x[b] * weight[b, unit]
                        + x[c] * weight[c, unit] + x[d] * weight[d, unit])
    for event in range(count - count % 4, count):
        a = indices[event]
        for unit in range(len(z)):
            z[unit] += x[a] * weight[a, unit]


@kernel
def activate(z, layer, full, y):
    for unit in range(len(z)):
        y[unit] = min(max((z[unit] >> layer.forward_shift) + layer.offset, 0), full)


@kernel
def classify(z):
    prediction = 0
    for unit in range(1, len(z)):
        if z[unit] > z[prediction]:
            prediction = unit
    return prediction


@kernel
def output_delta(y, label, full, margin, delta):
    """Fill `delta` (M,); returns whether any is not 0."""
    some = False
    for unit in range(len(y)):
        delta[unit] = max(0, full - margin - y[unit]) if unit == label else min(0, margin - y[unit])
        some |= delta[unit] != 0
    return some


@kernel
def backward(weight, delta, y, shift, full, limit, below):
    """Fill `below` (N,) from `weight` (N + 1, M), `delta` (M,) and `y` (N,).

    Returns whether any is not 0.
    """
    some = False
    for line in range(len(y)):
        below[line] = 0
        if 0 < y[line] < full:
            exact = 0
            for unit in range(len(delta)):
                exact += delta[unit] * weight[line, unit]
            size = min(abs(exact) >> shift, limit)
            below[line] = size if exact > 0 else -size
            some |= size > 0
    return some


# Update ------------------------------------------------------------------------------------------


@kernel
def pulse(rule, tables, plus, minus, plus_code, minus_code, up, plus_moves, minus_moves):
    """(plus, minus) of one pair after a pulse."""
    if rule.method == UNIDIRECTIONAL:
        if up:
            plus = moved(tables, POTENTIATE, plus_code, plus, plus_moves)
        else:
            minus = moved(tables, POTENTIATE, minus_code, minus, minus_moves)
    else:
        plus = moved(tables, POTENTIATE if up else DEPRESS, plus_code, plus, plus_moves)
        if rule.method == BIDIRECTIONAL:
            minus = moved(tables, DEPRESS if up else POTENTIATE, minus_code, minus, minus_moves)
    return plus, minus


@kernel
def displaced(rule, code, state, word):
    """The state of a device after the displacement of a pulse."""
    if code >> KIND_BITS != MOVES:
        return state
    shift = displacement(word, rule.cycle_factor, rule.cycle_offset, rule.cycle_shift)
    return min(max(state + shift, 0), rule.last)


@kernel
def misprogrammed(rule, state, word):
    """The state of a device that was to be programmed to `state`."""
    if state == 0:
        return state
    error = displacement(word ^ PROGRAMMING_MARK, rule.error_factor, rule.error_offset,
                         rule.error_shift)
    return min(max(state + error, 0), rule.last)


@kernel
def is_due(rule, tables, plus, minus, plus_code, minus_code):
    return ((minus > 0 and is_full(rule, tables, plus_code, plus))
            or (plus > 0 and is_full(rule, tables, minus_code, minus)))


@kernel
def refresh(rule, tables, difference, plus_code, minus_code):
    """(plus, minus) of a pair that is programmed again to the weight `difference`."""
    plus = minus = 0
    if difference > 0:
        lowest = conductance(rule, tables, minus_code, 0)
        plus = nearest(rule, tables, plus_code, lowest + difference)
    if difference < 0:
        lowest = conductance(rule, tables, plus_code, 0)
        minus = nearest(rule, tables, minus_code, lowest - difference)
    return plus, minus


@inlined
def pulse_update(rule, tables, memory, synapse, up, first_word, second_word, counts, displaces):
    """Pulse and refresh one synapse, and update its weight.

    `displaces` is a constant: whether pulses or refreshes may displace devices.
    """
    polarity, plus_code, minus_code = roles(rule, memory, synapse)
    plus_moves = minus_moves = 1
    if rule.noise:
        plus_moves = noise_steps(second_word if polarity else first_word, rule.noise)
        minus_moves = noise_steps(first_word if polarity else second_word, rule.noise)
    plus, minus = pulse(rule, tables, memory[PLUS, synapse], memory[MINUS, synapse], plus_code,
                        minus_code, up, plus_moves, minus_moves)
    if displaces and rule.cycle_factor:
        if up or rule.method != UNIDIRECTIONAL:
            plus = displaced(rule, plus_code, plus, second_word if polarity else first_word)
        if rule.method == BIDIRECTIONAL or (rule.method == UNIDIRECTIONAL and not up):
            minus = displaced(rule, minus_code, minus, first_word if polarity else second_word)
    difference = weight(rule, tables, plus_code, plus, minus_code, minus)
    if rule.method == UNIDIRECTIONAL and is_due(rule, tables, plus, minus, plus_code, minus_code):
        if rule.swaps:
            memory[POLARITY, synapse] = 1 - polarity
            plus_code, minus_code = minus_code, plus_code
        plus, minus = refresh(rule, tables, difference, plus_code, minus_code)
        counts[REPROGRAM] += (tables[PROGRAMMING, plus_code & _KIND, plus]
                              + tables[PROGRAMMING, minus_code & _KIND, minus])
        if displaces and rule.error_factor:
            plus = misprogrammed(rule, plus, first_word)
            minus = misprogrammed(rule, minus, first_word)
        difference = weight(rule, tables, plus_code, plus, minus_code, minus)
        counts[REFRESHES] += 1
        counts[ERASE] += 2
    memory[PLUS, synapse], memory[MINUS, synapse] = plus, minus
    memory[WEIGHT, synapse] = difference


@kernel
def update(layer, x, delta, gate, word, rule, tables, memory, row_words, device_words, indices,
           counts):
    """Pulse the synapses of one layer: firing lines times columns with a trit."""
    columns = up = 0
    for unit in range(len(delta)):
        indices[columns] = unit
        columns += abs(delta[unit]) > layer.delta_threshold
        up += delta[unit] > layer.delta_threshold
    if columns == 0:
        return
    displaces = rule.cycle_factor != 0 or rule.error_factor != 0
    potentiating, depressing = up, columns - up
    if rule.method == UNIDIRECTIONAL:
        potentiating, depressing = columns, 0
    elif rule.method == BIDIRECTIONAL:
        potentiating, depressing = columns, columns
    for line in range(len(x) + 1):
        if line < len(x) and x[line] <= layer.row_threshold:
            continue
        row_word = word ^ row_words[layer.first_row + line]
        if gate < 256 and not fires(row_word, gate):
            continue
        counts[PULSES] += columns
        counts[LTP] += potentiating
        counts[LTD] += depressing
        first = layer.first_synapse + line * layer.outputs
        for column in range(columns):
            unit = indices[column]
            output = layer.first_output + unit
            first_word = row_word ^ device_words[0, output]
            second_word = row_word ^ device_words[1, output]
            if displaces:
                pulse_update(rule, tables, memory, first + unit, delta[unit] > 0, first_word,
                             second_word, counts, True)
            else:
                pulse_update(rule, tables, memory, first + unit, delta[unit] > 0, first_word,
                             second_word, counts, False)


# The whole engine --------------------------------------------------------------------------------


@view
def weights_of(layer, memory):
    """The weights (N + 1, M) of one layer."""
    rows = layer.inputs + 1
    end = layer.first_synapse + rows * layer.outputs
    return memory[WEIGHT, layer.first_synapse:end].reshape((rows, layer.outputs))


@view
def inputs_of(layer, values):
    return values[layer.first_input:layer.first_input + layer.inputs]


@view
def activations_of(layer, values):
    """The activations of one layer: the inputs of the next."""
    first = layer.first_input + layer.inputs
    return values[first:first + layer.outputs]


@view
def outputs_of(layer, values):
    return values[layer.first_output:layer.first_output + layer.outputs]


@kernel
def propagate(pixels, layers, rule, memory, x, z, indices):
    """Quantise a sample and take it through all layers; returns its class."""
    for line in range(len(pixels)):
        x[line] = pixels[line] >> rule.drop
    for index in range(len(layers)):
        layer = layers[index]
        sums = outputs_of(layer, z)
        forward(weights_of(layer, memory), inputs_of(layer, x), rule.full, indices, sums)
        activate(sums, layer, rule.full, activations_of(layer, x))
    return classify(outputs_of(layers[len(layers) - 1], z))


@kernel
def learn(label, gate, word, layers, rule, tables, memory, row_words, device_words, x, delta,
          indices, counts):
    """Backward and update of all layers, for a sample after `propagate`."""
    delta[:] = 0
    index = len(layers) - 1
    some = output_delta(activations_of(layers[index], x), label, rule.full, rule.margin,
                        outputs_of(layers[index], delta))
    while some:
        layer = layers[index]
        inputs, deltas = inputs_of(layer, x), outputs_of(layer, delta)
        some = False
        if index > 0:
            some = backward(weights_of(layer, memory), deltas, inputs, layer.backward_shift,
                            rule.full, rule.delta_limit, outputs_of(layers[index - 1], delta))
        update(layer, inputs, deltas, gate, word, rule, tables, memory, row_words, device_words,
               indices, counts)
        index -= 1


@kernel
def train(pixels, labels, gate, word, layers, rule, tables, memory, row_words, device_words, x, z,
          delta, indices, classes, counts):
    """Learn from `pixels` (n, N) with `labels` (n,), one sample after the other.

    Fills `classes` (n,), adds to `counts` (8,), and returns the generator's next word.
    """
    for sample in range(len(pixels)):
        classes[sample] = propagate(pixels[sample], layers, rule, memory, x, z, indices)
        learn(labels[sample], gate, word, layers, rule, tables, memory, row_words, device_words, x,
              delta, indices, counts)
        counts[SAMPLES] += 1
        counts[ERRORS] += classes[sample] != labels[sample]
        word = step(word)
    return word


@kernel
def infer(pixels, layers, rule, memory, x, z, indices, classes):
    """Classify `pixels` (n, N): fills `classes` (n,)."""
    for sample in range(len(pixels)):
        classes[sample] = propagate(pixels[sample], layers, rule, memory, x, z, indices)
