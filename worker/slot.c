
/*
 * Leases, as the main loop sees them.  The table is shared by two threads
 * under one lock: the one of slot_thread.c talks to Redis each second, over a
 * connection of its own and never to MongoDB, so that a slow batch costs no
 * lease; the main loop looks at the table between batches.  Knows nothing of
 * jobs.
 */

#include "slot_table.h"
#include "log.h"
#include "tick.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>


#define SLOT_TIMEOUT_MS  1500


static const char *const  state_names[] = {
    [SLOT_FREE] = "free", [SLOT_HELD] = "held", [SLOT_LEAVING] = "leaving",
    [SLOT_LEFT] = "left"
};


slot_table_t *
slot_create(const config_t *config, const config_lane_t *group,
    const char *owner)
{
    uint32_t             i, count;
    slot_table_t        *table;
    pthread_condattr_t   attr;

    count = group->lane_count * config->slots;
    table = calloc(1, sizeof(slot_table_t) + count * sizeof(slot_entry_t));

    if (table == NULL) {
        abort();
    }

    table->config = config;
    table->group = group;
    table->owner = owner;
    table->count = count;
    table->beat_ms = tick_ms();
    table->bus = bus_create(config, BUS_QUIET, SLOT_TIMEOUT_MS);
    table->pool = pool_create();
    table->wake_fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

    if (table->wake_fd == -1) {
        abort();
    }

    for (i = 0; i < count; i++) {
        table->entries[i].lane = i / config->slots;
        table->entries[i].slot = i % config->slots;
    }

    pthread_mutex_init(&table->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&table->news, &attr);
    pthread_condattr_destroy(&attr);

    return table;
}


/* All signals are the main loop's. */
bool
slot_start(slot_table_t *table)
{
    int       rc;
    sigset_t  all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&table->thread, NULL, slot_thread, table);
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    table->started = rc == 0;

    return table->started;
}


void
slot_destroy(slot_table_t **pointer)
{
    slot_table_t  *table = *pointer;

    if (table == NULL) {
        return;
    }

    if (table->started) {
        pthread_mutex_lock(&table->lock);
        table->stopping = true;
        pthread_cond_signal(&table->news);
        pthread_mutex_unlock(&table->lock);
        pthread_join(table->thread, NULL);

        if (slot_release_all(table->bus, table->group, table->owner)
            != BUS_OK)
        {
            log_warn("slot: the leases could not be released, they will lapse");
        }
    }

    pthread_cond_destroy(&table->news);
    pthread_mutex_destroy(&table->lock);
    close(table->wake_fd);
    pool_destroy(&table->pool);
    bus_destroy(&table->bus);
    free(table);

    *pointer = NULL;
}


bus_status_t
slot_release_all(bus_t *bus, const config_lane_t *group, const char *owner)
{
    pool_t        *pool;
    uint32_t       lane, slot, slots;
    bus_args_t     args;
    bus_status_t   rc;

    pool = pool_create();
    slots = bus_config(bus)->slots;

    bus_args_call(&args, pool, bus, "release");
    bus_arg_str(&args, owner);
    bus_arg_u64(&args, bus_config(bus)->lease_ms);
    bus_arg_str(&args, "1");

    for (lane = 0; lane < group->lane_count; lane++) {
        for (slot = 0; slot < slots; slot++) {
            bus_arg_printf(&args, "%s:%u", group->lanes[lane], slot);
            bus_arg_str(&args, "");
        }
    }

    rc = bus_tell(bus, &args);
    pool_destroy(&pool);

    return rc;
}


/* The only writer of a slot's state; the lock is held. */
void
slot_move(slot_table_t *table, slot_entry_t *entry, slot_state_t state)
{
    bool  leaving;

    leaving = state == SLOT_LEAVING;

    log_debug("slot: %s:%u %s%s%s", slot_lane_name(table, entry), entry->slot,
             state_names[state], leaving ? " to " : "",
             leaving ? entry->successor : "");

    entry->view.state = state;
    table->changed = true;
    slot_wake(table);
}


void
slot_serve(slot_table_t *table)
{
    pthread_mutex_lock(&table->lock);

    if (!table->serving) {
        table->serving = true;
        table->urgent = true;
        pthread_cond_signal(&table->news);
    }

    pthread_mutex_unlock(&table->lock);
}


void
slot_beat(slot_table_t *table, bool mongo_up)
{
    table->beat_ms = tick_ms();
    table->mongo_up = mongo_up;
}


/* By our own clock, whatever Redis will say; the lock is held. */
static const slot_view_t *
slot_view(slot_table_t *table, uint32_t lane, uint32_t slot)
{
    slot_entry_t  *entry;

    entry = slot_entry(table, lane, slot);

    if (entry->view.state != SLOT_FREE
        && slot_lapsed(table, entry, tick_ms()))
    {
        slot_move(table, entry, SLOT_FREE);
    }

    return &entry->view;
}


void
slot_look(slot_table_t *table, uint32_t lane, slot_view_t *views)
{
    uint32_t  slot;

    pthread_mutex_lock(&table->lock);

    for (slot = 0; slot < table->config->slots; slot++) {
        views[slot] = *slot_view(table, lane, slot);
    }

    pthread_mutex_unlock(&table->lock);
}


bool
slot_holds(slot_table_t *table, uint32_t lane, uint32_t slot,
    uint32_t generation)
{
    bool                holds;
    const slot_view_t  *view;

    pthread_mutex_lock(&table->lock);

    view = slot_view(table, lane, slot);
    holds = (view->state == SLOT_HELD || view->state == SLOT_LEAVING)
            && view->generation == generation;

    pthread_mutex_unlock(&table->lock);

    return holds;
}


void
slot_let_go(slot_table_t *table, uint32_t lane, uint32_t slot)
{
    slot_entry_t  *entry;

    entry = slot_entry(table, lane, slot);

    pthread_mutex_lock(&table->lock);

    if (entry->view.state == SLOT_LEAVING) {
        slot_move(table, entry, SLOT_LEFT);
        table->urgent = true;
        pthread_cond_signal(&table->news);
    }

    pthread_mutex_unlock(&table->lock);
}


void
slot_lost(slot_table_t *table, uint32_t lane, uint32_t slot,
    uint32_t generation)
{
    slot_entry_t  *entry;

    entry = slot_entry(table, lane, slot);

    pthread_mutex_lock(&table->lock);

    if (entry->view.generation == generation
        && entry->view.state != SLOT_FREE)
    {
        slot_move(table, entry, SLOT_FREE);
    }

    pthread_mutex_unlock(&table->lock);
}


int
slot_wake_fd(slot_table_t *table)
{
    return table->wake_fd;
}


/* A counter that is full wakes as well. */
void
slot_wake(slot_table_t *table)
{
    (void) !eventfd_write(table->wake_fd, 1);
}


void
slot_woken(slot_table_t *table)
{
    eventfd_t  count;

    (void) !eventfd_read(table->wake_fd, &count);
}
