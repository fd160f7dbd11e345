"""All boards; each is one file, and one entry here."""

from .ecpix5 import ECPIX5_45F
from .icebreaker import ICEBREAKER
from .tang_nano_9k import TANG_NANO_9K
from .ulx3s import ULX3S_25F, ULX3S_85F

BOARDS = {board.name: board for board in (
    ECPIX5_45F,
    ICEBREAKER,
    TANG_NANO_9K,
    ULX3S_25F,
    ULX3S_85F,
)}
"""All boards, by name."""
