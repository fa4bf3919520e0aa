
/*
 * The two clocks: one for measuring and waiting, one for what people see.
 */

#ifndef TICK_H
#define TICK_H


#include <stdint.h>
#include <time.h>


static inline int64_t
tick_read_ms(clockid_t clock)
{
    struct timespec  now;

    clock_gettime(clock, &now);

    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}


/* Never goes back; says nothing of the date. */
static inline int64_t
tick_ms(void)
{
    return tick_read_ms(CLOCK_MONOTONIC);
}


static inline int64_t
tick_date_ms(void)
{
    return tick_read_ms(CLOCK_REALTIME);
}


#endif /* TICK_H */
