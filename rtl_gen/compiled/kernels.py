"""The blocks of `golden` under the same names, one sample and one row of synapses at a time.

Each array holds all layers one after the other; `LAYER` says where each begins. The two devices of
a pair follow each other: those of synapse s are 2 s and 2 s + 1. No kernel checks an index:
`CompiledEngine` does. numba compiles a file again only when that file changes, so all kernels are
in this file. What it keeps on disk names the class of every argument, so arguments are arrays,
records, numbers and tuples of them, not classes of our own:

- `tables`: `outcomes` (see `STAY`), `aims` (see `NEAREST`), and `programmed` (codes, S), int64,
  `DeviceTables.programming_conductance`;
- `synapses`: `states` and `codes` of devices, int16, `polarity`, int8, and `weights`, int16;
- `words`: those of all rows and of all devices of a row;
- `scratch`: what one sample computes, `x`, `z` and `delta`, and lists: `fired` (lines), `columns`
  and `due` (devices), `draws`;
- `counted`: `counts` (20,), what all pairs of each line and of each column conduct (both empty if
  energy is not counted), and the pulses on devices (empty if they are not counted), all int64.
"""

import numpy as np

from pulsetrain.golden.generator import PROGRAMMING_MARK, ROUNDS

from .jit import inlined, kernel, view

UNIDIRECTIONAL, BIDIRECTIONAL, SINGLE = range(3)
"""Update methods."""
SAMPLES, ERRORS, PULSES, REFRESHES, LTP, LTD, ERASE, REPROGRAM = range(8)
"""Indices of the counts: those of `golden.synapse`, `COUNTERS` and then `DEVICE_PULSES`."""
(FORWARD_READS, BACKWARD_READS, LTP_G, LTD_G, ERASE_G, REPROGRAM_G, FORWARD_TICKS, BACKWARD_TICKS,
 LTP_SLOTS, LTD_SLOTS, ERASE_SLOTS, REPROGRAM_SLOTS) = range(8, 20)
"""Indices of the counts after them: those of `ENERGY_COUNTS`."""

STAY, POTENTIATE, DEPRESS = range(3)
"""Planes of the outcomes (3 codes S,), int32: what a device of each code in each state is after no
pulse, a potentiating or a depressing one."""
READ, READ_BITS, FULL, SOME = 12, 16, 1 << 28, 1 << 29
"""An outcome is the state, the conductance in `READ_BITS` bits from bit `READ` on, and the flags
that the device is full and that its state is not 0. `FULL` is not set if nothing is refreshed."""

NEAREST, PROGRAMMING = range(2)
"""Planes of the aims (2, codes, entries), int16, as in `DeviceTables`; 0 for devices that are
stuck."""

RULE = np.dtype([(name, np.int64) for name in (
    "full", "drop", "margin", "delta_limit", "limit", "method", "swaps", "noise", "differ",
    "moving", "codes", "states", "cycle_factor", "cycle_offset", "cycle_shift", "error_factor",
    "error_offset", "error_shift")])
"""What all layers share. `drop`: low bits of a pixel that are dropped; `limit`: the largest
conductance; `noise`: q; `differ`: devices have codes; there are `codes`, and those from `moving` on
belong to stuck devices; `states`: S. `cycle_...`, `error_...`: the scales of displacements, whose
shift is one less than that of `spec.noise.Scale`; factor 0: none."""

LAYER = np.dtype([(name, np.int64) for name in (
    "inputs", "outputs", "forward_shift", "backward_shift", "row_threshold", "delta_threshold",
    "offset", "first_synapse", "first_row", "first_input", "first_output")])
"""One layer as `spec.Layer` has it, and where its part of each array begins."""

_HALF, _WORD = 0xFFFF, 0xFFFFFFFF


# Generator ---------------------------------------------------------------------------------------


@inlined
def step(word):
    word ^= word << 13 & _WORD
    word ^= word >> 17
    return word ^ (word << 5 & _WORD)


@inlined
def rotate(half, bits):
    return np.uint16(half << np.uint16(bits) | half >> np.uint16(16 - bits))


@inlined
def mix(word):
    x, y = np.uint16(word >> 16), np.uint16(word & _HALF)
    for _ in range(ROUNDS):
        x, y = np.uint16(y ^ (rotate(x, 1) & rotate(x, 8)) ^ rotate(x, 2)), x
    return int(y) << 16 | int(x)


@inlined
def noise_steps(draw, noise):
    """How often a pulse moves a device with this draw: 0, 1 or 2 times."""
    share = draw & 0xFF
    return 1 - (share < noise) + (share >= 256 - noise)


@inlined
def displacement(draw, factor, offset, shift):
    total = (draw & 0xFE) + (draw >> 8 & 0xFF) + (draw >> 16 & 0xFF) + (draw >> 24)
    return (total * factor + offset) >> shift


# Devices -----------------------------------------------------------------------------------------


@inlined
def at(values, index):
    """`values[index]`, without numba's test whether the index counts from the end."""
    return values[np.uint64(index)]


@inlined
def code_of(rule, codes, device):
    return int(at(codes, device)) if rule.differ else 0


@inlined
def outcome(rule, outcomes, plane, code, state):
    return at(outcomes, (plane * rule.codes + code) * rule.states + state)


@inlined
def state_in(found):
    return int(found & ((1 << READ) - 1))


@inlined
def read_in(found):
    return int(found >> READ & ((1 << READ_BITS) - 1))


@inlined
def conductance(rule, tables, synapses, device):
    states, codes, _, _ = synapses
    code = code_of(rule, codes, device)
    return read_in(outcome(rule, tables[0], STAY, code, int(at(states, device))))


@inlined
def total(rule, tables, synapses, pair):
    """What the pair whose first device is `pair` conducts."""
    return (conductance(rule, tables, synapses, pair)
            + conductance(rule, tables, synapses, pair + 1))


# Parts of one layer ------------------------------------------------------------------------------


@view
def weights_of(layer, weights):
    """The weights (N + 1, M) of one layer."""
    rows = layer.inputs + 1
    end = layer.first_synapse + rows * layer.outputs
    return weights[layer.first_synapse:end].reshape((rows, layer.outputs))


@view
def inputs_of(layer, values):
    return values[layer.first_input:layer.first_input + layer.inputs]


@view
def activations_of(layer, values):
    """The activations of one layer: the inputs of the next."""
    first = layer.first_input + layer.inputs
    return values[first:first + layer.outputs]


@view
def lines_of(layer, values):
    """The values of one layer's lines, the bias line last."""
    return values[layer.first_row:layer.first_row + layer.inputs + 1]


@view
def outputs_of(layer, values):
    return values[layer.first_output:layer.first_output + layer.outputs]


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


# Energy, as in golden.energy ----------------------------------------------------------------------


@kernel
def count_forward(layers, full, x, counted):
    counts, totals, _, _ = counted
    reads = 0
    for index in range(len(layers)):
        layer = layers[index]
        inputs, lines = inputs_of(layer, x), lines_of(layer, totals)
        for line in range(len(inputs)):
            reads += inputs[line] * lines[line]
        reads += full * lines[len(inputs)]
    counts[FORWARD_READS] += reads
    counts[FORWARD_TICKS] += full * len(layers)


@kernel
def count_backward(layer, delta, counted):
    counts, _, sums, _ = counted
    reads = longest = 0
    for unit in range(len(delta)):
        ticks = abs(delta[unit])
        reads += ticks * sums[layer.first_output + unit]
        longest = max(longest, ticks)
    counts[BACKWARD_READS] += reads
    counts[BACKWARD_TICKS] += longest


# Update ------------------------------------------------------------------------------------------


@kernel
def list_columns(delta, threshold, columns):
    """List the device to be raised in every column with a trit: 2 unit, or 2 unit + 1 where delta
    is negative. Returns how many there are, and how many of them are even."""
    count = up = 0
    for unit in range(len(delta)):
        columns[count] = 2 * unit + (delta[unit] < 0)
        count += abs(delta[unit]) > threshold
        up += delta[unit] > threshold
    return count, up


@kernel
def list_lines(layer, x, gate, word, row_words, draws, fired):
    """List the lines that fire, the bias line last; returns how many there are."""
    count = 0
    for line in range(len(x)):
        fired[count] = line
        count += x[line] > layer.row_threshold
    fired[count] = len(x)
    count += 1
    if gate == 256:
        return count
    for index in range(count):
        draws[index] = word ^ row_words[layer.first_row + fired[index]]
    for index in range(count):  # a loop of its own, so that it is compiled to vectors
        draws[index] = mix(draws[index])
    passed = 0
    for index in range(count):
        fired[passed] = fired[index]
        passed += draws[index] & 0xFF < gate
    return passed


@inlined
def draw(rule, polarity, words, width, columns, row, row_word, first_word, draws):
    """Draw for the devices of a row that are pulsed: those listed in `columns`, and after them the
    others of their pairs, if both are pulsed."""
    swaps, single, both = rule.swaps != 0, rule.method == SINGLE, rule.method == BIDIRECTIONAL
    for column in range(width):
        device = at(columns, column)
        if swaps:
            device ^= at(polarity, (row + device) >> 1)
        elif single:
            device &= ~1
        draws[column] = row_word ^ at(words, first_word + device)
    count = width
    if both:
        for column in range(width):
            device = at(columns, column) ^ 1
            draws[width + column] = row_word ^ at(words, first_word + device)
        count += width
    if rule.cycle_factor:
        factor, offset, shift = rule.cycle_factor, rule.cycle_offset, rule.cycle_shift
        for index in range(count):
            draws[index] = displacement(mix(draws[index]), factor, offset, shift)
    else:
        noise = rule.noise
        for index in range(count):
            draws[index] = noise_steps(mix(draws[index]), noise)


@inlined
def pulsed(rule, outcomes, plane, code, state, draws, column, random):
    """The outcome of a pulse on a device; if it is `random`, with the draw of `column`."""
    found = outcome(rule, outcomes, plane, code, state)
    if random:
        after, drawn = state_in(found), draws[column]
        if rule.cycle_factor:
            after += drawn if code < rule.moving else 0
            after = min(max(after, 0), rule.states - 1)
        else:
            twice = state_in(outcome(rule, outcomes, plane, code, after))
            after = state if drawn == 0 else after if drawn == 1 else twice
        found = outcome(rule, outcomes, STAY, code, after)
    return found


@inlined
def pulse_row(rule, tables, synapses, row, width, columns, draws, due, counted, first_output, bias,
              options):
    """Pulse the devices of a row from device `row` on, as listed in `columns`.

    Lists the pairs to be refreshed in `due`; returns how many there are, and how much more the row
    conducts. `options`: what the configuration has; if they are constants, only that is compiled.
    """
    outcomes, _, _ = tables
    states, codes, polarity, weights = synapses
    counts, _, sums, wear = counted
    random, differ, swaps, counting, worn = options
    both, single = rule.method == BIDIRECTIONAL, rule.method == SINGLE
    count = change = 0
    for column in range(width):
        chosen = at(columns, column)
        device, down, plane = row + chosen, chosen & 1, POTENTIATE
        if single:  # the plus device goes up or down
            device -= down
            plane += down
            down = 0
        elif swaps:
            device ^= at(polarity, device >> 1)
        other = device ^ 1
        code = int(at(codes, device)) if differ else 0
        other_code = int(at(codes, other)) if differ else 0
        state, other_state = int(at(states, device)), int(at(states, other))
        found = pulsed(rule, outcomes, plane, code, state, draws, column, random)
        states[np.uint64(device)] = state_in(found)
        if both:
            other_found = pulsed(rule, outcomes, DEPRESS, other_code, other_state, draws,
                                 width + column, random)
            states[np.uint64(other)] = state_in(other_found)
        else:
            other_found = outcome(rule, outcomes, STAY, other_code, other_state)
        difference = read_in(found) - read_in(other_found)
        weights[np.uint64(device >> 1)] = -difference if down else difference
        due[np.uint64(count)] = device & ~1
        count += ((found & other_found >> 1 | other_found & found >> 1) & FULL) != 0
        if counting:
            was = read_in(outcome(rule, outcomes, STAY, code, state))
            other_was = read_in(outcome(rule, outcomes, STAY, other_code, other_state))
            counts[LTP_G + plane - POTENTIATE] += was + read_in(found)
            if both:
                counts[LTD_G] += other_was + read_in(other_found)
            more = read_in(found) + read_in(other_found) - was - other_was
            change += more
            if not bias:
                sums[first_output + (chosen >> 1)] += more
        if worn:
            wear[device] += 1
            if both:
                wear[other] += 1
    return count, change


@kernel
def refresh(rule, tables, synapses, pair, row_word, counted):
    """Erase the pair whose first device is `pair`, and program its weight again. `row_word`: the
    word of the pair's first device. Returns how many pulses program it."""
    _, aims, programmed = tables
    states, codes, polarity, weights = synapses
    counts, _, _, wear = counted
    synapse = pair >> 1
    difference = int(weights[synapse])
    plus = pair
    if rule.swaps:
        polarity[synapse] ^= 1
        plus += polarity[synapse]
    device = plus if difference > 0 else plus ^ 1
    code = code_of(rule, codes, device)
    counts[ERASE_G] += total(rule, tables, synapses, pair)
    states[pair] = states[pair + 1] = 0
    counts[ERASE_G] += total(rule, tables, synapses, pair)
    lowest = conductance(rule, tables, synapses, device ^ 1)
    aim = pulses = 0
    if difference != 0:
        aim = int(aims[NEAREST, code, min(lowest + abs(difference), rule.limit)])
        pulses = int(aims[PROGRAMMING, code, aim])
    state = aim
    if rule.error_factor and aim > 0:
        error = displacement(mix(row_word ^ PROGRAMMING_MARK), rule.error_factor,
                             rule.error_offset, rule.error_shift)
        state = min(max(aim + error, 0), rule.states - 1)
    states[device] = state
    difference = conductance(rule, tables, synapses, device) - lowest
    weights[synapse] = difference if device == plus else -difference
    counts[REFRESHES] += 1
    counts[ERASE] += 2
    counts[REPROGRAM] += pulses
    counts[REPROGRAM_G] += programmed[code, aim]
    if len(wear) > 0:
        wear[pair] += 1
        wear[pair + 1] += 1
        wear[device] += pulses
    return pulses


@kernel
def update(layer, x, delta, gate, word, rule, tables, synapses, words, scratch, counted):
    """Pulse the synapses of one layer: firing lines times columns with a trit."""
    row_words, device_words = words
    _, _, _, fired, columns, due, draws = scratch
    _, _, polarity, _ = synapses
    counts, lines, sums, wear = counted
    width, up = list_columns(delta, layer.delta_threshold, columns)
    if width == 0:
        return
    height = list_lines(layer, x, gate, word, row_words, draws, fired)
    if height == 0:
        return
    raised, lowered = width, 0
    if rule.method == BIDIRECTIONAL:
        lowered = width
    elif rule.method == SINGLE:
        raised, lowered = up, width - up
    counts[PULSES] += height * width
    counts[LTP] += height * raised
    counts[LTD] += height * lowered
    counts[LTP_SLOTS] += raised > 0
    counts[LTD_SLOTS] += lowered > 0
    random, differ = rule.noise != 0 or rule.cycle_factor != 0, rule.differ != 0
    swaps, counting, worn = rule.swaps != 0, len(lines) > 0, len(wear) > 0
    first_word = 2 * layer.first_output
    for index in range(height):
        line = fired[index]
        bias = line == len(x)
        row_word = word ^ row_words[layer.first_row + line]
        row = 2 * (layer.first_synapse + line * layer.outputs)
        if random or differ or swaps or counting or worn:
            if random:
                draw(rule, polarity, device_words, width, columns, row, row_word, first_word, draws)
            count, change = pulse_row(
                rule, tables, synapses, row, width, columns, draws, due, counted,
                layer.first_output, bias, (random, differ, swaps, counting, worn))
        else:
            count, change = pulse_row(
                rule, tables, synapses, row, width, columns, draws, due, counted,
                layer.first_output, bias, (False, False, False, False, False))
        longest = 0
        for place in range(count):
            pair = due[place]
            before = total(rule, tables, synapses, pair)
            first = row_word ^ device_words[first_word + pair - row]
            longest = max(longest, refresh(rule, tables, synapses, pair, first, counted))
            if counting:
                more = total(rule, tables, synapses, pair) - before
                change += more
                if not bias:
                    sums[layer.first_output + ((pair - row) >> 1)] += more
        counts[ERASE_SLOTS] += count > 0
        counts[REPROGRAM_SLOTS] += longest
        if counting:
            lines[layer.first_row + line] += change


# The whole engine --------------------------------------------------------------------------------


@kernel
def propagate(pixels, layers, rule, weights, scratch):
    """Quantise a sample and take it through all layers; returns its class."""
    x, z, _, events, _, _, _ = scratch
    for line in range(len(pixels)):
        x[line] = pixels[line] >> rule.drop
    for index in range(len(layers)):
        layer = layers[index]
        sums = outputs_of(layer, z)
        forward(weights_of(layer, weights), inputs_of(layer, x), rule.full, events, sums)
        activate(sums, layer, rule.full, activations_of(layer, x))
    return classify(outputs_of(layers[len(layers) - 1], z))


@kernel
def run(pixels, labels, learns, gate, word, layers, rule, tables, synapses, words, scratch, classes,
        counted):
    """Classify `pixels` (n, N) one after the other, and if it `learns`, learn from each with
    `labels` (n,).

    Fills `classes` (n,), adds to `counted`, and returns the generator's next word.
    """
    x, _, delta, _, _, _, _ = scratch
    counts, lines, _, _ = counted
    _, _, _, weights = synapses
    for sample in range(len(pixels)):
        classes[sample] = propagate(pixels[sample], layers, rule, weights, scratch)
        if not learns:
            continue
        counts[SAMPLES] += 1
        counts[ERRORS] += classes[sample] != labels[sample]
        if len(lines) > 0:
            count_forward(layers, rule.full, x, counted)
        delta[:] = 0
        index = len(layers) - 1
        some = output_delta(activations_of(layers[index], x), labels[sample], rule.full,
                            rule.margin, outputs_of(layers[index], delta))
        while some:
            layer = layers[index]
            inputs, deltas = inputs_of(layer, x), outputs_of(layer, delta)
            some = False
            if index > 0:
                some = backward(weights_of(layer, weights), deltas, inputs, layer.backward_shift,
                                rule.full, rule.delta_limit, outputs_of(layers[index - 1], delta))
                if len(lines) > 0:
                    count_backward(layer, deltas, counted)
            update(layer, inputs, deltas, gate, word, rule, tables, synapses, words, scratch,
                   counted)
            index -= 1
        word = step(word)
    return word
