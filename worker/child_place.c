
/*
 * The places of this process in its streams: how they move when a job was
 * finished or has to be run again, and which of them are ours.
 */

#include "child_place.h"
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
