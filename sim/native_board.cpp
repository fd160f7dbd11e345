// One verilated board behind a C interface: bytes in and out at the UART's pins.

#include <cstdint>

#include "Vengine.h"
#include "verilated.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

struct ModelFailed {};

constexpr int BITS = 10;  // of a byte on the line: start, eight of data, stop
constexpr int START_CLOCKS = 32;  // until the models' PLLs are locked and the board is not reset

struct Board {
    VerilatedContext context;
    Vengine model{&context};
    int divisor;
    bool failed = false;
    // What is on the line to the board, lowest bit first, and what has come from it.
    uint32_t sending = 0, coming = 0;
    int sending_bits = 0, sending_clocks = 0, coming_bits = 0, coming_clocks = 0;

    explicit Board(int clocks_a_bit) : divisor(clocks_a_bit) {}

    void cycle() {
        try {
            model.clk = 0;
            model.eval();
            model.clk = 1;
            model.eval();
        } catch (const ModelFailed&) {
            failed = true;
        }
    }

    // One clock cycle of the line to the board; takes the next byte where it is free.
    bool send(bool some, uint8_t byte) {
        bool taken = false;
        if (sending_bits == 0 && some) {
            sending = byte << 1 | 1 << (BITS - 1);
            sending_bits = BITS;
            sending_clocks = divisor;
            taken = true;
        }
        model.rx = sending_bits == 0 || (sending & 1);
        if (sending_bits != 0 && --sending_clocks == 0) {
            sending >>= 1;
            sending_bits--;
            sending_clocks = divisor;
        }
        return taken;
    }

    // One clock cycle of the line from the board; a byte is there at the middle of its stop bit.
    bool receive(uint8_t* byte) {
        if (coming_bits == 0) {
            if (!model.tx) {
                coming_bits = BITS;
                coming_clocks = divisor / 2;
            }
            return false;
        }
        if (--coming_clocks != 0) return false;
        coming = coming >> 1 | uint32_t(model.tx) << (BITS - 1);
        coming_clocks = divisor;
        if (--coming_bits != 0) return false;
        *byte = coming >> 1;
        return coming >> (BITS - 1) & 1;
    }
};

}  // namespace

// Verilator calls this where levels do not settle, and would end the program.
void vl_fatal(const char*, int, const char*, const char*) { throw ModelFailed{}; }

EXPORT Board* board_new(int divisor) {
    Board* board = new Board(divisor);
    board->model.rx = 1;
    for (int clock = 0; clock < START_CLOCKS; clock++) board->cycle();
    return board;
}

EXPORT void board_delete(Board* board) { delete board; }

// Runs until all of `sent` is on the line and `cycles` have passed since, or the line from the
// board has been idle for `rest` cycles after a byte, or `capacity` bytes have come. Returns the
// number of bytes that came, or -1 where the model failed; `taken` is how many were sent.
EXPORT int64_t board_run(Board* board, const uint8_t* sent, int64_t count, uint8_t* got,
                         int64_t capacity, int64_t cycles, int64_t rest, int64_t* taken) {
    int64_t came = 0, left = cycles, idle = 0;
    *taken = 0;
    while (came < capacity && left > 0 && !board->failed) {
        const bool waiting = *taken < count;
        *taken += board->send(waiting, waiting ? sent[*taken] : 0);
        board->cycle();
        const bool comes = board->receive(got + came);
        came += comes;
        idle = comes || board->coming_bits ? 0 : idle + 1;
        if (*taken < count || board->sending_bits) continue;
        left--;
        if (came && idle > rest) break;
    }
    return board->failed ? -1 : came;
}
