"""Bench of the tables: every word at every port."""

from amaranth.hdl import unsigned

from pulsetrain.device import device_tables
from pulsetrain.hdl.engine.table import Table
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_pipeline

PORTS = 2


def read_table(config: Config) -> Table:
    """The conductances of the first class of devices."""
    return Table(_words(config), unsigned(config.design.read_bits), ports=PORTS)


@bench_test
async def words_are_the_table(block: Block) -> None:
    """Two addresses per cycle, in random order."""
    bench = Bench(block, read_table)
    words = _words(bench.config)
    orders = [bench.random.permutation(len(words)).tolist() for _ in range(PORTS)]
    await bench.reset()
    await check_pipeline(bench, [
        ({"address": list(addresses)}, {"word": [words[address] for address in addresses]})
        for addresses in zip(*orders, strict=True)], {"word": Table.latency})


def _words(config: Config) -> list[int]:
    return device_tables(config).read[0].tolist()
