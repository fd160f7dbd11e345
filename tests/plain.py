"""docs/reference/contract.md in plain Python, one synapse at a time.

It is slow, and written independently of `golden`, so that a mistake in either shows as a
difference. It takes only the device tables and the constants of the hash from the product.
"""

import math
from fractions import Fraction

import numpy as np

from pulsetrain.device import device_tables
from pulsetrain.golden import State
from pulsetrain.spec import Config
from pulsetrain.spec.noise import Scale

LAYER_SPREAD, ROW_SPREAD = 0xB7E15163, 0x9E3779B9
DEVICE_SPREAD, DEVICE_MARK, PROGRAMMING_MARK = 0xC2B2AE35, 0xB5297A4D, 0x165667B1


def spread(number: int, factor: int, bits: int) -> int:
    """The carry-less product of two numbers, with the lower `bits` of the first; 32 bits."""
    word = 0
    for bit in range(bits):
        if number >> bit & 1:
            word ^= factor << bit
    return word & 0xFFFFFFFF


def row_word(layer: int, row: int) -> int:
    return spread(row, ROW_SPREAD, 13) ^ spread(layer, LAYER_SPREAD, 3)


def device_word(column: int, device: int) -> int:
    return spread(2 * column + device, DEVICE_SPREAD, 14) ^ DEVICE_MARK


def mix(word: int) -> int:
    """Five unkeyed Simon rounds on the halves of `word`."""
    def rotated(half: int, by: int) -> int:
        return (half << by | half >> 16 - by) & 0xFFFF

    x, y = word >> 16, word & 0xFFFF
    for _ in range(5):
        x, y = y ^ rotated(x, 1) & rotated(x, 8) ^ rotated(x, 2), x
    return y << 16 | x


def visited(seed: int, epoch: int, count: int, position: int) -> int:
    """The sample of `count` at `position` of the keyed order of `epoch`."""
    key = mix(mix(seed) ^ epoch % 2**32)
    bits = max(2, (count - 1).bit_length())
    low_bits = bits // 2
    while True:
        low, high = position % 2**low_bits, position // 2**low_bits
        for turn in range(0, 8, 2):
            low ^= mix(row_word(turn, high) ^ key) % 2**low_bits
            high ^= mix(row_word(turn + 1, low) ^ key) % 2**(bits - low_bits)
        position = high * 2**low_bits + low
        if position < count:
            return position


def displacement(word: int, scale: Scale) -> int:
    """The displacement in states that a hashed word gives."""
    first, *others = mix(word).to_bytes(4, "little")
    n = 2 * (first - first % 2 + sum(others)) - 1019
    return math.floor(Fraction(n * scale.factor, 2**scale.shift) + Fraction(1, 2))


class PlainDevice:
    """One physical device: its tables, and whether it moves."""

    def __init__(self, config: Config, layer: int, row: int, column: int, device: int) -> None:
        variation = config.variation
        draw = mix(row_word(layer, row) ^ device_word(column, device)
                   ^ (variation.seed or config.seed))
        tables = device_tables(config)
        device_class = (draw & 4095) * len(tables.read) // 4096
        self.read, self.potentiate, self.depress = (
            table[device_class].tolist()
            for table in (tables.read, tables.potentiate, tables.depress))
        low = int(variation.stuck_low * 65536 + 0.5)
        stuck = low + int(variation.stuck_high * 65536 + 0.5)
        self.stuck = draw >> 16 < stuck
        self.shown = None
        if self.stuck:
            self.shown = self.read[0] if draw >> 16 < low else self.read[-1]

    def conductance(self, state: int) -> int:
        return self.read[state] if self.shown is None else self.shown

    def pulsed(self, table: list[int], state: int, times: int, shift: int) -> int:
        if self.stuck:
            return state
        for _ in range(times):
            state = table[state]
        return self.limited(state + shift)

    def limited(self, state: int) -> int:
        return sorted((0, state, len(self.read) - 1))[1]

    def pulses_to(self, state: int) -> int:
        """The number of potentiating pulses until the device is at `state` or above."""
        reached = count = 0
        while reached < state:
            reached, count = self.potentiate[reached], count + 1
        return count

    def conductance_on_the_way(self, pulses: int) -> int:
        """The sum of the conductances before and after each of the first potentiating pulses."""
        reached = total = 0
        for _ in range(pulses):
            total += self.conductance(reached)
            reached = self.potentiate[reached]
            total += self.conductance(reached)
        return total

    def full(self, state: int, refresh_state: int) -> bool:
        return not self.stuck and (state >= refresh_state or self.potentiate[state] == state)

    def nearest(self, conductance: int) -> int:
        distances = [abs(value - conductance) for value in self.read]
        return 0 if self.stuck else distances.index(min(distances))


def initial_states(config: Config) -> tuple[list, list]:
    """The states (plus, minus) before the first sample, as lists of layers, rows and columns."""
    random = np.random.default_rng(config.seed)
    largest, middle = config.design.weight_limit, (config.design.states - 1) // 2
    plus, minus = [], []
    for layer in config.design.layers:
        deviation = 1 / np.sqrt((0.2 if layer.number == 1 else 1) * layer.inputs)
        drawn = random.uniform(-np.sqrt(3) * deviation, np.sqrt(3) * deviation,
                               (layer.inputs, layer.outputs))
        pairs = []
        for row in range(layer.rows):
            pairs.append([])
            for column in range(layer.outputs):
                w = 0
                if row < layer.inputs:
                    w = int(np.floor(drawn[row, column] * 2**layer.forward_shift + 0.5))
                    w = max(min(w, largest), -largest)
                first, second = (PlainDevice(config, layer.number, row, column, device)
                                 for device in range(2))
                pairs[-1].append(_initial_pair(config.design.method, w, middle, first, second))
        plus.append([[pair[0] for pair in line] for line in pairs])
        minus.append([[pair[1] for pair in line] for line in pairs])
    return plus, minus


def _initial_pair(method: str, w: int, middle: int, first: PlainDevice,
                  second: PlainDevice) -> tuple[int, int]:
    if method == "unidirectional":
        return (first.nearest(first.conductance(0) + max(w, 0)),
                second.nearest(second.conductance(0) + max(-w, 0)))
    if method == "bidirectional":
        return (first.nearest(first.conductance(middle) - -w // 2),
                second.nearest(second.conductance(middle) - w // 2))
    return first.nearest(first.conductance(middle) + w), 0 if second.stuck else middle


class PlainModel:
    """A network of lists; `train` returns the class of each sample."""

    def __init__(self, config: Config, state: State) -> None:
        self.config = config
        self.plus = [layer.tolist() for layer in state.plus]
        self.minus = [layer.tolist() for layer in state.minus]
        self.polarity = [layer.tolist() for layer in state.polarity]
        self.word = state.generator
        self.counters = dict(state.counters)
        self.device_pulses = dict(state.device_pulses)
        self.energy = dict(state.energy) if state.energy else None
        self.wear = [layer.tolist() for layer in state.wear] if state.wear else None
        self.line: dict[str, int] = {}
        self.devices = [[[[PlainDevice(config, layer.number, row, column, device)
                           for device in range(2)]
                          for column in range(layer.outputs)] for row in range(layer.rows)]
                        for layer in config.design.layers]

    def train(self, pixels: list[int], label: int, gate: int) -> int:
        config, full = self.config, self.config.numbers.full
        x = [[pixel >> (8 - config.numbers.activation_bits) for pixel in pixels]]
        for index, layer in enumerate(config.design.layers):
            z = [sum(value * self._weight(index, row, column)
                     for row, value in enumerate([*x[index], full]))
                 for column in range(layer.outputs)]
            self._read_rows(index, [*x[index], full])
            x.append([min(max(value // 2**layer.forward_shift + layer.offset, 0), full)
                      for value in z])
        prediction = z.index(max(z))
        margin = config.numbers.margin
        delta = [max(0, full - margin - y) if column == label else min(0, margin - y)
                 for column, y in enumerate(x[-1])]
        for index in reversed(range(len(config.design.layers))):
            below = self._backward(index, x[index], delta)
            if index > 0 and any(delta):
                self._read_columns(index, delta)
            self._update(index, x[index], delta, gate)
            delta = below
        self.word ^= self.word << 13 & 0xFFFFFFFF
        self.word ^= self.word >> 17
        self.word ^= self.word << 5 & 0xFFFFFFFF
        self.counters["samples"] += 1
        self.counters["errors"] += prediction != label
        return prediction

    def _roles(self, index: int, row: int, column: int) -> tuple[int, int]:
        """The physical devices that are plus and minus."""
        swapped = bool(self.polarity) and self.polarity[index][row][column]
        return (1, 0) if swapped else (0, 1)

    def _weight(self, index: int, row: int, column: int) -> int:
        pair = self.devices[index][row][column]
        plus, minus = (pair[device] for device in self._roles(index, row, column))
        return (plus.conductance(self.plus[index][row][column])
                - minus.conductance(self.minus[index][row][column]))

    def _conducts(self, index: int, row: int, column: int) -> tuple[int, int]:
        """The conductances of the plus and the minus device."""
        pair = self.devices[index][row][column]
        plus, minus = (pair[device] for device in self._roles(index, row, column))
        return (plus.conductance(self.plus[index][row][column]),
                minus.conductance(self.minus[index][row][column]))

    def _spend(self, **amounts: int) -> None:
        for name, amount in amounts.items():
            if self.energy:
                self.energy[name] += amount

    def _read_rows(self, index: int, x: list[int]) -> None:
        """Every row of a layer is read for the ticks of its input, all of them at once."""
        for row, ticks in enumerate(x):
            for column in range(self.config.design.layers[index].outputs if ticks else 0):
                self._spend(forward_reads=ticks * sum(self._conducts(index, row, column)))
        self._spend(forward_ticks=self.config.numbers.full)

    def _read_columns(self, index: int, delta: list[int]) -> None:
        """Every column is read for |delta| ticks, without the bias line, all of them at once."""
        for column, ticks in enumerate(delta):
            for row in range(self.config.design.layers[index].inputs if ticks else 0):
                self._spend(backward_reads=abs(ticks) * sum(self._conducts(index, row, column)))
        self._spend(backward_ticks=max(abs(ticks) for ticks in delta))

    def _wears(self, index: int, row: int, column: int, device: int, pulses: int) -> None:
        if self.wear:
            self.wear[index][device][row][column] += pulses

    def _backward(self, index: int, x: list[int], delta: list[int]) -> list[int]:
        limit = self.config.numbers.delta_limit
        below = []
        for row, value in enumerate(x):
            b = sum(self._weight(index, row, column) * d for column, d in enumerate(delta))
            magnitude = min(abs(b) // 2**self.config.design.layers[index].backward_shift, limit)
            flat = value in (0, self.config.numbers.full)
            below.append(0 if flat else magnitude if b > 0 else -magnitude)
        return below

    def _update(self, index: int, x: list[int], delta: list[int], gate: int) -> None:
        layer = self.config.design.layers[index]
        ups = {d > 0 for d in delta if abs(d) > layer.delta_threshold}
        fired = False
        for row in range(layer.rows):
            is_bias = row == layer.inputs
            if not (is_bias or x[row] > layer.row_threshold) or not self._fires(index, row, gate):
                continue
            fired = True
            self.line = {"erase_slots": 0, "reprogram_slots": 0}
            for column, d in enumerate(delta):
                if abs(d) > layer.delta_threshold:
                    self.counters["pulses"] += 1
                    self._pulse(index, row, column, d > 0)
            self._spend(**self.line)
        if fired and ups:
            method = self.config.design.method
            self._spend(ltp_slots=method != "single" or True in ups,
                        ltd_slots=method == "bidirectional" or (
                            method == "single" and False in ups))

    def _fires(self, index: int, row: int, gate: int) -> bool:
        return mix(row_word(index + 1, row) ^ self.word) & 0xFF < gate

    def _steps(self, index: int, row: int, column: int, device: int) -> int:
        """How many steps a pulse moves a device."""
        v = mix(row_word(index + 1, row) ^ device_word(column, device) ^ self.word) & 0xFF
        noise = self.config.device.cycle_noise
        if v < noise:
            return 0
        return 2 if v >= 256 - noise else 1

    def _shift(self, index: int, row: int, column: int, device: int) -> int:
        """By how many states a pulse displaces a device."""
        word = row_word(index + 1, row) ^ device_word(column, device) ^ self.word
        scale = self.config.design.cycle_scale
        return displacement(word, scale) if scale else 0

    def _error(self, index: int, row: int, column: int) -> int:
        """By how many states a refresh programs a device too high."""
        word = row_word(index + 1, row) ^ device_word(column, 0) ^ self.word ^ PROGRAMMING_MARK
        scale = self.config.design.refresh_scale
        return displacement(word, scale) if scale else 0

    def _pulse(self, index: int, row: int, column: int, up: bool) -> None:
        method, pair = self.config.design.method, self.devices[index][row][column]
        p, m = self._roles(index, row, column)
        moves = [(self._steps(index, row, column, device), self._shift(index, row, column, device))
                 for device in range(2)]
        plus, minus = self.plus[index][row][column], self.minus[index][row][column]
        self.device_pulses["ltp_pulses"] += up or method != "single"
        self.device_pulses["ltd_pulses"] += method == "bidirectional" or (
            method == "single" and not up)
        before = self._conducts(index, row, column)
        if method == "unidirectional":
            if up:
                plus = pair[p].pulsed(pair[p].potentiate, plus, *moves[p])
            else:
                minus = pair[m].pulsed(pair[m].potentiate, minus, *moves[m])
        else:
            plus = pair[p].pulsed(pair[p].potentiate if up else pair[p].depress, plus, *moves[p])
            if method == "bidirectional":
                minus = pair[m].pulsed(pair[m].depress if up else pair[m].potentiate, minus,
                                       *moves[m])
        self.plus[index][row][column], self.minus[index][row][column] = plus, minus
        through = [was + now for was, now in zip(before, self._conducts(index, row, column),
                                                 strict=True)]
        if method == "unidirectional":
            self._spend(ltp_conductance=through[0 if up else 1])
            self._wears(index, row, column, p if up else m, 1)
        elif method == "bidirectional":
            self._spend(ltp_conductance=through[0 if up else 1],
                        ltd_conductance=through[1 if up else 0])
            self._wears(index, row, column, p, 1)
            self._wears(index, row, column, m, 1)
        else:
            self._spend(**{"ltp_conductance" if up else "ltd_conductance": through[0]})
            self._wears(index, row, column, p, 1)
        plus_full = pair[p].full(plus, self.config.design.refresh_state)
        minus_full = pair[m].full(minus, self.config.design.refresh_state)
        if method == "unidirectional" and (
                (plus_full and minus > 0) or (minus_full and plus > 0)):
            self._refresh(index, row, column)

    def _refresh(self, index: int, row: int, column: int) -> None:
        self.counters["refreshes"] += 1
        d = self._weight(index, row, column)
        erased = sum(self._conducts(index, row, column))
        if self.polarity:
            self.polarity[index][row][column] = not self.polarity[index][row][column]
        plus, minus = (self.devices[index][row][column][device]
                       for device in self._roles(index, row, column))
        self.plus[index][row][column] = self.minus[index][row][column] = 0
        self._spend(erase_conductance=erased + sum(self._conducts(index, row, column)))
        self.line["erase_slots"] = 1
        if d > 0:
            self.plus[index][row][column] = plus.nearest(minus.conductance(0) + d)
        if d < 0:
            self.minus[index][row][column] = minus.nearest(plus.conductance(0) - d)
        self.device_pulses["erase_pulses"] += 2
        for device, states in ((plus, self.plus), (minus, self.minus)):
            aim = states[index][row][column]
            pulses = device.pulses_to(aim)
            self.device_pulses["reprogram_pulses"] += pulses
            self._spend(reprogram_conductance=device.conductance_on_the_way(pulses))
            self.line["reprogram_slots"] = max(self.line["reprogram_slots"], pulses)
            self._wears(index, row, column,
                        self.devices[index][row][column].index(device), 1 + pulses)
            if aim > 0:
                states[index][row][column] = device.limited(aim + self._error(index, row, column))
