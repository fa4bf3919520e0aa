
/*
 * The body of the table of leases, for the units slot_*.c alone.
 */

#ifndef SLOT_TABLE_H
#define SLOT_TABLE_H


#include "slot.h"
#include "slot_share.h"

#include <pthread.h>
#include <stdatomic.h>


#define SLOT_NAME_MAX  128


typedef struct {
    slot_view_t   view;
    uint32_t      lane;
    uint32_t      slot;
    int64_t       renewed_ms;                  /* no later than by Redis */
    bool          wanted;                      /* take it if it is free */
    char          successor[SLOT_NAME_MAX];    /* while LEAVING and LEFT */
} slot_entry_t;


struct slot_table_s {
    const config_t        *config;
    const config_lane_t   *group;
    const char            *owner;

    bus_t                 *bus;           /* the thread's, as is the pool */
    pool_t                *pool;
    int64_t                announced_ms;  /* when this was first done */
    bool                   frozen;

    pthread_t              thread;
    bool                   started;
    int                    wake_fd;
    _Atomic int64_t        beat_ms;
    _Atomic bool           mongo_up;

    pthread_mutex_t        lock;          /* over everything below */
    pthread_cond_t         news;
    bool                   stopping;
    bool                   serving;
    bool                   urgent;        /* the next round is due now */
    bool                   changed;       /* since it was said in the log */
    uint32_t               count;
    slot_entry_t           entries[];     /* lane by lane */
};


static inline slot_entry_t *
slot_entry(slot_table_t *table, uint32_t lane, uint32_t slot)
{
    return &table->entries[lane * table->config->slots + slot];
}


static inline const char *
slot_lane_name(const slot_table_t *table, const slot_entry_t *entry)
{
    return table->group->lanes[entry->lane];
}


/* True if we have not kept the lease for longer than it lasts. */
static inline bool
slot_lapsed(const slot_table_t *table, const slot_entry_t *entry,
    int64_t now_ms)
{
    return now_ms - entry->renewed_ms > (int64_t) table->config->lease_ms;
}


/* The only writer of a slot's state; the lock is held. */
void slot_move(slot_table_t *table, slot_entry_t *entry, slot_state_t state);

/*
 * Decides from an answer of `lease` what is to be taken and what to be given
 * away; true if there is something to take at once.  The lock is held.
 */
bool slot_survey(slot_table_t *table, const bus_value_t *answer);

/* The thread; `data` is the table. */
void *slot_thread(void *data);


#endif /* SLOT_TABLE_H */
