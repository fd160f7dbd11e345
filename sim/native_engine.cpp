// One verilated engine behind a C interface: no Python in the clock loop.
//
// A payload is an array of 32-bit words, the lowest bits first, as many as its port needs. The
// caller (`pulsetrain.sim.native_engine`) packs and unpacks the fields. Payloads are copied byte by
// byte, so the machine must be little-endian.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <vector>

#include "Vengine.h"
#include "verilated.h"

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using WaveFile = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using WaveFile = VerilatedVcdC;
#endif

#ifndef RESET
#define RESET rst
#endif
#define EXPORT extern "C" __attribute__((visibility("default")))

constexpr int RESET_CYCLES = 16;  // as in registers.py

namespace {

struct ModelFailed {};

constexpr int REGISTER_CYCLES = 1000;  // more than any register takes

template <typename Port>
constexpr int64_t words_of = (sizeof(Port) + 3) / 4;

template <typename Port>
void copy_words(const Port& port, uint32_t* words) {
    words[words_of<Port> - 1] = 0;
    std::memcpy(words, &port, sizeof(Port));
}

#if VM_TRACE
constexpr uint64_t HALF_PERIOD = 5;  // ns

struct Context : VerilatedContext {
    Context() { traceEverOn(true); }
};

// Records a model. Time continues while it does not record.
struct Recorder {
    WaveFile file;
    uint64_t time = 0;
    bool recording = false;

    explicit Recorder(Vengine& model) { model.trace(&file, 99); }

    void half_cycle() {
        if (recording) file.dump(time);
        time += HALF_PERIOD;
    }
};
#else
using Context = VerilatedContext;

struct Recorder {
    explicit Recorder(Vengine&) {}
    void half_cycle() {}
};
#endif

template <typename Payload>
struct Stream {
    Payload& payload;
    CData& valid;
    CData& ready;
};

template <typename Payload>
Stream(Payload&, CData&, CData&) -> Stream<Payload>;

struct Engine {
    Context context;
    Vengine model{&context, ""};
    Recorder recorder{model};
    bool observing = false, failed = false;
    std::vector<uint32_t> seen[3];  // what each probe has shown

    // A model that has failed does nothing until it is reset.
    void evaluate(bool clk) {
        if (failed) return;
        model.clk = clk;
        try {
            model.eval();
        } catch (const ModelFailed&) {
            failed = true;
        }
    }

    // Combinational logic follows the inputs: values read next are those before the clock edge.
    void settle() { evaluate(false); }

    void edge() {
        if (observing) {
            observe(model.probe_sum, seen[0]);
            observe(model.probe_output, seen[1]);
            observe(model.probe_delta, seen[2]);
        }
        recorder.half_cycle();
        evaluate(true);
        recorder.half_cycle();
    }

    void cycle() {
        settle();
        edge();
    }

    // Waits until the register on the bus is read or written; not for ever, if it never is.
    void take_register() {
        bool ready = false;
        for (int waited = 0; !ready && waited < REGISTER_CYCLES; waited++) {
            settle();
            ready = model.bus___05Fready;
            edge();
        }
    }

    // The lowest bit of every probe is the lowest bit of its field `valid`.
    template <typename Probe>
    static void observe(const Probe& probe, std::vector<uint32_t>& seen) {
        uint32_t words[words_of<Probe>];
        copy_words(probe, words);
        if (words[0] & 1) seen.insert(seen.end(), std::begin(words), std::end(words));
    }

    // Sends `count` payloads and collects `expected` ones meanwhile. Returns the number collected,
    // or -1 - that number if the model failed or no payload moved in `limit` cycles.
    template <typename In, typename Out>
    int64_t exchange(Stream<In> in, const uint32_t* sent, int64_t count, Stream<Out> out,
                     uint32_t* received, int64_t expected, int64_t limit) {
        int64_t taken = 0, collected = 0, waited = 0;
        while ((taken < count || collected < expected) && waited <= limit && !failed) {
            in.valid = taken < count;
            if (in.valid) std::memcpy(&in.payload, sent + taken * words_of<In>, sizeof(In));
            settle();
            const bool takes = in.valid && in.ready;
            const bool collects = out.valid && collected < expected;
            if (collects) copy_words(out.payload, received + collected * words_of<Out>);
            edge();
            taken += takes;
            collected += collects;
            waited = takes || collects ? 0 : waited + 1;
        }
        in.valid = 0;
        return taken < count || collected < expected ? -1 - collected : collected;
    }
};

}  // namespace

// Verilator calls this if levels do not settle; its own function would end the program.
void vl_fatal(const char*, int, const char*, const char*) { throw ModelFailed{}; }

EXPORT Engine* engine_new() { return new Engine; }

EXPORT void engine_delete(Engine* engine) { delete engine; }

EXPORT void engine_reset(Engine* engine) {
    Vengine& model = engine->model;
    model.i_sample___05Fvalid = model.i_host___05Fvalid = model.bus___05Fwrite = 0;
    model.o_result___05Fready = model.o_host___05Fready = 1;
    engine->failed = false;
    model.RESET = 1;
    for (int clock = 0; clock < RESET_CYCLES; clock++) engine->cycle();
    model.RESET = 0;
    engine->cycle();
}

// The number of 32-bit words of each port's payload, in the order of `formats.engine.ports`.
EXPORT void engine_words(Engine* engine, uint32_t* words) {
    Vengine& model = engine->model;
    *words++ = words_of<decltype(model.i_sample___05Fpayload)>;
    *words++ = words_of<decltype(model.o_result___05Fpayload)>;
    *words++ = words_of<decltype(model.i_host___05Fpayload)>;
    *words++ = words_of<decltype(model.o_host___05Fpayload)>;
    *words++ = words_of<decltype(model.probe_sum)>;
    *words++ = words_of<decltype(model.probe_output)>;
    *words++ = words_of<decltype(model.probe_delta)>;
}

EXPORT void engine_write_register(Engine* engine, uint32_t address, uint32_t value) {
    Vengine& model = engine->model;
    model.bus___05Faddress = address;
    model.bus___05Fwrite_data = value;
    model.bus___05Fwrite = 1;
    engine->take_register();
    model.bus___05Fwrite = 0;
}

EXPORT uint32_t engine_read_register(Engine* engine, uint32_t address) {
    engine->model.bus___05Faddress = address;
    engine->take_register();
    engine->settle();
    return engine->model.bus___05Fread_data;
}

// The two streams of the host: requests, and the rows requested.
EXPORT int64_t engine_serve_host(Engine* engine, const uint32_t* requests, int64_t count,
                                 uint32_t* rows, int64_t expected, int64_t limit) {
    Vengine& model = engine->model;
    return engine->exchange(
        Stream{model.i_host___05Fpayload, model.i_host___05Fvalid, model.i_host___05Fready},
        requests, count,
        Stream{model.o_host___05Fpayload, model.o_host___05Fvalid, model.o_host___05Fready},
        rows, expected, limit);
}

// The streams of samples and of their results.
EXPORT int64_t engine_run(Engine* engine, const uint32_t* transfers, int64_t count,
                          uint32_t* results, int64_t expected, int64_t limit) {
    Vengine& model = engine->model;
    return engine->exchange(
        Stream{model.i_sample___05Fpayload, model.i_sample___05Fvalid, model.i_sample___05Fready},
        transfers, count,
        Stream{model.o_result___05Fpayload, model.o_result___05Fvalid, model.o_result___05Fready},
        results, expected, limit);
}

// Clears what the probes have shown, and switches noting it on or off.
EXPORT void engine_observe(Engine* engine, bool observing) {
    engine->observing = observing;
    for (auto& words : engine->seen) words.clear();
}

// What a probe has shown since `engine_observe`, in order; returns the number of words.
EXPORT int64_t engine_observed(Engine* engine, uint32_t probe, const uint32_t** words) {
    *words = engine->seen[probe].data();
    return engine->seen[probe].size();
}

#if VM_TRACE
// Starts or resumes recording into the file `path`.
EXPORT void engine_start_recording(Engine* engine, const char* path) {
    if (!engine->recorder.file.isOpen()) engine->recorder.file.open(path);
    engine->recorder.recording = true;
}

EXPORT void engine_stop_recording(Engine* engine) { engine->recorder.recording = false; }
#endif
