/* The functions of bus.h on a processor in a SoC by LiteX: registers through a pointer, streams
 * through the CSRs of the engine, and the standard output on the serial port. */
#include <stdio.h>

#include "bus.h"

#include "generated/csr.h"

uint32_t bus_read(uintptr_t address)
{
    return *(volatile uint32_t *)address;
}

void bus_write(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

void stream_send(uint32_t word, uint32_t user, int last)
{
    while (!pulsetrain_streams_sample_room_read())
        ;
    pulsetrain_streams_sample_user_write(user);
    if (last)
        pulsetrain_streams_sample_last_write(word);
    else
        pulsetrain_streams_sample_data_write(word);
}

uint64_t stream_take(void)
{
    while (!pulsetrain_streams_results_held_read())
        ;
    uint64_t result = pulsetrain_streams_result_read();
    return result << 32 | pulsetrain_streams_result_cycles_read();
}

static int put(char character, FILE *file)
{
    (void)file;
    while (uart_txfull_read())
        ;
    uart_rxtx_write((unsigned char)character);
    return character;
}

static FILE port = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &port;
