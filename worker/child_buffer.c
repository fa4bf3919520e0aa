
/*
 * What was read of each lane and not yet taken.  A place that is read again
 * (intake_read_again()) makes worthless what is here of it; what cannot be
 * taken now is dropped and read again.
 */

#include "child_place.h"
#include "chat_envelope.h"
#include "tick.h"

#include <stdio.h>
#include <stdlib.h>


/* --- in ----------------------------------------------------------------- */

/* A stream's lane and slot by its key, whose end we wrote: `<lane>:<slot>`. */
static bool
intake_find(child_intake_t *intake, chat_slice_t key, uint32_t *lane,
    uint32_t *slot)
{
    size_t          n;
    uint64_t        number;
    const char     *name;
    const uint8_t  *colon;

    colon = key.len ? memrchr(key.data, ':', key.len) : NULL;

    if (colon == NULL
        || chat_envelope_number(chat_slice_of(colon + 1,
                                              (size_t) (key.data + key.len
                                                        - colon) - 1),
                                &number)
           != CHAT_OK
        || number >= intake->config->slots)
    {
        return false;
    }

    *slot = (uint32_t) number;

    for (*lane = 0; *lane < intake->group->lane_count; (*lane)++) {
        name = intake->group->lanes[*lane];
        n = strlen(name);

        if ((size_t) (colon - key.data) > n && colon[-(int) n - 1] == ':'
            && memcmp(colon - n, name, n) == 0)
        {
            return true;
        }
    }

    return false;
}


/* Behind what of the lane is there already. */
static void
intake_buffer(intake_buffer_t *buffer, intake_place_t *place, uint32_t slot,
    const bus_value_t *entries)
{
    size_t              i, count;
    intake_read_t      *reads, *read;
    const bus_value_t  *entry;

    count = bus_count(entries);
    reads = pool_alloc(buffer->pool,
                       (buffer->count + count) * sizeof(intake_read_t));

    if (buffer->count) {
        memcpy(reads, buffer->reads, buffer->count * sizeof(intake_read_t));
    }

    buffer->reads = reads;

    for (i = 0; i < count; i++) {
        entry = bus_at(entries, i);
        read = &reads[buffer->count++];
        read->place = place;
        read->reading = place->reading;
        read->slot = slot;
        read->entry = pool_slice(buffer->pool, bus_text(bus_at(entry, 0)));
        read->text = bus_text(bus_at(bus_at(entry, 1), 1));
        read->text = chat_slice_of(pool_slice(buffer->pool, read->text),
                                   read->text.len);
    }

    snprintf(place->seen, INTAKE_ENTRY_MAX, "%s",
             reads[buffer->count - 1].entry);
}


/* A stream that was left, or is to be read from elsewhere, was not asked. */
static void
intake_hear(child_intake_t *intake, const bus_value_t *stream)
{
    uint32_t            lane, slot;
    intake_place_t     *place;
    const bus_value_t  *entries;

    entries = bus_at(stream, 1);

    if (bus_count(entries) == 0
        || !intake_find(intake, bus_text(bus_at(stream, 0)), &lane, &slot))
    {
        return;
    }

    place = intake_place(intake, lane, slot);

    if (place->asked == place->reading
        && place->epoch == bus_epoch(intake->waiter))
    {
        intake_buffer(&intake->buffers[lane], place, slot, entries);
    }
}


void
intake_buffer_fill(child_intake_t *intake, const bus_value_t *answer)
{
    size_t            i;
    uint32_t          lane;
    intake_buffer_t  *buffer;

    for (lane = 0; lane < intake->group->lane_count; lane++) {
        buffer = &intake->buffers[lane];

        if (intake_is_empty(buffer)) {
            pool_reset(buffer->pool);
            buffer->count = 0;
            buffer->next = 0;
        }
    }

    for (i = 0; i < bus_count(answer); i++) {
        intake_hear(intake, bus_at(answer, i));
    }
}


/* --- out ---------------------------------------------------------------- */

static uint64_t
intake_age(const child_intake_t *intake, const char *entry)
{
    int64_t  age;

    age = tick_ms() + intake->clock_ms - atoll(entry);

    return (age > 0) ? (uint64_t) age : 0;
}


/* Those behind one that cannot be taken now are read again. */
static bool
intake_hand_out(child_intake_t *intake, pool_t *pool, const intake_read_t *read,
    bool new_only, child_entry_t *entry)
{
    intake_place_t  *place = read->place;

    if (read->reading != place->reading) {
        return false;
    }

    if (!intake_takes_new(intake, place, new_only, tick_ms())) {
        intake_read_again(place);
        return false;
    }

    entry->slot = read->slot;
    entry->entry = pool_strndup(pool, read->entry, strlen(read->entry));
    entry->age_ms = intake_age(intake, read->entry);
    entry->tries = 1;
    entry->text = chat_slice_of(pool_slice(pool, read->text), read->text.len);
    snprintf(place->taken, INTAKE_ENTRY_MAX, "%s", read->entry);

    return true;
}


uint32_t
intake_buffer_take(child_intake_t *intake, pool_t *pool, uint32_t lane,
    uint32_t max, bool new_only, child_entry_t *entries)
{
    uint32_t          n;
    intake_buffer_t  *buffer = &intake->buffers[lane];

    for (n = 0; n < max && !intake_is_empty(buffer); buffer->next++) {
        n += intake_hand_out(intake, pool, &buffer->reads[buffer->next],
                             new_only, &entries[n]);
    }

    return n;
}
