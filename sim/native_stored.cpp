// One verilated engine with its memory: the functions of `native_engine.cpp`, and those of the store.
// Its reset is the input `restart`, which leaves the memory and its controller alone.

#define RESET restart
#include "native_engine.cpp"

// Stores `count` words from `address` on; returns the number stored in `limit` cycles for each.
EXPORT int64_t engine_store(Engine* engine, uint32_t address, const uint16_t* words, int64_t count,
                            int64_t limit) {
    Vengine& model = engine->model;
    int64_t stored = 0, waited = 0;
    model.i_word___05Fvalid = 1;
    while (stored < count && waited < limit && !engine->failed) {
        model.i_word___05Fpayload = uint64_t(address + stored) | uint64_t(words[stored]) << 24;
        engine->settle();
        const bool takes = model.i_word___05Fready;
        engine->edge();
        stored += takes;
        waited = takes ? 0 : waited + 1;
    }
    model.i_word___05Fvalid = 0;
    return stored;
}

EXPORT void engine_write_job(Engine* engine, uint32_t address, uint32_t value) {
    Vengine& model = engine->model;
    model.job_address = address;
    model.job_write_data = value;
    model.job_write = 1;
    engine->cycle();
    model.job_write = 0;
    engine->cycle();
}

EXPORT uint32_t engine_read_job(Engine* engine, uint32_t address) {
    engine->model.job_address = address;
    engine->cycle();
    engine->settle();
    return engine->model.job_read_data;
}

// Runs until no job is in work, but at most `limit` cycles; returns the cycles, or -1 if the model
// failed. In the cycle `at`, the bits `flips` of what the memory answers are wrong.
EXPORT int64_t engine_work(Engine* engine, int64_t limit, int64_t at, uint16_t flips) {
    Vengine& model = engine->model;
    int64_t cycles = 0;
    for (bool works = true; works && cycles < limit && !engine->failed; cycles++) {
        model.flips = cycles == at ? flips : 0;
        engine->settle();
        works = model.working;
        engine->edge();
    }
    return engine->failed ? -1 : cycles;
}
