"""Sequencer: how long a host waits for the memory."""

from amaranth.hdl import Signal
from formal.prover import Claims

from pulsetrain.hdl.engine.sequencer import Sequencer
from pulsetrain.spec import Config


def host_claims(config: Config) -> Claims:
    """A host that requests the memory has it at once between samples, and also while a finished
    sample holds because nobody takes the result before it."""
    sequencer = Sequencer(config)
    claims, waited = Claims(sequencer), Signal(2)
    claims.m.d.sync += waited.eq(0)
    with claims.m.If(sequencer.host_request & ~sequencer.busy & ~sequencer.host_grant):
        claims.m.d.sync += waited.eq(waited + (waited != 3))
    claims.claim("host_is_granted", waited < 2)
    claims.claim("no_sample_begins", ~sequencer.host_grant | ~sequencer.start & ~sequencer.busy)
    claims.claim("grant_is_asked_for", ~sequencer.host_grant | sequencer.host_request)
    return claims
