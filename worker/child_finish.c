
/*
 * The end of a batch: `finish` for all of it, in calls of a bounded number of
 * events.  A call whose answer was lost is made again: what it did is not done
 * twice (docs/bus.md).  What is not finished stays pending and is read again.
 */

#include "child_parts.h"
#include "chat_bus_names.h"
#include "fault.h"
#include "log.h"
#include "tick.h"

#include <unistd.h>


#define CHILD_EVENTS_MAX     1000     /* in one call */
#define CHILD_RETRY_US       50000

#define FINISH_LOST          -1       /* an answer of `finish` */


static const char *
child_lane_name(const child_t *child, const child_round_t *round)
{
    return child->group->lanes[round->lane];
}


/* --- one call ----------------------------------------------------------- */

/* How many items from here on go into one call. */
static uint32_t
child_finish_share(const child_round_t *round, uint32_t from)
{
    uint32_t             i, events;
    const child_item_t  *item;

    for (i = from, events = 0; i < round->count; i++) {
        item = &round->items[i];

        if (!item->finish || item->job == NULL) {
            continue;
        }

        events += job_event_count(item->job);

        if (events > CHILD_EVENTS_MAX && i > from) {
            break;
        }
    }

    return i - from;
}


/* From here on MongoDB may lack what Redis has, or had if it forgets. */
static void
child_moved(void *data, const char *conversation)
{
    roster_moved(data, conversation, tick_ms());
}


/*
 * What was made under a lease that is over is not finished, though Redis may
 * have given us the slot again: another may have had the job in hand.
 */
static uint32_t
child_finish_choose(child_t *child, child_round_t *round, uint32_t from,
    uint32_t count)
{
    uint32_t       i, n;
    child_item_t  *item;

    for (i = from, n = 0; i < from + count; i++) {
        item = &round->items[i];
        item->finish = item->finish
                       && child_intake_holds(child->intake, round->lane,
                                             item->entry.slot);
        n += item->finish;
    }

    return n;
}


static void
child_finish_args(child_t *child, const child_round_t *round, uint32_t from,
    uint32_t count, bus_args_t *args)
{
    uint32_t             i;
    const child_item_t  *item;

    for (i = from; i < from + count; i++) {
        item = &round->items[i];

        if (!item->finish) {
            continue;
        }

        if (item->job) {
            job_encode(item->job, args);
            job_moved_marks(item->job, child_moved, child->roster);

        } else {
            job_encode_broken(args, child_lane_name(child, round),
                              item->entry.slot, item->entry.entry,
                              item->entry.text);
        }
    }
}


/* While Redis finishes it can look for what comes next. */
static bus_status_t
child_finish_call(child_t *child, const child_round_t *round,
    const bus_args_t *args, bus_value_t **answer)
{
    if (!bus_begin(child->bus, args)) {
        return BUS_DOWN;
    }

    if (!round->refused) {
        child_intake_listen(child->intake, child->next_tick_ms - tick_ms());
    }

    return bus_receive(child->bus, answer);
}


/*
 * BUS_DOWN: the process ends before Redis came back.  BUS_OK without an answer:
 * meanwhile the leases have lapsed.
 */
static bus_status_t
child_finish_ask(child_t *child, pool_t *pool, child_round_t *round,
    uint32_t from, uint32_t count, bus_value_t **answer)
{
    uint32_t      held, n;
    bus_args_t    args;
    bus_status_t  rc;

    *answer = NULL;
    n = 0;

    for ( ;; ) {
        held = child_finish_choose(child, round, from, count);

        if (held == 0) {
            return BUS_OK;
        }

        if (held != n) {
            n = held;
            bus_args_call(&args, pool, child->bus, "finish");
            bus_arg_str(&args, child->owner);
            bus_arg_u64(&args, n);
            child_finish_args(child, round, from, count, &args);
        }

        rc = child_finish_call(child, round, &args, answer);

        if (rc != BUS_DOWN || child_stopping()) {
            return rc;
        }

        child_beat(child);
        usleep(CHILD_RETRY_US);
    }
}


static void
child_finish_hear(child_t *child, child_round_t *round, uint32_t from,
    uint32_t count, const bus_value_t *answer)
{
    size_t         n;
    uint32_t       i;
    chat_slice_t   error;
    child_item_t  *item;

    for (i = from, n = 0; i < from + count; i++) {
        item = &round->items[i];

        if (!item->finish) {
            continue;
        }

        if (bus_number(bus_at(answer, n++)) == FINISH_LOST) {
            child_intake_lost(child->intake, round->lane, item->entry.slot);
            continue;
        }

        item->finished = true;
    }

    error = bus_text(bus_at(answer, n));

    if (error.len) {
        log_error("finish: %.*s", (int) error.len, error.data);
    }
}


/* --- the round ---------------------------------------------------------- */

void
child_forgive(child_t *child, pool_t *pool, const child_round_t *round,
    const child_item_t *item)
{
    bus_args_t  args;

    bus_args_key(&args, pool, child->bus, "HSET", CHAT_BUS_TRIES,
                 pool_printf(pool, "%s:%u", child_lane_name(child, round),
                             item->entry.slot));
    bus_arg_str(&args, item->entry.entry);
    bus_arg_str(&args, "0");

    /* without it the job only comes nearer to the dead letters */
    (void) !bus_tell(child->bus, &args);
}


/* What it did in memory was told to nobody. */
static void
child_doubt(child_t *child, const child_item_t *item)
{
    uint32_t      i, count;
    const char  **ids;

    count = item->job ? job_conversations(item->job, &ids) : 0;

    for (i = 0; i < count; i++) {
        roster_doubt(child->roster, ids[i]);
    }
}


/* Each slot once, however many of its jobs stay. */
static void
child_move_on(child_t *child, pool_t *pool, const child_round_t *round)
{
    bool                 stays[CHAT_SLOTS_MAX];
    uint32_t             i;
    const child_item_t  *item;

    memset(stays, 0, sizeof(stays));

    for (i = 0; i < round->count; i++) {
        item = &round->items[i];

        if (item->finished && item->entry.tries == 1) {
            continue;
        }

        if (item->finished) {
            child_intake_done(child->intake, round->lane, item->entry.slot,
                              item->entry.entry);
            continue;
        }

        if (item->entry.tries > 1) {
            child_forgive(child, pool, round, item);
        }

        child_doubt(child, item);
        stays[item->entry.slot] = true;
    }

    for (i = 0; i < child->config->slots; i++) {
        if (stays[i]) {
            child_intake_again(child->intake, round->lane, i);
        }
    }
}


/*
 * A result that Redis cannot digest would be refused for ever.  Among others
 * it stays pending until it comes alone; then it goes to the dead letters.
 * False: what comes behind is not to be told before it.
 */
static bool
child_finish_some(child_t *child, pool_t *pool, child_round_t *round,
    uint32_t from, uint32_t count)
{
    bus_value_t   *answer;
    bus_status_t   rc;
    child_item_t  *item = &round->items[from];

    if (child_finish_choose(child, round, from, count) == 0) {
        return true;
    }

    fault_point("finishing");
    rc = child_finish_ask(child, pool, round, from, count, &answer);
    fault_point("finished");

    if (rc == BUS_REFUSED && count == 1 && item->job) {
        log_error("job: %s: dead letter: it cannot be finished",
                  item->job->id);
        job_bury(item->job);
        rc = child_finish_ask(child, pool, round, from, count, &answer);
    }

    if (rc == BUS_OK && answer != NULL) {
        child_finish_hear(child, round, from, count, answer);
        bus_free(&answer);
    }

    return rc == BUS_OK;
}


void
child_finish(child_t *child, pool_t *pool, child_round_t *round)
{
    bool      ok;
    uint32_t  i, n;

    for (i = 0, ok = true; i < round->count && ok; i += n) {
        n = child_finish_share(round, i);
        ok = child_finish_some(child, pool, round, i, n);
    }

    child_move_on(child, pool, round);
}
