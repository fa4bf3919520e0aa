
/*
 * Taking jobs.  A slot that is new to us, or of which an answer was lost, is
 * read from its pending entries on, one at a time, so that a job that kills
 * its process is alone when it does; then new ones come in batches, from the
 * slots in which child_place.c saw some.  Knows the streams, not what is in
 * them.
 */

#include "child_place.h"
#include "chat_bus_names.h"
#include "tick.h"

#include <stdio.h>
#include <stdlib.h>


#define INTAKE_FIELDS  5     /* of an entry in the answer of `take` */


child_intake_t *
child_intake_create(const config_t *config, const config_lane_t *group,
    slot_table_t *slots, bus_t *bus, const char *owner, int marks_lane,
    child_gone_pt gone, void *data)
{
    child_intake_t  *intake;

    intake = calloc(1, sizeof(child_intake_t)
                       + group->lane_count * config->slots
                         * sizeof(intake_place_t));
    if (intake == NULL) {
        abort();
    }

    intake->config = config;
    intake->group = group;
    intake->slots = slots;
    intake->bus = bus;
    intake->owner = owner;
    intake->gone = gone;
    intake->data = data;
    intake->marks_lane = marks_lane;

    return intake;
}


void
child_intake_destroy(child_intake_t **intake)
{
    free(*intake);
    *intake = NULL;
}


static void
intake_follow_slot(child_intake_t *intake, uint32_t lane, uint32_t slot,
    const slot_view_t *view)
{
    bool             held;
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
        memset(place, 0, sizeof(intake_place_t));
        place->generation = view->generation;
        place->epoch = view->epoch;
        place->known = (int) lane != intake->marks_lane;
        strcpy(place->seen, "0-0");
        intake_restart(place);
    }
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
}


/* --- taking ------------------------------------------------------------- */

/*
 * The slot whose pending entries are read now, or -1.  One slot and one entry
 * at a time, so that a job that kills its process is alone; what is new in the
 * other slots has its turn in between.
 */
static int
intake_pending_slot(child_intake_t *intake, uint32_t lane, int64_t now_ms)
{
    uint32_t         i, slot, slots;
    intake_place_t  *place;

    if (intake->new_next[lane]) {
        intake->new_next[lane] = false;
        return -1;
    }

    slots = intake->config->slots;

    for (i = 0; i < slots; i++) {
        slot = (i + intake->turn) % slots;
        place = intake_place(intake, lane, slot);

        if (place->mode == INTAKE_PENDING
            && intake_may_take(intake, place, false, now_ms))
        {
            intake->new_next[lane] = true;
            return (int) slot;
        }
    }

    return -1;
}


/*
 * How many slots are asked: the one whose pending entries are read, or all
 * that may have something new, and are thought empty then.
 */
static uint32_t
intake_ask(child_intake_t *intake, uint32_t lane, uint32_t max, int pending,
    bool new_only, bus_args_t *args)
{
    int64_t          now_ms;
    uint32_t         i, n, slot, slots;
    intake_place_t  *place;

    bus_arg_str(args, intake->owner);
    bus_arg_u64(args, pending >= 0 ? 1 : max);
    bus_arg_str(args, intake->group->lanes[lane]);

    if (pending >= 0) {
        bus_arg_u64(args, (uint64_t) pending);
        bus_arg_str(args, intake_place(intake, lane,
                                       (uint32_t) pending)->after);
        return 1;
    }

    now_ms = tick_ms();
    slots = intake->config->slots;
    intake->turn++;

    for (i = 0, n = 0; i < slots; i++) {
        slot = (i + intake->turn) % slots;
        place = intake_place(intake, lane, slot);

        if (intake_takes_new(intake, place, new_only, now_ms)) {
            bus_arg_u64(args, slot);
            bus_arg_str(args, ">");
            place->fresh = false;
            n++;
        }
    }

    return n;
}


/* What was asked of these slots may have been given: it is pending then. */
static void
intake_answer_lost(child_intake_t *intake, uint32_t lane)
{
    uint32_t         slot;
    intake_place_t  *place;

    for (slot = 0; slot < intake->config->slots; slot++) {
        place = intake_place(intake, lane, slot);

        if (place->mode != INTAKE_AWAY) {
            intake_restart(place);
        }
    }
}


/* There were as many as were wanted: some may have been left anywhere. */
static void
intake_left_some(child_intake_t *intake, uint32_t lane)
{
    uint32_t  slot;

    for (slot = 0; slot < intake->config->slots; slot++) {
        intake_place(intake, lane, slot)->fresh = true;
    }
}


static uint32_t
intake_read(child_intake_t *intake, pool_t *pool, uint32_t lane,
    const bus_value_t *answer, child_entry_t **entries)
{
    size_t              i, count;
    uint32_t            n;
    child_entry_t      *entry;
    const bus_value_t  *jobs;

    jobs = bus_at(answer, 0);
    count = bus_count(jobs);
    *entries = pool_alloc(pool, count / INTAKE_FIELDS * sizeof(child_entry_t));

    for (i = 0, n = 0; i + INTAKE_FIELDS <= count; i += INTAKE_FIELDS) {
        entry = &(*entries)[n];
        entry->slot = (uint32_t) bus_number(bus_at(jobs, i));
        entry->entry = pool_slice(pool, bus_text(bus_at(jobs, i + 1)));
        entry->age_ms = (uint64_t) bus_number(bus_at(jobs, i + 2));
        entry->tries = (uint32_t) bus_number(bus_at(jobs, i + 3));
        entry->text = bus_text(bus_at(jobs, i + 4));

        /* the clocks of two holders: it may have lapsed while we waited */
        if (entry->slot < intake->config->slots
            && child_intake_holds(intake, lane, entry->slot))
        {
            snprintf(intake_place(intake, lane, entry->slot)->seen,
                     INTAKE_ENTRY_MAX, "%s", entry->entry);
            n++;
        }
    }

    return n;
}


uint32_t
child_intake_take(child_intake_t *intake, pool_t *pool, uint32_t lane,
    uint32_t max, bool new_only, child_entry_t **entries, bus_value_t **answer)
{
    int                 pending;
    size_t              i;
    uint32_t            count;
    bus_args_t          args;
    intake_place_t     *place;
    const bus_value_t  *lost;

    *answer = NULL;
    bus_args_call(&args, pool, intake->bus, "take");
    pending = new_only ? -1 : intake_pending_slot(intake, lane, tick_ms());

    if (intake_ask(intake, lane, max, pending, new_only, &args) == 0) {
        return 0;
    }

    if (bus_ask(intake->bus, &args, answer) != BUS_OK) {
        intake_answer_lost(intake, lane);
        return 0;
    }

    lost = bus_at(*answer, 1);

    for (i = 0; i < bus_count(lost); i++) {
        child_intake_lost(intake, lane,
                          (uint32_t) bus_number(bus_at(lost, i)));
    }

    if (bus_count(bus_at(*answer, 0)) >= (size_t) max * INTAKE_FIELDS) {
        intake_left_some(intake, lane);
    }

    count = intake_read(intake, pool, lane, *answer, entries);

    /* a slot that has no more pending entries is read on from what is new */

    if (pending >= 0 && count == 0) {
        place = intake_place(intake, lane, (uint32_t) pending);
        place->mode = INTAKE_NEW;
        place->pause_ms = 0;
    }

    return count;
}
