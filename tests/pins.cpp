// A verilated module whose ports the caller sees as memory; PORTS(X) is X(name) of each port.

#include <cstdint>
#include <cstring>

#include "Vengine.h"
#include "verilated.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

struct ModelFailed {};

constexpr int MOST_BYTES = 1024;  // of a port

struct Pins {
    VerilatedContext context;
    Vengine model{&context, ""};
    bool failed = false;
    uint8_t shown[64][MOST_BYTES] = {};  // the ports just before the last clock edge

    void tick() {
        if (failed) return;
        try {
            model.clk = 0;
            model.eval();
            int number = 0;
#define X(port) std::memcpy(shown[number++], &model.port, sizeof model.port);
            PORTS(X)
#undef X
            model.clk = 1;
            model.eval();
        } catch (const ModelFailed&) {
            failed = true;
        }
    }
};

}  // namespace

void vl_fatal(const char*, int, const char*, const char*) { throw ModelFailed{}; }

EXPORT Pins* pins_new() { return new Pins; }

EXPORT void pins_delete(Pins* pins) { delete pins; }

// The address of a port in the model, where inputs are driven.
EXPORT void* pins_driven(Pins* pins, int port) {
    int number = 0;
#define X(name) if (number++ == port) return &pins->model.name;
    PORTS(X)
#undef X
    return nullptr;
}

// The address of the value that a port had just before the last clock edge.
EXPORT void* pins_shown(Pins* pins, int port) { return pins->shown[port]; }

// One clock cycle; false if the model does not settle.
EXPORT bool pins_tick(Pins* pins) {
    pins->tick();
    return !pins->failed;
}

// Clock cycles until the lowest bit of a port is 1, at most `limit`: their number, or -1.
EXPORT int64_t pins_until(Pins* pins, int port, int64_t limit) {
    for (int64_t cycles = 1; cycles <= limit && !pins->failed; cycles++) {
        pins->tick();
        if (pins->shown[port][0] & 1) return cycles;
    }
    return -1;
}
