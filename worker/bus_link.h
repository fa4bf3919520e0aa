
/*
 * The body of bus_t, for the units bus_*.c that know hiredis, and for nobody
 * else.
 */

#ifndef BUS_LINK_H
#define BUS_LINK_H


#include "bus.h"

#include <hiredis/hiredis.h>


struct bus_s {
    const config_t  *config;
    bus_kind_t       kind;
    int              timeout_ms;
    redisContext    *link;             /* NULL: closed */
    uint32_t         owed;             /* answers that nobody waits for */
    int64_t          retry_at_ms;
    int64_t          retry_ms;
    bus_state_t      state;            /* the last one that was logged */
    uint64_t         epoch;
};


#endif /* BUS_LINK_H */
