"""Rates: the host finds the one at which a board answers, on a terminal that knows its speed."""

import json
import os
import pty
import select
import struct
import threading
from fcntl import ioctl

import pytest
from small import small_config
from test_link import board_frame

from pulsetrain.boards.registry import BOARDS
from pulsetrain.cli.output import Output
from pulsetrain.cli.port import board_port
from pulsetrain.host import BAUD, BoardSilentError, open_port, rates
from pulsetrain.host.frames import DELIMITER

TCGETS2, TERMIOS2 = 0x802C542A, "4IB19s2I"


class Board:
    """Answers every frame that is sent at the speed `baud`, and others with noise."""

    def __init__(self, baud):
        self._baud, (self._line, self._port) = baud, pty.openpty()
        self.port, self.asked = os.ttyname(self._port), []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self):
        self._ended.set()
        self._thread.join()
        os.close(self._line)
        os.close(self._port)

    def _serve(self):
        while not self._ended.is_set():
            if not select.select([self._line], [], [], 0.02)[0]:
                continue
            octets = os.read(self._line, 4096)
            speed = struct.unpack(TERMIOS2, ioctl(self._port, TCGETS2, bytes(44)))[-1]
            self.asked.append(speed)
            if octets.count(DELIMITER) > 1:
                os.write(self._line, board_frame() if speed == self._baud else b"\x7e\x81\x7e")


@pytest.fixture
def board(request):
    made = Board(request.param)
    yield made
    made.close()


@pytest.mark.parametrize("board", rates.RATES, indirect=True)
@pytest.mark.parametrize("first", [None, 1_000_000])
def test_the_rate_of_the_board_is_found(board, first):
    line = open_port(board.port, first=first)
    line.close()
    assert line.baud == board._baud == board.asked[-1]
    assert board.asked[0] == (first or 3_000_000)


@pytest.mark.parametrize("board", [2_000_000], indirect=True)
def test_the_rate_of_a_build_is_tried_before_that_of_its_board(board, tmp_path, capsys):
    (tmp_path / "report.json").write_text(json.dumps({"digest": "0", "baud": 2_000_000}))
    icebreaker = BOARDS["icebreaker"]
    with board_port(board.port, None, small_config(), icebreaker, Output(None), tmp_path) as line:
        line.close()
    assert board.asked == [2_000_000]
    assert "The board's line runs at 2,000,000 baud." in capsys.readouterr().out
    (tmp_path / "report.json").unlink()
    with (pytest.raises(BoardSilentError),
          board_port(board.port, None, small_config(), icebreaker, Output(None), tmp_path)):
        pass
    assert board.asked[1] == icebreaker.baud


@pytest.mark.parametrize("board", [2_000_000], indirect=True)
def test_a_board_with_another_rate_is_silent(board):
    with pytest.raises(BoardSilentError, match=r"not answer.* 3,000,000, 6,000,000, 1,000,000"):
        open_port(board.port)
    line = open_port(board.port, 2_000_000)
    line.close()
    assert line.baud == 2_000_000
    assert BAUD in board.asked


@pytest.mark.parametrize("board", [1_000_000], indirect=True)
def test_an_interrupted_search_closes_the_port(board, monkeypatch):
    def interrupted(line):
        raise KeyboardInterrupt

    closed = []
    monkeypatch.setattr(rates, "_answers", interrupted)
    monkeypatch.setattr(rates.SerialTransport, "close", lambda line: closed.append(line.baud))
    with pytest.raises(KeyboardInterrupt):
        open_port(board.port)
    assert closed == [3_000_000]
