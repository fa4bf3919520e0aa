
/*
 * The leases of this process: which streams it may read (docs/bus.md, "Slots
 * and leases").  A thread renews them, takes and gives; the main loop looks
 * at the table between batches and says when it has let go of a slot.
 */

#ifndef SLOT_H
#define SLOT_H


#include "bus.h"
#include "config.h"


typedef struct slot_table_s  slot_table_t;


/* The thread moves a slot along; the main loop moves it from LEAVING to LEFT,
 * and to FREE when Redis said that the lease is lost. */
typedef enum {
    SLOT_FREE = 0,
    SLOT_HELD,
    SLOT_LEAVING,      /* to be let go of as soon as no job of it is in hand */
    SLOT_LEFT          /* let go of; the lease is being handed over */
} slot_state_t;


typedef struct {
    slot_state_t   state;
    uint32_t       generation;     /* another one each time it is taken */
    uint64_t       epoch;          /* of the Redis that gave the lease */
} slot_view_t;


/* `owner` is the process's name on the bus. */
slot_table_t *slot_create(const config_t *config, const config_lane_t *group,
    const char *owner);

/* False if there can be no thread. */
bool slot_start(slot_table_t *table);

/* Ends the thread, releases all leases, takes the announcement away. */
void slot_destroy(slot_table_t **table);

/* From now on slots are taken; before, the process only announces itself. */
void slot_serve(slot_table_t *table);

/*
 * The main loop came round; without this for 30 s no lease is renewed.
 * `mongo_up` is announced.
 */
void slot_beat(slot_table_t *table, bool mongo_up);

/*
 * A copy of a lane's slots (place in the group's list).  A lease that was not
 * renewed in time is lost here at once, whatever Redis will say of it: another
 * may have had it meanwhile.
 */
void slot_look(slot_table_t *table, uint32_t lane, slot_view_t *views);

/* True while the lease is the one of that generation and has not lapsed. */
bool slot_holds(slot_table_t *table, uint32_t lane, uint32_t slot,
    uint32_t generation);

/* A LEAVING slot has no job in hand any more. */
void slot_let_go(slot_table_t *table, uint32_t lane, uint32_t slot);

/* Redis said that this lease is not ours. */
void slot_lost(slot_table_t *table, uint32_t lane, uint32_t slot,
    uint32_t generation);

/*
 * Takes away the announcement of a process and every lease it has: its own
 * end, or the supervisor's word for one that died.
 */
bus_status_t slot_release_all(bus_t *bus, const config_lane_t *group,
    const char *owner) CHAT_MUST_CHECK;

/* Readable when something changed since the last slot_woken(). */
int slot_wake_fd(slot_table_t *table);
void slot_wake(slot_table_t *table);       /* also from a signal's handler */
void slot_woken(slot_table_t *table);


#endif /* SLOT_H */
