"""Stages: every register stage between the issue of a row and all that follows from it.

Each latency of the engine is declared here once. The hardware, the cycle model and the cycle
formula are sums of these stages.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .design import Design

TREE_LEVELS_PER_STAGE = 2
"""Levels of the adder tree over all lanes from one register to the next."""

COUNT_LEVELS_PER_STAGE = 3
"""The same of the tree that counts refreshed pairs."""

TABLE = 1
"""Cycles of a look-up in a table of conductances, next states or nearest states."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """The register stages of an engine, in cycles; those without a default depend on the engine.

    "To close a group" is to issue its last row in forward, that of the bias line.
    """

    copy: int = 1
    """A copy of a register, near to what it drives."""

    # From the issue of a row to the states of its devices.
    event: int = 1
    """The row's event and group are read from their lists."""
    address: int = 1
    """The group's first row is looked up, to which the line's index is added."""
    memory_input: int = 1
    """A register for each bank's addresses and what is written."""
    memory_read: int = 1
    """The banks of synapse memory are read."""
    memory_output: int = 1
    """A register behind each bank; behind it one bank is chosen."""

    # Beside the synapse memory.
    gate: int = 2
    """From a row's layer and line to whether it fires: coordinates, most rounds of the hash."""
    delta_read: int = 1
    """The deltas of a row's group are read."""
    draw: int = 2
    """From a device's coordinates to its draw: most rounds of the hash, the others."""

    # From states to products.
    conductance: int
    """A look-up of conductances; 0 where they are arithmetic."""
    weight: int = 1
    """The difference of two conductances."""
    product: int = 1
    """The multiplier."""

    # From states to the states that are written back.
    trit: int = 1
    """The deltas are compared with their threshold."""
    step: int = 1
    """The pulse."""
    difference: int
    """The difference of the conductances of a pulsed pair; 0 where a refresh is arithmetic, or
    never happens."""
    nearest: int
    """The state nearest to it; 0 as above."""
    new_row: int = 1
    """The choice between pulsed and refreshed states."""
    count: int
    """From the refreshed pairs of a row to their number."""

    # From products to the delta of a line.
    adder_tree: int
    """The sum of the products of all lanes."""
    group_sum: int = 1
    """The sum over the groups of a line."""
    saturation: int = 1
    """Shift, saturation, derivative bit."""

    # From products to drained units and their events or errors.
    sums: int = 1
    """The accumulators, which are captured where a group is closed."""
    find: int = 1
    """The drain finds the units that it has to take."""
    take: int = 1
    """The first unit, or chunk of outputs, is taken; others follow, one per cycle."""
    neighbours: int = 1
    """The sum of a hidden unit is chosen among neighbouring lanes."""
    unit: int = 1
    """... and among all lanes."""
    list_event: int = 1
    """The unit is written into the list of events."""
    drained: int = 1
    """The sequencer notes that the drain has taken its last unit."""
    output_activation: int = 1
    """The activations of a chunk of outputs."""
    output_error: int = 1
    """Their errors."""

    # From deltas to what the update has to visit.
    delta_write: int = 1
    """Deltas, and which of them count, are registered and written."""
    delta_count: int = 1
    """Groups with a delta, and trits, are listed and counted."""

    # The end of a sample.
    retire: int = 1
    """The result is given out."""

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
        return (self.conductance + self.difference + self.nearest) if self.nearest else 0

    @property
    def pulse(self) -> int:
        """From a row's states to the states that are written back."""
        return self.trit + self.step + self.refresh + self.new_row

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
        """From what tells the lanes to add the next cycle's products to the sums."""
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
        """From a delta to what the update has to visit."""
        return self.delta_write + self.delta_count

    @property
    def host(self) -> int:
        """From a host's request to the row that it reads."""
        return self.memory + self.copy

    @property
    def close_to_free(self) -> int:
        """From the closing of a group to the first cycle in which the next can be closed, less one
        for each unit that is drained."""
        return self.issue_to_products + self.sums + self.find + self.drained

    @property
    def close_to_event(self) -> int:
        """From the closing of a group to the first row that can read its first event."""
        return self.issue_to_products + self.sums + self.activation + self.list_event

    @property
    def close_to_error(self) -> int:
        """From the closing of a group of outputs to the cycle in which the errors of its first
        chunk count."""
        return self.issue_to_products + self.sums + self.output + self.count_deltas

    @property
    def last_settle(self) -> int:
        """From the last row of all to the last cycle before the sample retires: all states are
        written and all refreshes counted for the next sample and the host."""
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
    refreshes = design.tabulated and design.config.update.method == "unidirectional"
    return Stages(
        conductance=look_up,
        difference=1 if refreshes else 0,
        nearest=TABLE if refreshes else 0,
        count=max(1, tree_stages(lanes, COUNT_LEVELS_PER_STAGE)),
        adder_tree=tree_stages(lanes, TREE_LEVELS_PER_STAGE))


def tree_stages(terms: int, levels_per_stage: int) -> int:
    """Register stages of a tree over `terms`."""
    levels = (terms - 1).bit_length()
    return -(-levels // levels_per_stage)
