// A compiled line of which an input chooses a mutant from the start on.

#include "../sim/native_board.cpp"

EXPORT Board* board_mutant(int divisor, int mutant) {
    Board* board = new Board(divisor);
    board->model.rx = 1;
    board->model.mutant = mutant;
    for (int clock = 0; clock < START_CLOCKS; clock++) board->cycle();
    return board;
}
