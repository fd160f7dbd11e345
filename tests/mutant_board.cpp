// A compiled line of which an input chooses a mutant from the start on.

#include "../sim/native_board.cpp"

EXPORT Board* board_mutant(int divisor, int mutant) {
    Board* board = new Board(divisor);
    board->model.rx = 1;
    board->model.mutant = mutant;
    for (int clock = 0; clock < START_CLOCKS; clock++) board->cycle();
    return board;
}

// Holds the line to the board at a level for so many cycles, while no byte is sent on it.
EXPORT void board_hold(Board* board, int level, int64_t cycles) {
    while (cycles-- > 0) {
        board->model.rx = level;
        board->cycle();
    }
}

// The lights: bit 0 changes with every whole frame, bit 1 shows an error.
EXPORT int board_lights(Board* board) {
    return board->model.activity | board->model.error << 1;
}
