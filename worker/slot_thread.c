
/*
 * The thread that keeps the leases: once a second one call of `lease`, which
 * also tells the others that we are here, and `release` for what the main loop
 * has let go of.  A main loop that hangs is found out by its missing beat:
 * then nothing is renewed, and others take over.
 */

#include "slot_table.h"
#include "chat_bus_names.h"
#include "log.h"
#include "tick.h"
#include "version.h"

#include <stdio.h>


#define SLOT_TICK_MS      1000
#define SLOT_RETRY_MS     200      /* Redis did not answer */
#define SLOT_SETTLE_MS    200      /* others that start now are seen first */
#define SLOT_FROZEN_MS    30000


static void
slot_taken(slot_table_t *table, slot_entry_t *entry)
{
    entry->view.generation++;
    entry->view.epoch = bus_epoch(table->bus);
    slot_move(table, entry, SLOT_HELD);
}


/* What is asked for: keep, take or only look; the lock is held. */
static const char *
slot_wish(slot_table_t *table, const slot_entry_t *entry)
{
    switch (entry->view.state) {

    case SLOT_HELD:
    case SLOT_LEAVING:
        if (table->frozen) {
            return "?";
        }

        /* a Redis that forgot everything is given the lease anew */
        return (entry->view.epoch == bus_epoch(table->bus)) ? "=" : "+";

    case SLOT_FREE:
        return (entry->wanted && !table->frozen) ? "+" : "?";

    default:
        return "?";
    }
}


/* One that takes no slots names no lanes: others count it out. */
static void
slot_announcement(slot_table_t *table, bus_args_t *args)
{
    bool      serves;
    uint32_t  i;
    char      lanes[CONFIG_GROUP_MAX * (CHAT_LANE_MAX + 1) + 1];

    serves = table->serving && !table->frozen;
    lanes[0] = '\0';

    for (i = 0; serves && i < table->group->lane_count; i++) {
        strcat(lanes, i ? "," : "");
        strcat(lanes, table->group->lanes[i]);
    }

    bus_arg_printf(args, "lanes=%s mongo=%s version=%s", lanes,
                   table->mongo_up ? "up" : "down", WORKER_VERSION);
}


static void
slot_ask(slot_table_t *table, bus_args_t *args)
{
    uint32_t       i;
    slot_entry_t  *entry;

    bus_args_call(args, table->pool, table->bus, "lease");
    bus_arg_str(args, table->owner);
    bus_arg_u64(args, table->config->lease_ms);

    pthread_mutex_lock(&table->lock);
    slot_announcement(table, args);

    for (i = 0; i < table->count; i++) {
        entry = &table->entries[i];
        bus_arg_str(args, slot_wish(table, entry));
        bus_arg_printf(args, "%s:%u", slot_lane_name(table, entry),
                       entry->slot);
    }

    pthread_mutex_unlock(&table->lock);
}


/* What the answer says of one slot; the lock is held. */
static void
slot_hear(slot_table_t *table, slot_entry_t *entry, chat_slice_t holder,
    int64_t asked_ms)
{
    bool  ours, lapsed;

    ours = chat_slice_eq(holder, chat_slice_of(table->owner,
                                               strlen(table->owner)));
    entry->wanted = false;

    if (!ours) {
        if (entry->view.state != SLOT_FREE) {
            slot_move(table, entry, SLOT_FREE);
        }

        return;
    }

    lapsed = slot_lapsed(table, entry, asked_ms);

    if (!table->frozen) {
        entry->renewed_ms = asked_ms;
    }

    if (entry->view.state == SLOT_FREE
        || (entry->view.state == SLOT_HELD
            && (lapsed || entry->view.epoch != bus_epoch(table->bus))))
    {
        slot_taken(table, entry);
    }
}


/* --- the rounds --------------------------------------------------------- */

/* Gives what was let go of to its successor; false if Redis is away. */
static bool
slot_hand_over(slot_table_t *table)
{
    uint32_t       i, n;
    bus_args_t     args;
    slot_entry_t  *entry;

    bus_args_call(&args, table->pool, table->bus, "release");
    bus_arg_str(&args, table->owner);
    bus_arg_u64(&args, table->config->lease_ms);
    bus_arg_str(&args, "0");

    pthread_mutex_lock(&table->lock);

    for (i = 0, n = 0; i < table->count; i++) {
        entry = &table->entries[i];

        if (entry->view.state == SLOT_LEFT) {
            bus_arg_printf(&args, "%s:%u", slot_lane_name(table, entry),
                           entry->slot);
            bus_arg_printf(&args, "%s", entry->successor);
            n++;
        }
    }

    pthread_mutex_unlock(&table->lock);

    if (n == 0) {
        return true;
    }

    /* the next look finds them in others' hands, and FREE here */
    return bus_tell(table->bus, &args) == BUS_OK;
}


static void
slot_look_at_beat(slot_table_t *table)
{
    bool  frozen;

    frozen = tick_ms() - table->beat_ms > SLOT_FROZEN_MS;

    if (frozen && !table->frozen) {
        log_error("slot: the main loop has not come round for %d s: no lease "
                  "is renewed", SLOT_FROZEN_MS / 1000);
    }

    table->frozen = frozen;
}


/* A line a lane; the lock is held. */
static void
slot_say(slot_table_t *table)
{
    uint32_t  i, lane, held;

    for (lane = 0; table->changed && lane < table->group->lane_count; lane++) {
        for (i = 0, held = 0; i < table->config->slots; i++) {
            held += slot_entry(table, lane, i)->view.state == SLOT_HELD;
        }

        log_info("slot: holding %u of %u of lane %s", held,
                 table->config->slots, table->group->lanes[lane]);
    }

    table->changed = false;
}


/* One round; in how many ms the next one is due. */
static int64_t
slot_round(slot_table_t *table)
{
    bool           again;
    int64_t        asked_ms;
    uint32_t       i;
    bus_args_t     args;
    bus_value_t   *answer;

    pool_reset(table->pool);
    slot_look_at_beat(table);

    if (!bus_ready(table->bus) || !slot_hand_over(table)) {
        return SLOT_RETRY_MS;
    }

    slot_ask(table, &args);
    asked_ms = tick_ms();

    if (bus_ask(table->bus, &args, &answer) != BUS_OK) {
        return SLOT_RETRY_MS;
    }

    pthread_mutex_lock(&table->lock);

    if (table->announced_ms == 0 && table->serving) {
        table->announced_ms = asked_ms;
    }

    for (i = 0; i < table->count; i++) {
        slot_hear(table, &table->entries[i],
                  bus_text(bus_at(bus_at(answer, 0), i)), asked_ms);
    }

    again = false;

    if (table->serving && !table->frozen
        && tick_ms() - table->announced_ms >= SLOT_SETTLE_MS)
    {
        again = slot_survey(table, answer);
    }

    slot_say(table);
    pthread_mutex_unlock(&table->lock);
    bus_free(&answer);

    if (tick_ms() - table->announced_ms < SLOT_SETTLE_MS) {
        return SLOT_SETTLE_MS;
    }

    return again ? 0 : SLOT_TICK_MS;
}


/* Until then, or until the main loop has news; the lock is held. */
static void
slot_sleep(slot_table_t *table, int64_t ms)
{
    int64_t          until;
    struct timespec  time;

    until = tick_ms() + ms;
    time.tv_sec = until / 1000;
    time.tv_nsec = until % 1000 * 1000000;

    pthread_cond_timedwait(&table->news, &table->lock, &time);
}


void *
slot_thread(void *data)
{
    int64_t        ms;
    slot_table_t  *table = data;

    pthread_mutex_lock(&table->lock);

    while (!table->stopping) {
        table->urgent = false;
        pthread_mutex_unlock(&table->lock);
        ms = slot_round(table);
        pthread_mutex_lock(&table->lock);

        if (ms > 0 && !table->stopping && !table->urgent) {
            slot_sleep(table, ms);
        }
    }

    pthread_mutex_unlock(&table->lock);

    return NULL;
}
