
/*
 * Taking jobs.  What is taken is said to Redis first, without waiting: should
 * this process die, the next holder knows which jobs may have been in hand.  It
 * begins with those, one at a time, so that a job that kills its process is
 * alone when it does; then new ones come in batches, as child_listen.c has read
 * them.  Knows the streams, not what is in them.
 */

#include "child_place.h"
#include "chat_bus_names.h"
#include "tick.h"

#include <stdlib.h>


#define INTAKE_FIELDS      4       /* of an entry in the answer of `retake` */
#define INTAKE_REFUSE_MAX  256
#define INTAKE_TIMEOUT_MS  3000


/* How much of a lane is taken at once: what is slow leaves one by one. */
static const struct {
    const char  *lane;
    uint32_t     max;            /* 0: config */
} intake_shares[] = {
    { CHAT_LANE_DEFAULT, 0 },
    { CHAT_LANE_READ, 16 },
    { CHAT_LANE_AUTH, 1 },
    { CHAT_LANE_UPLOAD, 1 }
};


uint32_t
intake_share(const child_intake_t *intake, uint32_t lane)
{
    size_t    i;
    uint32_t  max;

    for (i = 0, max = 0;
         i < sizeof(intake_shares) / sizeof(intake_shares[0]); i++)
    {
        if (strcmp(intake_shares[i].lane, intake->group->lanes[lane]) == 0) {
            max = intake_shares[i].max;
        }
    }

    return max ? max : intake->config->batch;
}


child_intake_t *
child_intake_create(const config_t *config, const config_lane_t *group,
    slot_table_t *slots, bus_t *bus, const char *owner, int marks_lane,
    child_gone_pt gone, void *data)
{
    uint32_t         lane;
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
    intake->waiter = bus_create(config, BUS_QUIET, INTAKE_TIMEOUT_MS);
    intake->clock_ms = tick_date_ms() - tick_ms();
    intake->pool = pool_create();

    for (lane = 0; lane < group->lane_count; lane++) {
        intake->buffers[lane].pool = pool_create();
    }

    return intake;
}


void
child_intake_destroy(child_intake_t **intake)
{
    uint32_t  lane;

    if (*intake == NULL) {
        return;
    }

    for (lane = 0; lane < (*intake)->group->lane_count; lane++) {
        pool_destroy(&(*intake)->buffers[lane].pool);
    }

    pool_destroy(&(*intake)->pool);
    bus_destroy(&(*intake)->waiter);
    free(*intake);
    *intake = NULL;
}


void
child_intake_clock(child_intake_t *intake, int64_t redis_ms)
{
    intake->clock_ms = redis_ms - tick_ms();
}


/* --- what was taken before ---------------------------------------------- */

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
    intake->turn++;

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


/* A slot that has no more pending entries is read on from what is new. */
static uint32_t
intake_retake(child_intake_t *intake, pool_t *pool, uint32_t lane,
    uint32_t slot, child_entry_t *entry)
{
    uint32_t         count;
    bus_args_t       args;
    bus_value_t     *answer;
    intake_place_t  *place;

    place = intake_place(intake, lane, slot);
    bus_args_call(&args, pool, intake->bus, "retake");
    bus_arg_str(&args, intake->owner);
    bus_arg_printf(&args, "%s:%u", intake->group->lanes[lane], slot);
    bus_arg_str(&args, place->after);
    bus_arg_str(&args, place->taken);

    if (bus_ask(intake->bus, &args, &answer) != BUS_OK) {
        return 0;
    }

    count = bus_count(answer) / INTAKE_FIELDS;

    if (count) {
        entry->slot = slot;
        entry->entry = pool_slice(pool, bus_text(bus_at(answer, 0)));
        entry->age_ms = (uint64_t) bus_number(bus_at(answer, 1));
        entry->tries = (uint32_t) bus_number(bus_at(answer, 2));
        entry->text = bus_text(bus_at(answer, 3));
        entry->text = chat_slice_of(pool_slice(pool, entry->text),
                                    entry->text.len);

    } else if (bus_number(answer) < 0) {
        child_intake_lost(intake, lane, slot);

    } else {
        place->mode = INTAKE_NEW;
        place->pause_ms = 0;
    }

    bus_free(&answer);

    return count;
}


/* --- what is new -------------------------------------------------------- */

/* Says what is in hand; false: it cannot be said, and is read again. */
static bool
intake_say_taken(child_intake_t *intake, pool_t *pool, uint32_t lane,
    const child_entry_t *entries, uint32_t count)
{
    bool             said, slots[CHAT_SLOTS_MAX] = { false };
    uint32_t         i, slot;
    bus_args_t       args;
    intake_place_t  *place;

    for (i = 0; i < count; i++) {
        slots[entries[i].slot] = true;
    }

    bus_args_call(&args, pool, intake->bus, "take");
    bus_arg_str(&args, intake->owner);

    for (slot = 0; slot < intake->config->slots; slot++) {
        if (slots[slot]) {
            bus_arg_printf(&args, "%s:%u", intake->group->lanes[lane], slot);
            bus_arg_str(&args, intake_place(intake, lane, slot)->taken);
        }
    }

    said = bus_post(intake->bus, &args);

    for (slot = 0; slot < intake->config->slots && !said; slot++) {
        if (slots[slot]) {
            place = intake_place(intake, lane, slot);
            place->taken[0] = '\0';
            intake_restart(place);
            intake->unlearnt = true;
        }
    }

    return said;
}


static uint32_t
intake_take_new(child_intake_t *intake, pool_t *pool, uint32_t lane,
    uint32_t max, bool new_only, child_entry_t *entries)
{
    uint32_t  n;

    if (!bus_ready(intake->bus)) {
        return 0;
    }

    n = intake_buffer_take(intake, pool, lane, max, new_only, entries);

    return (n && intake_say_taken(intake, pool, lane, entries, n)) ? n : 0;
}


uint32_t
child_intake_take(child_intake_t *intake, pool_t *pool, uint32_t lane,
    bool new_only, child_entry_t **entries)
{
    int       slot;
    uint32_t  max;

    max = new_only ? INTAKE_REFUSE_MAX : intake_share(intake, lane);
    *entries = pool_alloc(pool, max * sizeof(child_entry_t));
    slot = new_only ? -1 : intake_pending_slot(intake, lane, tick_ms());

    return (slot >= 0)
           ? intake_retake(intake, pool, lane, (uint32_t) slot, *entries)
           : intake_take_new(intake, pool, lane, max, new_only, *entries);
}
