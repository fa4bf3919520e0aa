
/*
 * The places of this process in its streams: which are ours, as the leases come
 * and go, and how they move when a job was finished or has to be run again.
 */

#include "child_place.h"
#include "chat_bus_names.h"
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


/* --- following the leases ----------------------------------------------- */

static void
intake_follow_slot(child_intake_t *intake, uint32_t lane, uint32_t slot,
    const slot_view_t *view)
{
    bool             held;
    uint32_t         reading;
    intake_place_t  *place;

    place = intake_place(intake, lane, slot);
    held = view->state == SLOT_HELD;

    if (place->mode != INTAKE_AWAY
        && (!held || view->generation != place->generation))
    {
        place->mode = INTAKE_AWAY;
        intake->gone(intake->data, lane, slot, place->epoch, held);
    }

    if (view->state == SLOT_LEAVING) {
        slot_let_go(intake->slots, lane, slot);
    }

    if (held && place->mode == INTAKE_AWAY) {
        reading = place->reading;
        memset(place, 0, sizeof(intake_place_t));
        place->reading = reading;
        place->generation = view->generation;
        place->epoch = view->epoch;
        place->known = (int) lane != intake->marks_lane;
        intake_restart(place);
        intake->unlearnt = true;
    }
}


/* Up to where was taken, of the slots of which it is not known. */
static void
intake_learn(child_intake_t *intake)
{
    size_t            n;
    uint32_t          i, slots, count;
    bus_args_t        args;
    chat_slice_t      taken;
    bus_value_t      *answer;
    intake_place_t   *place, **places;

    if (!intake->unlearnt) {
        return;
    }

    pool_reset(intake->pool);
    slots = intake->config->slots;
    count = intake->group->lane_count * slots;
    places = pool_alloc(intake->pool, count * sizeof(intake_place_t *));
    bus_args_init(&args, intake->pool);
    bus_arg_str(&args, "MGET");

    for (i = 0, n = 0; i < count; i++) {
        place = &intake->places[i];

        if (place->mode != INTAKE_AWAY && place->taken[0] == '\0') {
            bus_arg_printf(&args, "%s%s%s:%u", intake->config->redis_prefix,
                           CHAT_BUS_TAKEN, intake->group->lanes[i / slots],
                           i % slots);
            places[n++] = place;
        }
    }

    answer = NULL;

    if (n > 0 && bus_ask(intake->bus, &args, &answer) != BUS_OK) {
        return;
    }

    intake->unlearnt = false;

    while (n-- > 0) {
        taken = bus_text(bus_at(answer, n));
        taken = taken.len ? taken : chat_slice("0-0");
        snprintf(places[n]->taken, INTAKE_ENTRY_MAX, "%.*s", (int) taken.len,
                 taken.data);
        intake_read_again(places[n]);
    }

    bus_free(&answer);
}


void
child_intake_follow(child_intake_t *intake)
{
    uint32_t      lane, slot;
    slot_view_t   views[CHAT_SLOTS_MAX];

    for (lane = 0; lane < intake->group->lane_count; lane++) {
        slot_look(intake->slots, lane, views);

        for (slot = 0; slot < intake->config->slots; slot++) {
            intake_follow_slot(intake, lane, slot, &views[slot]);
        }
    }

    intake_learn(intake);
}
