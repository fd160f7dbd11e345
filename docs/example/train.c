/* Trains an engine behind AXI on the samples in data.h, and compares predictions, synapses and
 * counters with those of the golden model, which are there too. */
#include <stdio.h>

#include "bus.h"
#define PULSETRAIN_AXI_READ(base, offset) bus_read((base) + (offset))
#define PULSETRAIN_AXI_WRITE(base, offset, value) bus_write((base) + (offset), (value))
#include "pulsetrain_axi.h"

#include "data.h"

#ifndef BASE
#define BASE 0u /* the address of the first register */
#endif

static void begin_rows(void)
{
    pulsetrain_axi_write_row_address(BASE, 0);
    pulsetrain_axi_write_row_slice(BASE, 0);
}

/* Read or write one slice; afterwards address and slice are those of the next one. */
static void command(uint32_t what)
{
    pulsetrain_axi_write_row_command(BASE, what);
    while (pulsetrain_axi_read_bus_status(BASE) & PULSETRAIN_AXI_BUS_STATUS_ROW_BUSY_MASK)
        ;
}

static void load(const struct state *state)
{
    begin_rows();
    for (uint32_t slice = 0; slice < SLICES; slice++) {
        for (uint32_t word = 0; word < PULSETRAIN_AXI_ROW_DATA_COUNT; word++)
            pulsetrain_axi_write_row_data(BASE, word, state->rows[slice][word]);
        command(PULSETRAIN_AXI_ROW_COMMAND_COMMAND_WRITE);
    }
    pulsetrain_axi_write_generator(BASE, state->generator);
    pulsetrain_axi_write_samples(BASE, state->samples);
    pulsetrain_axi_write_errors(BASE, state->errors);
    pulsetrain_axi_write_pulses(BASE, state->pulses);
    pulsetrain_axi_write_refreshes(BASE, state->refreshes);
}

/* How many words and counters of the engine differ from `state`. */
static uint32_t differences(const struct state *state)
{
    uint32_t found = 0;
    begin_rows();
    for (uint32_t slice = 0; slice < SLICES; slice++) {
        command(PULSETRAIN_AXI_ROW_COMMAND_COMMAND_READ);
        for (uint32_t word = 0; word < PULSETRAIN_AXI_ROW_DATA_COUNT; word++)
            found += pulsetrain_axi_read_row_data(BASE, word) != state->rows[slice][word];
    }
    found += pulsetrain_axi_read_generator(BASE) != state->generator;
    found += pulsetrain_axi_read_samples(BASE) != state->samples;
    found += pulsetrain_axi_read_errors(BASE) != state->errors;
    found += pulsetrain_axi_read_pulses(BASE) != state->pulses;
    found += pulsetrain_axi_read_refreshes(BASE) != state->refreshes;
    return found;
}

/* Inputs of value 0 need not be sent, but a sample has at least one word. */
static void send(const uint8_t *values, uint32_t label)
{
    uint32_t user = pulsetrain_axi_sample_user(label, 1), last = 0;
    for (uint32_t index = 0; index < INPUTS; index++)
        if (values[index])
            last = index;
    for (uint32_t index = 0; index <= last; index++)
        if (values[index] || index == last)
            stream_send(pulsetrain_axi_sample_word(index, values[index]), user, index == last);
}

int main(void)
{
    uint32_t wrong = 0, errors = 0;
    if (pulsetrain_axi_read_digest_high(BASE) != PULSETRAIN_AXI_DIGEST_HIGH_RESET
        || pulsetrain_axi_read_digest_low(BASE) != PULSETRAIN_AXI_DIGEST_LOW_RESET) {
        printf("this is not the engine of pulsetrain_axi.h\n");
        return 1;
    }
    load(&initial);
    pulsetrain_axi_write_mode(BASE, PULSETRAIN_AXI_MODE_RUN);
    for (uint32_t sample = 0; sample < SAMPLES; sample++) {
        send(inputs[sample], labels[sample]);
        uint64_t result = stream_take();
        wrong += pulsetrain_axi_result_prediction(result) != predictions[sample];
        errors += (uint32_t)pulsetrain_axi_result_error(result);
    }
    uint32_t differ = differences(&learned);
    uint32_t refused = pulsetrain_axi_read_interrupt_pending(BASE)
                       & (PULSETRAIN_AXI_INTERRUPT_PENDING_ACCESS_ERROR_MASK
                          | PULSETRAIN_AXI_INTERRUPT_PENDING_SAMPLE_ERROR_MASK);
    if (wrong || differ || refused || errors != learned.errors) {
        printf("not as in the model: %u predictions, %u words\n", (unsigned)wrong,
               (unsigned)differ);
        return 1;
    }
    printf("%u samples learned from C: every state is as in the model\n", (unsigned)SAMPLES);
    return 0;
}
