#ifndef LOAD_LOOP_H
#define LOAD_LOOP_H

/*
 * Waits for file descriptors.  A source is part of what owns the descriptor,
 * and comes first in it; closing the descriptor removes it.
 */

#include <stdbool.h>
#include <stdint.h>


typedef struct load_source_s  load_source_t;

struct load_source_s {
    int    fd;
    void (*ready)(load_source_t *source, uint32_t events);
};


/* Exits with a message: nothing can be measured without the loop. */
void load_loop_init(void);

/* False if the kernel cannot wait for it (a plain file, /dev/null). */
bool load_loop_add(load_source_t *source, uint32_t events);
void load_loop_change(load_source_t *source, uint32_t events);

/* Serves what is ready; returns once something was, or at `until_us`. */
void load_loop_wait(uint64_t until_us);

/* Microseconds of the monotonic clock, read anew at each call. */
uint64_t load_now_us(void);


#endif /* LOAD_LOOP_H */
