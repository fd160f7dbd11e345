// One verilated board behind a C interface: bytes go in and out at the UART's pins.

#include <cstdint>

#include "Vengine.h"
#include "verilated.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

struct ModelFailed {};

constexpr int BITS = 10;  // per byte on the line: start, eight of data, stop
constexpr int START_CLOCKS = 32;  // until the models' PLLs are locked and the board is not reset

struct Board {
    VerilatedContext context;
    Vengine model{&context};
    int divisor;
    bool failed = false;
    // The bits on the line to the board, lowest first, and the bits received from it.
    uint32_t sending = 0, receiving = 0;
    int sending_bits = 0, sending_clocks = 0, receiving_bits = 0, receiving_clocks = 0;

    explicit Board(int clocks_per_bit) : divisor(clocks_per_bit) {}

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

    // One clock cycle of the line to the board; takes the next byte if the line is free.
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

    // One clock cycle of the line from the board; a byte is complete at the middle of its stop bit.
    bool receive(uint8_t* byte) {
        if (receiving_bits == 0) {
            if (!model.tx) {
                receiving_bits = BITS;
                receiving_clocks = divisor / 2;
            }
            return false;
        }
        if (--receiving_clocks != 0) return false;
        receiving = receiving >> 1 | uint32_t(model.tx) << (BITS - 1);
        receiving_clocks = divisor;
        if (--receiving_bits != 0) return false;
        *byte = receiving >> 1;
        return receiving >> (BITS - 1) & 1;
    }
};

}  // namespace

// Verilator calls this if levels do not settle; its own function would end the program.
void vl_fatal(const char*, int, const char*, const char*) { throw ModelFailed{}; }

EXPORT Board* board_new(int divisor) {
    Board* board = new Board(divisor);
    board->model.rx = 1;
    for (int clock = 0; clock < START_CLOCKS; clock++) board->cycle();
    return board;
}

EXPORT void board_delete(Board* board) { delete board; }

// Runs until all of `sent` is on the line and `cycles` have passed since, or the line from the
// board has been idle for `rest` cycles after a byte, or `capacity` bytes are received. Returns
// the number of bytes received, or -1 if the model failed; `taken` is the number of bytes sent.
EXPORT int64_t board_run(Board* board, const uint8_t* sent, int64_t count, uint8_t* bytes,
                         int64_t capacity, int64_t cycles, int64_t rest, int64_t* taken) {
    int64_t received = 0, left = cycles, idle = 0;
    *taken = 0;
    while (received < capacity && left > 0 && !board->failed) {
        const bool waiting = *taken < count;
        *taken += board->send(waiting, waiting ? sent[*taken] : 0);
        board->cycle();
        const bool receives = board->receive(bytes + received);
        received += receives;
        idle = receives || board->receiving_bits ? 0 : idle + 1;
        if (*taken < count || board->sending_bits) continue;
        left--;
        if (received && idle > rest) break;
    }
    return board->failed ? -1 : received;
}
