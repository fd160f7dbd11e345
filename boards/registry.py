"""All boards; each is one file, and one entry here."""

from .arty_a7 import ARTY_A7_35, ARTY_A7_100
from .ecpix5 import ECPIX5_45F
from .icebreaker import ICEBREAKER
from .pynq_z2 import PYNQ_Z2
from .tang_nano_9k import TANG_NANO_9K
from .ulx3s import ULX3S_25F, ULX3S_85F

BOARDS = {board.name: board for board in (
    ARTY_A7_35,
    ARTY_A7_100,
    ECPIX5_45F,
    ICEBREAKER,
    TANG_NANO_9K,
    ULX3S_25F,
    ULX3S_85F,
)}
"""All boards, by name."""

PROCESSOR_BOARDS = {board.name: board for board in (PYNQ_Z2,)}
"""Boards whose FPGA has a processor beside the engine, by name; `build` alone knows them."""
