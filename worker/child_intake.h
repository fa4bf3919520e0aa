
/*
 * Where this process stands in each of its streams: first what was taken before
 * and is left, one job at a time, then what is new (docs/bus.md, "Slots and
 * leases").
 */

#ifndef CHILD_INTAKE_H
#define CHILD_INTAKE_H


#include "bus.h"
#include "pool.h"
#include "slot.h"


typedef struct child_intake_s  child_intake_t;


/* An entry as it was taken; strings and text are in the taker's pool. */
typedef struct {
    uint32_t       slot;
    const char    *entry;
    chat_slice_t   text;
    uint64_t       age_ms;
    uint32_t       tries;        /* 1: never taken before */
} child_entry_t;


/* A slot is not ours any more, or ours anew (`held`): what is in memory about
 * it is to be forgotten.  `epoch`: of the Redis that had given the lease. */
typedef void (*child_gone_pt)(void *data, uint32_t lane, uint32_t slot,
    uint64_t epoch, bool held);


/*
 * `bus` is borrowed; listening has a connection of its own.  `marks_lane`: the
 * lane whose slots have marks, or -1.
 */
child_intake_t *child_intake_create(const config_t *config,
    const config_lane_t *group, slot_table_t *slots, bus_t *bus,
    const char *owner, int marks_lane, child_gone_pt gone, void *data);
void child_intake_destroy(child_intake_t **intake);

/* What Redis's clock shows now: by it jobs grow old. */
void child_intake_clock(child_intake_t *intake, int64_t redis_ms);

/* Between batches: follows the leases; lets go of what is to leave. */
void child_intake_follow(child_intake_t *intake);

/* Slots that we hold and take nothing from until their marks are in Redis;
 * `slots` has room for all. */
uint32_t child_intake_unknown(child_intake_t *intake, uint32_t *slots);
void child_intake_known(child_intake_t *intake, uint32_t slot);

/*
 * Takes a lane's share of what was read, or one job that was taken before; the
 * entries are in the pool.  With `new_only` what was taken before is left
 * alone, wherever we stand.
 */
uint32_t child_intake_take(child_intake_t *intake, pool_t *pool, uint32_t lane,
    bool new_only, child_entry_t **entries);

/* A pending entry was finished. */
void child_intake_done(child_intake_t *intake, uint32_t lane, uint32_t slot,
    const char *entry);

/* An entry of the slot stays pending: it is read again, a little later. */
void child_intake_again(child_intake_t *intake, uint32_t lane, uint32_t slot);

/* Redis said that the lease is not ours. */
void child_intake_lost(child_intake_t *intake, uint32_t lane, uint32_t slot);

/* True while the lease under which we took is ours. */
bool child_intake_holds(child_intake_t *intake, uint32_t lane, uint32_t slot);

/* The slots of a lane that we hold; `slots` has room for all. */
uint32_t child_intake_held(const child_intake_t *intake, uint32_t lane,
    uint32_t *slots);

/*
 * Asks for what is new, if nothing is left that was read; the answer may come
 * within ms and is read by child_intake_wait().
 */
void child_intake_listen(child_intake_t *intake, int64_t ms);

/*
 * Reads what is new.  If there is nothing to be taken, waits until there is,
 * the leases change or ms have passed; unless `new_only`, also until a pending
 * job is due.
 */
void child_intake_wait(child_intake_t *intake, bool new_only, int64_t ms);


#endif /* CHILD_INTAKE_H */
