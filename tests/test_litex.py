"""An engine in a system on a chip by LiteX, simulated and reached as its documentation says."""

import asyncio
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from litex.soc.integration.export import get_csr_header
from litex.soc.integration.soc_core import SoCCore
from litex_boards.platforms import radiona_ulx3s
from litex_two import BUFFER, FLIPPED, SECOND
from small import TINY, small_config, small_data

from pulsetrain import Trainer
from pulsetrain.bus_map import INTERRUPTS, SAMPLE_FIFO, bus_registers, interrupts
from pulsetrain.extras import ExtraMissingError
from pulsetrain.formats import bus as bus_formats
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.host import BoardRefusedError
from pulsetrain.host.bus import BusHost
from pulsetrain.litex import (
    RemoteEngineError,
    add_pulsetrain,
    connect,
    remote_engine,
)
from pulsetrain.litex.remote import RemotePort
from pulsetrain.processes import python, running
from pulsetrain.registers import IDENTITY, MODE_RUN, register
from pulsetrain.run.divergence import state_differences

CONFIG = small_config(engine={"input": "raw"}, update={"pulse_probability": 0.7})
"""Six values are one and a half words: the rest of the second is zeros."""
SECONDS = 60.0
SAMPLE_ERROR = 1 << list(INTERRUPTS).index("sample_error")


@pytest.fixture(scope="module")
def soc(tmp_path_factory) -> Iterator[tuple[Path, int]]:
    """The example's SoC, with a second engine, in a simulation behind LiteX's server: its csr.csv,
    the server's port."""
    folder = tmp_path_factory.mktemp("soc")
    (folder / "config.json").write_text(CONFIG.model_dump_json())
    example = python(str(Path(__file__).with_name("litex_two.py")), str(folder), "-o", str(folder),
                     "--simulate")
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    with running(example, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                 env={"PYTHONPATH": str(Path(__file__).parent)}) as simulation:
        lines = []
        for line in simulation.stdout:
            lines.append(line)
            if line.startswith("/dev/"):
                break
        else:
            pytest.fail("".join(lines))
        server = python("-m", "litex.tools.litex_server", "--uart", "--uart-port", line.strip(),
                        "--bind-port", str(port))
        with running(server, cwd=folder, stdout=subprocess.PIPE, text=True,
                     env={"PYTHONUNBUFFERED": "1"}) as process:
            assert "tcp port" in process.stdout.readline()
            yield folder / "csr.csv", port


@pytest.fixture
def client(soc):
    """A client of it."""
    client = connect(soc[0], port=soc[1], seconds=SECONDS)
    yield client
    client.close()


def test_a_training_over_litex_is_the_model_s(client):
    data = small_data(CONFIG)
    engine = remote_engine(CONFIG, client, seconds=SECONDS)
    with Trainer(CONFIG, engine, reference=GoldenEngine(CONFIG, count_cycles=True)) as trainer:
        trainer.fit(data.x_train, data.y_train, samples=40)
        trainer.predict(data.x_test[:3])
        trainer.backend.read()
        assert trainer.checked.mismatches == 0, trainer.checked.first_divergence
        assert engine.read_register("samples") == 40
        assert engine.read_register("dropped") == 0
        assert not engine.read_register("interrupt_pending") & SAMPLE_ERROR
        assert trainer.backend.counters()["pulses"] > 0


class RegisterPort:
    """The registers of the second engine, whose streams are not reached by CSRs."""

    def __init__(self, client) -> None:
        self._client, self._base = client, client.mems.second.base

    async def read(self, address: int) -> int:
        return self._client.read(self._base + address)

    async def write(self, address: int, value: int) -> None:
        self._client.write(self._base + address, value)


def test_a_flipped_bit_is_a_register_and_an_interrupt_of_litex(client):
    """Before any row of the second engine is written, which would mend it."""
    host = BusHost(SECOND, "axi", RegisterPort(client))
    reason = 1 << list(interrupts(SECOND)).index("parity_error")
    client.regs.second_bus_interrupt_enable.write(reason)
    assert (client.regs.second_engine_parity.read(), client.regs.second_ev_pending.read()) == (0, 0)
    asyncio.run(host.state())
    assert client.regs.second_engine_parity.read() == 1 << 31 | FLIPPED
    assert client.regs.second_ev_pending.read() == 1
    assert "parity_error" in asyncio.run(host.pending())
    client.regs.second_engine_parity.write(0)
    client.regs.second_bus_interrupt_enable.write(0)
    assert (client.regs.second_engine_parity.read(), client.regs.second_ev_pending.read()) == (0, 0)


def test_streams_are_endpoints_that_litex_s_dma_feeds(client):
    data, model, count = small_data(SECOND), GoldenEngine(SECOND, count_cycles=True), 5
    x, labels = data.x_train[:count], data.y_train[:count]
    host = BusHost(SECOND, "axi", RegisterPort(client))
    asyncio.run(host.load(initial_state(SECOND)))
    asyncio.run(host.write("results_per_packet", count))
    asyncio.run(host.write("mode", MODE_RUN))
    regs, buffer = client.regs, client.mems.buffer.base
    regs.writer_base.write(buffer + BUFFER // 2)
    regs.writer_length.write(8 * count)
    regs.writer_enable.write(1)
    regs.reader_base.write(buffer)
    for sample, label in zip(x, labels, strict=True):
        octets = bus_formats.pack_sample(SECOND, sample)
        client.write(buffer, np.frombuffer(octets, "<u4").tolist())
        regs.main_user.write(bus_formats.sample_user(SECOND).pack(
            {"label": int(label), "train": 1}))
        regs.reader_length.write(len(octets))
        regs.reader_enable.write(1)
        while not regs.reader_done.read():
            pass
        regs.reader_enable.write(0)
    while not regs.writer_done.read():
        pass
    words = client.read(buffer + BUFFER // 2, 2 * count)
    got = [bus_formats.result_words(SECOND).unpack(high << 32 | low)
           for low, high in zip(words[::2], words[1::2], strict=True)]
    expected = model.train(x, labels)
    assert [result["prediction"] for result in got] == expected.classes.tolist()
    assert [result["cycles"] for result in got] == expected.cycles.tolist()
    assert not list(state_differences(count, model.read(), asyncio.run(host.state())))


def test_another_engine_and_another_module_are_refused(client):
    with pytest.raises(BoardRefusedError, match=r"the bus must have the engine [0-9a-f]{16} of"):
        remote_engine(small_config(), client)
    with pytest.raises(RemoteEngineError, match="must have a module 'other'"):
        remote_engine(CONFIG, client, "other")


def test_csrs_have_the_names_and_addresses_of_the_declaration(client):
    """And LiteX's access to them works, by name; a refused access is answered and reported."""
    base = client.mems.pulsetrain.base
    expected = {}
    for entry in bus_registers(CONFIG, "axi"):
        for word in range(entry.count):
            name = f"{entry.name}{word}" if entry.indexed else entry.name
            expected[name] = (entry.address + 4 * word, "rw" if entry.writable else "ro")
    assert {re.sub("^pulsetrain_(engine|bus|rows)_", "", name): (csr.addr - base, csr.mode)
            for name, csr in client.regs.d.items()
            if re.match("pulsetrain_(engine|bus|rows)_", name)} == expected
    assert client.regs.pulsetrain_engine_identity.read() == IDENTITY
    client.regs.pulsetrain_engine_gate.write(257)
    assert client.regs.pulsetrain_engine_gate.read() <= 256
    client.regs.pulsetrain_bus_interrupt_enable.write(4)
    assert client.regs.pulsetrain_ev_pending.read() == 1
    client.regs.pulsetrain_bus_interrupt_pending.write(15)
    assert client.regs.pulsetrain_ev_pending.read() == 0
    client.regs.pulsetrain_bus_interrupt_enable.write(0)


def test_a_full_fifo_takes_nothing_and_a_reset_empties_it(client):
    """The halted engine buffers a few samples, and the top two words more."""
    regs = client.regs
    regs.pulsetrain_reset.write(1)
    for _ in range(SAMPLE_FIFO + 20):
        regs.pulsetrain_streams_sample_last.write(1)
    assert regs.pulsetrain_streams_sample_room.read() == 0
    assert regs.pulsetrain_engine_samples.read() == 0
    regs.pulsetrain_reset.write(1)
    assert regs.pulsetrain_streams_sample_room.read() == SAMPLE_FIFO
    assert regs.pulsetrain_streams_results_held.read() == 0
    port = RemotePort(client, "pulsetrain", 0.1)
    with pytest.raises(TimeoutError, match=r"no result for 0\.1 seconds"):
        port.take(1).send(None)


def test_a_server_that_is_missing_is_named(soc):
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(RemoteEngineError, match=f"no litex_server on localhost:{port}"):
        connect(soc[0], port=port, seconds=0.1)


def test_a_server_that_is_gone_is_named(soc):
    """It ends each connection at once."""
    with socket.create_server(("localhost", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        client = connect(soc[0], port=server.getsockname()[1])
        thread.join()
        with pytest.raises(RemoteEngineError, match="the SoC does not answer on localhost:"):
            client.read(0)
        client.socket.close()  # else the system could take one more
        with pytest.raises(RemoteEngineError, match=r"litex_server on localhost:\d+ is gone: "):
            client.write(0, 0)
        client.close()


class HighSoC(SoCCore):
    """A SoC whose CSRs are where those of a SoC with a processor are."""

    mem_map: ClassVar = {**SoCCore.mem_map, "csr": 0xF000_0000}


def test_addresses_in_csr_h_are_right_above_the_csrs(tmp_path):
    made = HighSoC(radiona_ulx3s.Platform(), 50_000_000, cpu_type=None, integrated_sram_size=0,
                   with_uart=False, with_timer=False)
    made.irq.enable()
    config = small_config(**TINY)
    add_pulsetrain(made, config, tmp_path, "one")
    with pytest.raises(ValueError, match="above the CSRs, which are at 0xf0000000, not 0x8000000"):
        add_pulsetrain(made, config, tmp_path, "two", origin=0x800_0000)
    made.finalize()
    assert set(made.irq.locs) == {"one"}
    header = get_csr_header(made.csr.regions, made.constants, made.mem_regions["csr"].origin)
    offsets = {name: int(value, 16) for name, value in re.findall(
        r"#define CSR_(\w+)_ADDR \(CSR_BASE \+ (0x\w+)L\)", header)}
    assert offsets["ONE_ENGINE_GATE"] == 0x10_0000 + 4 * register("gate").address
    assert 0 < offsets["ONE_STREAMS_RESULT"] < 0x1_0000
    assert [Path(source[0]).name for source in made.platform.sources] == ["one.v", "one_axi.v"]


def test_the_program_for_a_processor_calls_functions_of_csr_h(tmp_path):
    """That processor's SoC is simulated by litex_cpu.py alone, which needs a compiler for it."""
    made = HighSoC(radiona_ulx3s.Platform(), 50_000_000, cpu_type=None, integrated_sram_size=0,
                   uart_name="stub", with_timer=False)
    add_pulsetrain(made, small_config(**TINY), tmp_path)
    made.finalize()
    header = get_csr_header(made.csr.regions, made.constants)
    example = Path(__file__).parents[1] / "docs" / "example" / "litex_bus.c"
    called = set(re.findall(r"\b(?:pulsetrain|uart)_\w+_(?:read|write)\b", example.read_text()))
    assert len(called) == 9
    assert called <= set(re.findall(r"static inline \w+ (\w+)\(", header))


def test_a_missing_extra_is_one_line(monkeypatch):
    monkeypatch.setattr("pulsetrain.extras.installed", lambda module: module != "litex")
    monkeypatch.delitem(sys.modules, "pulsetrain.litex")
    with pytest.raises(ExtraMissingError, match=r"pulsetrain\.litex needs litex, which is not "
                                                r"installed: pip install 'pulsetrain\[litex\]'"):
        import_module("pulsetrain.litex")
