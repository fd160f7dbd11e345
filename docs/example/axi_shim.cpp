// The functions of bus.h, on a simulated `pulsetrain_axi`. Outputs of the engine never depend on
// inputs of the same cycle, so what they are before a clock edge is what they are at it.
#include "bus.h"

#include <cstdio>
#include <cstdlib>

#include "Vengine.h"
#include "verilated.h"

namespace {

constexpr long LIMIT = 1'000'000;  // more cycles than anything takes

struct Simulation {
    VerilatedContext context;
    Vengine top{&context};

    Simulation() {
        top.aresetn = 0;
        cycle();
        top.aresetn = 1;
    }

    void cycle() {
        for (int clock : {0, 1}) {
            top.aclk = clock;
            top.eval();
        }
    }

    // Clock until `signal` is high.
    void until(const CData& signal) {
        for (long cycles = 0; !signal; cycles++) {
            if (cycles == LIMIT) {
                std::fprintf(stderr, "the engine does not answer\n");
                std::exit(1);
            }
            cycle();
        }
    }

    // The transfer at the next edge at which both are high, of which `ours` is set here.
    void transfer(CData& ours, const CData& theirs) {
        ours = 1;
        until(theirs);
        cycle();
        ours = 0;
    }

    void check(CData response, uintptr_t address) {
        if (response == 0) return;
        std::fprintf(stderr, "the access to 0x%03lx is refused\n", (unsigned long)address);
        std::exit(1);
    }
};

Simulation simulation;
Vengine& top = simulation.top;

}  // namespace

uint32_t bus_read(uintptr_t address) {
    top.s_axi_araddr = address;
    simulation.transfer(top.s_axi_arvalid, top.s_axi_arready);
    simulation.until(top.s_axi_rvalid);
    uint32_t value = top.s_axi_rdata;
    simulation.check(top.s_axi_rresp, address);
    simulation.transfer(top.s_axi_rready, top.s_axi_rvalid);
    return value;
}

void bus_write(uintptr_t address, uint32_t value) {
    top.s_axi_awaddr = address;
    simulation.transfer(top.s_axi_awvalid, top.s_axi_awready);
    top.s_axi_wdata = value;
    top.s_axi_wstrb = 15;
    simulation.transfer(top.s_axi_wvalid, top.s_axi_wready);
    simulation.until(top.s_axi_bvalid);
    simulation.check(top.s_axi_bresp, address);
    simulation.transfer(top.s_axi_bready, top.s_axi_bvalid);
}

void stream_send(uint32_t word, uint32_t user, int last) {
    top.s_axis_tdata = word;
    top.s_axis_tkeep = 15;
    top.s_axis_tuser = user;
    top.s_axis_tlast = last;
    simulation.transfer(top.s_axis_tvalid, top.s_axis_tready);
}

uint64_t stream_take() {
    simulation.until(top.m_axis_tvalid);
    uint64_t result = top.m_axis_tdata;
    simulation.transfer(top.m_axis_tready, top.m_axis_tvalid);
    return result;
}
