"""For any bytes on the line, a host continues or says why it cannot.

What bytes do to a board is in `test_link_torture.py`.
"""

from collections import Counter
from itertools import pairwise

import pytest
from fuzz.frames import HostileBoard, answers, board_frame
from fuzz.hostile import damaged
from fuzz.run import fuzz
from hypothesis import strategies as st
from small import small_config, small_data

from pulsetrain.host import BoardEngine, Link, LinkError
from pulsetrain.host.frames import Deframer
from pulsetrain.protocol import BOARD_HEADER, PROTOCOL
from pulsetrain.run import BackendStalledError

CONFIG = small_config()
DATA = small_data(CONFIG)


@st.composite
def lines(draw):
    """Frames of a board, some damaged, and where the line splits them: (frames sent, bytes,
    splits)."""
    sent, octets = [], b""
    for payload in draw(st.lists(st.binary(max_size=40) | st.just(bytes(range(0x70, 0x80))),
                                 max_size=5)):
        header = {entry.name: draw(st.integers(0, (1 << entry.format.bits) - 1))
                  for entry in BOARD_HEADER.fields} | {"protocol": PROTOCOL, "length": len(payload)}
        whole = board_frame(payload, **header)
        sent.append((header, payload))
        octets += draw(st.just(whole) | damaged(whole))
    cuts = draw(st.lists(st.integers(0, len(octets)), max_size=5))
    return sent, octets, sorted(cuts)


@pytest.mark.timeout(36000)
def test_only_frames_that_were_sent_are_taken(pytestconfig):
    seen = Counter()

    def check(line):
        sent, octets, cuts = line
        whole, parted = Deframer(), Deframer()
        found = list(whole.take(octets))
        places = [0, *cuts, len(octets)]
        again = [content for start, end in pairwise(places)
                 for content in parted.take(octets[start:end])]
        assert found == again
        for content in found:
            seen["broken" if content is None else "whole"] += 1
            assert content is None or content in sent

    fuzz(lines(), check, pytestconfig)
    print(f"link frames, seed {pytestconfig.getoption('fuzz_seed')}: {dict(seen)}")
    assert seen["broken"]
    assert seen["whole"]


@pytest.mark.timeout(36000)
def test_a_hostile_board_ends_in_an_error_of_the_link(pytestconfig):
    ends = Counter()

    def check(drawn):
        end = "went well"
        try:
            engine = BoardEngine(CONFIG, Link(HostileBoard(drawn)))
            engine.loopback(b"abc")
            engine.read()
            engine.train(DATA.x_train[:3], DATA.y_train[:3])
        except (LinkError, BackendStalledError) as error:
            end = type(error).__name__
        ends[end] += 1

    fuzz(answers(CONFIG), check, pytestconfig)
    print(f"hostile boards, seed {pytestconfig.getoption('fuzz_seed')}: {dict(ends)}")
    assert len(ends) > 2
