"""Stages: all register stages from the issue of a row to its results.

Each latency of the engine is declared here once. The hardware, the cycle model and the cycle
formula are built from these stages.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .memories import slices

if TYPE_CHECKING:
    from .design import Design

TREE_LEVELS_PER_STAGE = 2
"""Levels of the adder tree of backward between two registers."""

COUNT_LEVELS_PER_STAGE = 3
"""Levels of the tree that counts refreshed pairs between two registers."""

TABLE = 1
"""Cycles of a look-up in a table of conductances, next states or nearest states."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """The register stages of an engine, in cycles; those without a default depend on the engine.

    In the forward phase, a group is closed when its last row, that of the bias line, is issued.
    """

    copy: int = 1
    """A copy of a register, near the logic that it drives."""

    # From the issue of a row to the states of its devices.
    event: int = 1
    """The row's event and group are read from their lists."""
    address: int = 1
    """The group's first row is looked up, and the line's index is added."""
    memory_input: int = 1
    """A register for the addresses and the write data of each bank."""
    memory_read: int = 1
    """The banks of synapse memory are read."""
    memory_output: int = 1
    """A register behind each bank; after it one bank is selected."""

    # Beside the synapse memory.
    gate: int = 2
    """From a row's layer and line to the decision whether it fires: one stage for the coordinates,
    one for most rounds of the hash."""
    delta_read: int = 1
    """The deltas of a row's group are read."""
    draw: int = 2
    """From a device's coordinates to its draw: one stage for most rounds of the hash, one for the
    others."""

    # From states to products.
    conductance: int
    """A look-up of conductances; 0 if they are computed."""
    weight: int = 1
    """The difference of two conductances."""
    product: int = 1
    """The multiplier."""

    # From states to the states that are written back.
    trit: int = 1
    """The deltas are compared with their threshold."""
    step: int = 1
    """The pulse."""
    noise: int
    """The displacement by noise is added; 0 without it."""
    difference: int
    """The difference of the conductances of a pulsed pair; 0 if refreshes are computed without
    tables, or never happen."""
    nearest: int
    """The state nearest to that difference; 0 as above."""
    error: int
    """The error of programming is added; 0 without it."""
    new_row: int = 1
    """The choice between pulsed and refreshed states."""
    count: int
    """From the refreshed pairs of a row to their number."""

    # From products to the delta of a line.
    adder_tree: int
    """The sum of the products of all lanes that take part in backward."""
    group_sum: int = 1
    """The sum over the groups of a line."""
    saturation: int = 1
    """Shift, saturation, derivative bit."""

    # From products to drained units and their events or errors.
    sums: int = 1
    """The accumulators, which are captured when a group is closed."""
    find: int = 1
    """The drain finds the units to take."""
    take: int = 1
    """The first unit, or chunk of outputs, is taken; others follow, one per cycle."""
    neighbours: int = 1
    """The sum of a hidden unit is selected among neighbouring lanes."""
    unit: int = 1
    """... and then among all lanes."""
    list_event: int = 1
    """The unit is written into the list of events."""
    drained: int = 1
    """The sequencer notes that the drain has taken its last unit."""
    output_activation: int = 1
    """The activations of a chunk of outputs."""
    output_error: int = 1
    """Their errors."""

    # From deltas to the groups that the update must visit.
    delta_write: int = 1
    """Deltas, and flags for those that count, are registered and written."""
    delta_count: int = 1
    """Groups with a delta, and trits, are listed and counted."""

    # Beside all that, between samples.
    chosen_slice: int
    """The slice that the host reads is chosen from its row: of more than two, first one of each
    two neighbours."""

    # The end of a sample.
    retire: int = 1
    """The result is output."""

    @property
    def issue_to_address(self) -> int:
        """From a row's issue until the synapse memory has its address."""
        return self.event + self.address

    @property
    def memory(self) -> int:
        """From an address of synapse memory to the states there."""
        return self.memory_input + self.memory_read + self.memory_output

    @property
    def issue_to_states(self) -> int:
        """From a row's issue to the states of its devices."""
        return self.issue_to_address + self.memory

    @property
    def states_to_products(self) -> int:
        """From a row's states to its products."""
        return self.conductance + self.weight + self.product

    @property
    def issue_to_products(self) -> int:
        """From a row's issue to its products."""
        return self.issue_to_states + self.states_to_products

    @property
    def refresh(self) -> int:
        """From a pulsed pair to its refreshed states."""
        nearest = (self.conductance + self.difference + self.nearest) if self.nearest else 0
        return nearest + self.error

    @property
    def pulse(self) -> int:
        """From a row's states to the states that are written back."""
        return self.trit + self.step + self.noise + self.refresh + self.new_row

    @property
    def write_back(self) -> int:
        """From the read of a row to the write of its new states."""
        return self.memory + self.pulse

    @property
    def backward(self) -> int:
        """From the products of a line's last row to its delta."""
        return self.adder_tree + self.group_sum + self.saturation

    @property
    def forward(self) -> int:
        """From the signal that makes the lanes add the next cycle's products, to the sums."""
        return self.copy + self.sums

    @property
    def activation(self) -> int:
        """From the sums of a group of hidden units to the first of the units."""
        return self.find + self.take + self.neighbours + self.unit

    @property
    def output(self) -> int:
        """From the sums of a group of outputs to the errors of the first of them."""
        return self.find + self.take + self.output_activation + self.output_error

    @property
    def count_deltas(self) -> int:
        """From a delta to the list of groups that the update must visit."""
        return self.delta_write + self.delta_count

    @property
    def host(self) -> int:
        """From the transfer of a host's request to the slice that it reads."""
        return self.memory + self.chosen_slice

    @property
    def close_to_free(self) -> int:
        """From the closing of a group to the first cycle in which the next can be closed, without
        the one cycle for each unit that is drained."""
        return self.issue_to_products + self.sums + self.find + self.drained

    @property
    def close_to_event(self) -> int:
        """From the closing of a group to the first row that can read its first event."""
        return self.issue_to_products + self.sums + self.activation + self.list_event

    @property
    def close_to_error(self) -> int:
        """From the closing of a group of outputs to the cycle in which the errors of its first
        chunk are counted."""
        return self.issue_to_products + self.sums + self.output + self.count_deltas

    @property
    def last_settle(self) -> int:
        """From the very last row to the last cycle before the sample retires: then all states are
        written and all refreshes counted, for the next sample and the host."""
        return self.issue_to_states + self.pulse + self.count

    @property
    def settle(self) -> int:
        """From the last row of an update to the last cycle before the next layer's update, which
        depends on its deltas, or before the sample retires."""
        return max(self.issue_to_products + self.backward + self.count_deltas, self.last_settle)


def stages_of(design: "Design") -> Stages:
    """The stages of the engine of `design`."""
    lanes = design.config.engine.lanes
    look_up = TABLE if design.tabulated else 0
    refreshes = design.tabulated and design.method == "unidirectional"
    return Stages(
        conductance=look_up,
        difference=1 if refreshes else 0,
        nearest=TABLE if refreshes else 0,
        noise=1 if design.cycle_scale else 0,
        error=1 if design.refresh_scale else 0,
        count=max(1, tree_stages(lanes, COUNT_LEVELS_PER_STAGE)),
        chosen_slice=2 if len(slices(design.config)) > 2 else 1,
        adder_tree=tree_stages(max(1, design.backward_lanes), TREE_LEVELS_PER_STAGE))


def tree_stages(terms: int, levels_per_stage: int) -> int:
    """Register stages of a tree over `terms`."""
    levels = (terms - 1).bit_length()
    return -(-levels // levels_per_stage)
