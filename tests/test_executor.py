"""Executor: the emitted executor carries out every command once and in order."""

from testbenches import bench_test, simulate

from pulsetrain.hdl.link import executor
from pulsetrain.hdl.link.executor import Executor
from pulsetrain.hdl.link.samples import SampleDecoder

test_executor = bench_test(
    Executor, "lanes-1", "lanes-16", "lanes-19", "lanes-35", "deep", "one-layer", "raw", "parity")


# Faults of the decoder of samples ---------------------------------------------------------------


class RunWithAValue(SampleDecoder):
    """A run that ends a sample gives its length as a value, not a zero."""

    def connect(self, m, offered):
        super().connect(m, offered)
        m.d.comb += offered.payload.value.eq(self._byte)


class NextInput(SampleDecoder):
    """A value belongs to the input after its own."""

    def connect(self, m, offered):
        super().connect(m, offered)
        m.d.comb += offered.payload.index.eq(self._input + 1)


class OtherPurpose(SampleDecoder):
    """What is to be learned is only classified, and the reverse."""

    def connect(self, m, offered):
        super().connect(m, offered)
        m.d.comb += offered.payload.train.eq(self._header[0])


FAULTS = {"lanes-1": RunWithAValue, "lanes-16": NextInput, "one-layer": OtherPurpose}
"""By configuration: one simulation runs all."""


def test_a_fault_of_the_decoder_of_samples_is_caught(monkeypatch, tmp_path):
    monkeypatch.setattr(executor, "SampleDecoder",
                        lambda config, byte: FAULTS[config.name](config, byte))
    outcome = simulate([(Executor, name) for name in FAULTS], "icarus", tmp_path / "bench")
    failed = {name: outcome.failures["executor", name] for name in FAULTS}
    print(failed)
    assert all(failed.values())
