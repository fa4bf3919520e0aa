
/*
 * What a child does once a second, whatever else there is to do: it looks at
 * MongoDB, writes marks behind, tells presence, says how it is going.
 */

#include "child_parts.h"
#include "chat_bus_names.h"
#include "log.h"
#include "tick.h"


#define CHILD_TICK_MS   1000
#define CHILD_STATS_MS  10000


void
child_holder(child_t *child, marks_holder_t *holder)
{
    holder->bus = child->bus;
    holder->store = child->store;
    holder->roster = child->roster;
    holder->owner = child->owner;
    holder->lane = CHAT_LANE_DEFAULT;
}


/* Slots are taken only when MongoDB keeps what is unique unique. */
static void
child_make_indexes(child_t *child)
{
    if (store_make_indexes(child->store) == STORE_OK) {
        child->indexed = true;
        slot_serve(child->slots);
    }
}


void
child_look_at_store(child_t *child)
{
    bool  up;

    up = store_ping(child->store);

    if (up && !child->mongo_up) {
        log_info("child: MongoDB is there");

    } else if (!up && child->mongo_up) {
        log_error("child: MongoDB is away: answering 503 until it is back");
    }

    child->mongo_up = up;
}


bool
child_look_at_bus(child_t *child)
{
    bus_args_t    args;
    bus_value_t  *time;

    pool_reset(child->pool);
    bus_args_init(&args, child->pool);
    bus_arg_str(&args, "TIME");

    if (bus_ask(child->bus, &args, &time) != BUS_OK) {
        return false;
    }

    child_intake_clock(child->intake, bus_number(bus_at(time, 0)) * 1000
                                      + bus_number(bus_at(time, 1)) / 1000);
    bus_free(&time);

    return true;
}


void
child_learn(child_t *child)
{
    bool            known[CHAT_SLOTS_MAX];
    uint32_t        i, count, slots[CHAT_SLOTS_MAX];
    marks_holder_t  holder;

    count = child_intake_unknown(child->intake, slots);

    if (count == 0 || !child->mongo_up) {
        return;
    }

    child_holder(child, &holder);
    marks_learn(&holder, slots, count, known);

    for (i = 0; i < count; i++) {
        if (known[i]) {
            child_intake_known(child->intake, slots[i]);
        }
    }
}


void
child_write_marks(child_t *child, bool all)
{
    uint32_t        count, slots[CHAT_SLOTS_MAX];
    marks_holder_t  holder;

    if (child->default_lane < 0 || !child->mongo_up) {
        return;
    }

    count = child_intake_held(child->intake, (uint32_t) child->default_lane,
                              slots);
    child_holder(child, &holder);

    if (count && marks_write_behind(&holder, slots, count, all) != STORE_OK) {
        log_warn("child: marks could not be written, they stay in Redis");
    }
}


static void
child_tell_presence(child_t *child)
{
    uint32_t  i, n, slots[CHAT_SLOTS_MAX];

    for (i = 0; i < child->group->lane_count; i++) {
        if (strcmp(child->group->lanes[i], PRESENCE_LANE) != 0) {
            continue;
        }

        n = child_intake_held(child->intake, i, slots);

        if (n > 0 && slots[0] == 0) {
            presence_tick(child->presence);
        }
    }
}


static void
child_say_stats(child_t *child, int64_t now_ms)
{
    batch_stats_t   batch;
    child_stats_t  *stats = &child->stats;

    if (now_ms - stats->since_ms < CHILD_STATS_MS) {
        return;
    }

    batch = batch_take_stats(child->batch);

    if (stats->jobs) {
        log_info("child: %lu jobs in %lu batches (%.1f each), %lu messages in "
                 "%lu inserts (%.1f ms each)", stats->jobs, stats->rounds,
                 (double) stats->jobs / stats->rounds, batch.messages,
                 batch.inserts,
                 batch.inserts ? (double) batch.insert_ms / batch.inserts
                               : 0.0);
    }

    memset(stats, 0, sizeof(child_stats_t));
    stats->since_ms = now_ms;
}


void
child_tick(child_t *child)
{
    int64_t  now_ms;

    now_ms = tick_ms();

    if (now_ms < child->next_tick_ms) {
        return;
    }

    (void) child_look_at_bus(child);
    child_look_at_store(child);

    if (child->mongo_up && !child->indexed) {
        child_make_indexes(child);
    }

    if (child->mongo_up && bus_ready(child->bus)) {
        child_write_marks(child, false);
        child_tell_presence(child);
    }

    child_say_stats(child, now_ms);
    child->next_tick_ms = tick_ms() + CHILD_TICK_MS;
}
