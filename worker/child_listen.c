
/*
 * Listening to the streams: one XREAD of all of them, on a connection of its
 * own, that brings what is new.  It changes nothing in Redis, so it may be
 * under way while a batch is finished, be given up, or read what is another's
 * by now: what counts is asked when an entry is taken (child_buffer.c).
 */

#include "child_place.h"
#include "chat_bus_names.h"
#include "tick.h"

#include <poll.h>


#define INTAKE_READ_MIN   16      /* of a stream, however small the share */
#define INTAKE_SLACK_MS   500     /* Redis ends its waiting by itself */
#define INTAKE_ANSWER_MS  3000    /* if it was not to wait */
#define INTAKE_FAILED_MS  50      /* before Redis is asked again */


/* Something was read and not yet taken. */
static bool
intake_has_read(const child_intake_t *intake)
{
    uint32_t  lane;

    for (lane = 0; lane < intake->group->lane_count; lane++) {
        if (!intake_is_empty(&intake->buffers[lane])) {
            return true;
        }
    }

    return false;
}


/* --- asking ------------------------------------------------------------- */

/* Of what is wanted; the others are not asked for. */
static bool
intake_asks(child_intake_t *intake, uint32_t lane, intake_place_t *place,
    bool new_only, int64_t now_ms)
{
    return intake_is_empty(&intake->buffers[lane])
           && intake_takes_new(intake, place, new_only, now_ms);
}


/* At most so many of each stream: together they are about one batch. */
static uint32_t
intake_count(const child_intake_t *intake, const uint32_t *streams)
{
    uint32_t  lane, n, count;

    count = INTAKE_READ_MIN;

    for (lane = 0; lane < intake->group->lane_count; lane++) {
        n = streams[lane] ? intake_share(intake, lane) / streams[lane] : 0;
        count = (n > count) ? n : count;
    }

    return count;
}


/* Which streams, and from where; how many of each lane. */
static uint32_t
intake_streams(child_intake_t *intake, bool new_only, bus_args_t *keys,
    bus_args_t *ids, uint32_t *streams)
{
    int64_t          now_ms;
    uint32_t         lane, slot, total;
    intake_place_t  *place;

    now_ms = tick_ms();
    total = 0;

    for (lane = 0; lane < intake->group->lane_count; lane++) {
        for (slot = 0; slot < intake->config->slots; slot++) {
            place = intake_place(intake, lane, slot);
            place->asked = 0;

            if (intake_asks(intake, lane, place, new_only, now_ms)) {
                bus_arg_printf(keys, "%s%s%s:%u",
                               intake->config->redis_prefix, CHAT_BUS_JOBS,
                               intake->group->lanes[lane], slot);
                bus_arg_str(ids, place->seen);
                place->asked = place->reading;
                streams[lane]++;
                total++;
            }
        }
    }

    return total;
}


/* `ms` 0: Redis answers at once.  False: there is nothing to ask for, or
 * nobody to ask. */
static bool
intake_ask(child_intake_t *intake, bool new_only, int64_t ms)
{
    size_t      i;
    uint32_t    streams[CONFIG_GROUP_MAX] = { 0 };
    bus_args_t  args, keys, ids;

    pool_reset(intake->pool);
    bus_args_init(&args, intake->pool);
    bus_args_init(&keys, intake->pool);
    bus_args_init(&ids, intake->pool);

    if (intake_streams(intake, new_only, &keys, &ids, streams) == 0) {
        return false;
    }

    bus_arg_str(&args, "XREAD");
    bus_arg_str(&args, "COUNT");
    bus_arg_u64(&args, intake_count(intake, streams));

    if (ms > 0) {
        bus_arg_str(&args, "BLOCK");
        bus_arg_u64(&args, (uint64_t) ms);
    }

    bus_arg_str(&args, "STREAMS");

    for (i = 0; i < keys.count; i++) {
        bus_arg(&args, keys.words[i]);
    }

    for (i = 0; i < ids.count; i++) {
        bus_arg(&args, ids.words[i]);
    }

    if (bus_epoch(intake->waiter) != bus_epoch(intake->bus)) {
        bus_close(intake->waiter);
    }

    if (!bus_begin(intake->waiter, &args)) {
        return false;
    }

    intake->listen_end_ms = tick_ms() + (ms > 0 ? ms + INTAKE_SLACK_MS
                                                : INTAKE_ANSWER_MS);

    return true;
}


void
child_intake_listen(child_intake_t *intake, int64_t ms)
{
    if (intake->listen_end_ms == 0 && ms > 0 && !intake_has_read(intake)) {
        (void) intake_ask(intake, false, ms);
    }
}


/* --- waiting ------------------------------------------------------------ */

/* How long may be waited: pending jobs are to be run again in time, and what
 * was read is there. */
static int64_t
intake_patience(child_intake_t *intake, bool new_only, int64_t ms)
{
    int64_t          left;
    uint32_t         i, count;
    intake_place_t  *place;

    if (!bus_ready(intake->bus)) {
        return (ms < INTAKE_FAILED_MS) ? ms : INTAKE_FAILED_MS;
    }

    if (intake_has_read(intake)) {
        return 0;
    }

    count = new_only ? 0 : intake->group->lane_count * intake->config->slots;

    for (i = 0; i < count; i++) {
        place = &intake->places[i];

        if (place->mode == INTAKE_PENDING
            && intake_may_take(intake, place, false, place->not_before_ms))
        {
            left = place->not_before_ms - tick_ms();
            ms = (left < ms) ? left : ms;
        }
    }

    return (ms > 0) ? ms : 0;
}


/* Something is wanted that the reading under way does not ask for. */
static bool
intake_asks_too_little(child_intake_t *intake, bool new_only)
{
    int64_t          now_ms;
    uint32_t         lane, slot;
    intake_place_t  *place;

    now_ms = tick_ms();

    for (lane = 0; lane < intake->group->lane_count; lane++) {
        for (slot = 0; slot < intake->config->slots; slot++) {
            place = intake_place(intake, lane, slot);

            if (place->asked != place->reading
                && intake_asks(intake, lane, place, new_only, now_ms))
            {
                return true;
            }
        }
    }

    return false;
}


static void
intake_give_up(child_intake_t *intake)
{
    bus_close(intake->waiter);
    intake->listen_end_ms = 0;
}


static void
intake_sleep(child_intake_t *intake, int64_t ms)
{
    struct pollfd  fd;

    fd.fd = slot_wake_fd(intake->slots);
    fd.events = POLLIN;
    (void) poll(&fd, 1, (int) ms);
    slot_woken(intake->slots);
}


void
child_intake_wait(child_intake_t *intake, bool new_only, int64_t ms)
{
    bool           asked;
    bus_value_t   *answer;
    bus_status_t   rc;

    ms = intake_patience(intake, new_only, (ms > 0) ? ms : 0);

    if (intake->listen_end_ms && intake_asks_too_little(intake, new_only)) {
        intake_give_up(intake);
    }

    asked = intake->listen_end_ms == 0 && intake_ask(intake, new_only, ms);

    if (intake->listen_end_ms == 0) {
        intake_sleep(intake, ms);
        return;
    }

    rc = bus_await(intake->waiter, slot_wake_fd(intake->slots),
                   (asked && ms == 0) ? INTAKE_ANSWER_MS : ms, &answer);

    switch (rc) {

    case BUS_OK:
        intake->listen_end_ms = 0;
        intake_buffer_fill(intake, answer);
        bus_free(&answer);
        return;

    case BUS_LATER:
        slot_woken(intake->slots);

        if (tick_ms() > intake->listen_end_ms) {
            intake_give_up(intake);
        }

        return;

    default:
        intake_give_up(intake);
        intake_sleep(intake, INTAKE_FAILED_MS);
    }
}
