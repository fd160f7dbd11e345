/* How train.c reaches the registers and streams of an engine. `axi_shim.cpp` defines this for a
 * simulation; on a chip it is a pointer to the registers, and a DMA for the streams. */
#ifndef BUS_H
#define BUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

uint32_t bus_read(uintptr_t address);
void bus_write(uintptr_t address, uint32_t value);

/* Send one word of a sample; `user` goes beside it, and `last` ends the sample. */
void stream_send(uint32_t word, uint32_t user, int last);

/* Wait for the next result. */
uint64_t stream_take(void);

#ifdef __cplusplus
}
#endif

#endif
