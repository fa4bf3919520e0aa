
/*
 * The places of this process in its streams: how they move when a job was
 * finished or has to be run again, and looking, or waiting, for what comes
 * behind them, all of them by one command.
 */

#include "child_place.h"
#include "chat_bus_names.h"
#include "chat_envelope.h"
#include "tick.h"

#include <stdio.h>


#define INTAKE_PAUSE_MIN_MS  50      /* before a pending job is run again */
#define INTAKE_PAUSE_MAX_MS  1000


void
child_intake_done(child_intake_t *intake, uint32_t lane, uint32_t slot,
    const char *entry)
{
    intake_place_t  *place;

    place = intake_place(intake, lane, slot);
    place->pause_ms = 0;

    if (place->mode == INTAKE_PENDING) {
        snprintf(place->after, INTAKE_ENTRY_MAX, "%s", entry);
    }
}


void
child_intake_again(child_intake_t *intake, uint32_t lane, uint32_t slot)
{
    intake_place_t  *place;

    place = intake_place(intake, lane, slot);

    if (place->mode == INTAKE_NEW) {
        intake_restart(place);
    }

    place->pause_ms = place->pause_ms ? 2 * place->pause_ms
                                      : INTAKE_PAUSE_MIN_MS;

    if (place->pause_ms > INTAKE_PAUSE_MAX_MS) {
        place->pause_ms = INTAKE_PAUSE_MAX_MS;
    }

    place->not_before_ms = tick_ms() + place->pause_ms;
}


void
child_intake_lost(child_intake_t *intake, uint32_t lane, uint32_t slot)
{
    if (slot < intake->config->slots) {
        slot_lost(intake->slots, lane, slot,
                  intake_place(intake, lane, slot)->generation);
    }
}


bool
child_intake_holds(child_intake_t *intake, uint32_t lane, uint32_t slot)
{
    return slot_holds(intake->slots, lane, slot,
                      intake_place(intake, lane, slot)->generation);
}


uint32_t
child_intake_held(const child_intake_t *intake, uint32_t lane, uint32_t *slots)
{
    uint32_t               n, slot;
    const intake_place_t  *place;

    for (slot = 0, n = 0; slot < intake->config->slots; slot++) {
        place = &intake->places[lane * intake->config->slots + slot];

        if (place->mode != INTAKE_AWAY) {
            slots[n++] = slot;
        }
    }

    return n;
}


uint32_t
child_intake_unknown(child_intake_t *intake, uint32_t *slots)
{
    uint32_t         n, slot;
    intake_place_t  *place;

    if (intake->marks_lane < 0) {
        return 0;
    }

    for (slot = 0, n = 0; slot < intake->config->slots; slot++) {
        place = intake_place(intake, (uint32_t) intake->marks_lane, slot);

        if (place->mode != INTAKE_AWAY && !place->known
            && place->epoch == bus_epoch(intake->bus))
        {
            slots[n++] = slot;
        }
    }

    return n;
}


void
child_intake_known(child_intake_t *intake, uint32_t slot)
{
    intake_place(intake, (uint32_t) intake->marks_lane, slot)->known = true;
}


/* --- waiting ------------------------------------------------------------ */

/* How long may be waited: pending jobs are to be run again in time. */
static int64_t
intake_patience(child_intake_t *intake, int64_t ms)
{
    int64_t          left;
    uint32_t         i, count;
    intake_place_t  *place;

    count = intake->group->lane_count * intake->config->slots;

    for (i = 0; i < count; i++) {
        place = &intake->places[i];

        if (place->mode == INTAKE_PENDING && place->known
            && place->epoch == bus_epoch(intake->bus))
        {
            left = place->not_before_ms - tick_ms();
            ms = (left < ms) ? left : ms;
        }
    }

    return ms;
}


static void
intake_streams(child_intake_t *intake, bus_args_t *args, bool ids)
{
    uint32_t         lane, slot;
    intake_place_t  *place;

    for (lane = 0; lane < intake->group->lane_count; lane++) {
        for (slot = 0; slot < intake->config->slots; slot++) {
            place = intake_place(intake, lane, slot);

            if (place->mode == INTAKE_AWAY) {
                continue;
            }

            if (ids) {
                bus_arg_str(args, place->seen);
                continue;
            }

            bus_arg_printf(args, "%s%s%s:%u", intake->config->redis_prefix,
                           CHAT_BUS_JOBS, intake->group->lanes[lane], slot);
        }
    }
}


/* A stream's place by its key, whose end we wrote: `<lane>:<slot>`. */
static intake_place_t *
intake_place_of(child_intake_t *intake, chat_slice_t key)
{
    size_t          n;
    uint32_t        lane;
    uint64_t        slot;
    const char     *name;
    const uint8_t  *colon;

    colon = key.len ? memrchr(key.data, ':', key.len) : NULL;

    if (colon == NULL
        || chat_envelope_number(chat_slice_of(colon + 1,
                                              (size_t) (key.data + key.len
                                                        - colon) - 1),
                                &slot)
           != CHAT_OK
        || slot >= intake->config->slots)
    {
        return NULL;
    }

    for (lane = 0; lane < intake->group->lane_count; lane++) {
        name = intake->group->lanes[lane];
        n = strlen(name);

        if ((size_t) (colon - key.data) > n && colon[-(int) n - 1] == ':'
            && memcmp(colon - n, name, n) == 0)
        {
            return intake_place(intake, lane, (uint32_t) slot);
        }
    }

    return NULL;
}


/* What woke us does not wake us again, should it be nobody's to take. */
static void
intake_saw(child_intake_t *intake, const bus_value_t *stream)
{
    chat_slice_t     entry;
    intake_place_t  *place;

    place = intake_place_of(intake, bus_text(bus_at(stream, 0)));
    entry = bus_text(bus_at(bus_at(bus_at(stream, 1), 0), 0));

    if (place && place->mode != INTAKE_AWAY) {
        place->fresh = true;
        snprintf(place->seen, INTAKE_ENTRY_MAX, "%.*s", (int) entry.len,
                 entry.data);
    }
}


/* Somebody has to take before anything is waited for. */
static bool
intake_has_new(child_intake_t *intake, bool new_only)
{
    int64_t   now_ms;
    uint32_t  i, count;

    now_ms = tick_ms();
    count = intake->group->lane_count * intake->config->slots;

    for (i = 0; i < count; i++) {
        if (intake_takes_new(intake, &intake->places[i], new_only, now_ms)) {
            return true;
        }
    }

    return false;
}


/* `ms` 0: Redis answers at once. */
static void
intake_read_args(child_intake_t *intake, pool_t *pool, int64_t ms,
    bus_args_t *args)
{
    size_t  i;

    bus_args_init(args, pool);
    bus_arg_str(args, "XREAD");
    bus_arg_str(args, "COUNT");
    bus_arg_str(args, "1");

    if (ms > 0) {
        bus_arg_str(args, "BLOCK");
        bus_arg_u64(args, (uint64_t) ms);
    }

    bus_arg_str(args, "STREAMS");

    i = args->count;
    intake_streams(intake, args, false);
    args->count = (args->count == i) ? 0 : args->count;
    intake_streams(intake, args, true);
}


void
child_intake_wait(child_intake_t *intake, pool_t *pool, bus_t *waiter,
    bool new_only, int64_t ms)
{
    size_t        i;
    bus_args_t    args;
    bus_value_t  *answer;

    ms = new_only ? ms : intake_patience(intake, ms);
    ms = (ms <= 0 || intake_has_new(intake, new_only)) ? 0 : ms;

    intake_read_args(intake, pool, ms, &args);
    answer = NULL;

    if (ms > 0) {
        answer = bus_wait(waiter, &args, slot_wake_fd(intake->slots),
                          (int) ms);
        slot_woken(intake->slots);

    } else if (args.count > 0) {
        (void) !bus_ask(intake->bus, &args, &answer);
    }

    for (i = 0; i < bus_count(answer); i++) {
        intake_saw(intake, bus_at(answer, i));
    }

    bus_free(&answer);
}
