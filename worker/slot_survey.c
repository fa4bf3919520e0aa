
/*
 * Reads from an answer of `lease` who serves which lane and who has which
 * slot, and does what slot_share.c plans: marks what is to be taken, names the
 * successor of what is to be given away.
 */

#include "slot_table.h"

#include <stdio.h>
#include <stdlib.h>


#define SLOT_SAID_MAX  256     /* bytes of an announcement */


/* Who serves a lane, sorted by name, and who of them has which slot. */
typedef struct {
    chat_slice_t  names[SLOT_PROCESSES_MAX];
    uint32_t      count;
    uint32_t      me;
    int           holders[CHAT_SLOTS_MAX];
} slot_lane_t;


/* True if an announcement's `lanes=` names the lane. */
static bool
slot_serves(chat_slice_t said, const char *lane)
{
    char        text[SLOT_SAID_MAX];
    char       *word, *next;
    bool        found;

    snprintf(text, sizeof(text), "%.*s", (int) said.len, said.data);
    word = strstr(text, "lanes=");
    found = false;

    if (word == NULL) {
        return false;
    }

    word[strcspn(word, " ")] = '\0';

    for (word = strtok_r(word + 6, ",", &next); word && !found;
         word = strtok_r(NULL, ",", &next))
    {
        found = strcmp(word, lane) == 0;
    }

    return found;
}


static int
slot_name_compare(const void *a, const void *b)
{
    const chat_slice_t  *left = a, *right = b;
    size_t               n;
    int                  order;

    n = left->len < right->len ? left->len : right->len;
    order = memcmp(left->data, right->data, n);

    return order ? order : (left->len > right->len) - (left->len < right->len);
}


static int
slot_process(const slot_lane_t *lane, chat_slice_t name)
{
    uint32_t  i;

    for (i = 0; i < lane->count; i++) {
        if (chat_slice_eq(lane->names[i], name)) {
            return (int) i;
        }
    }

    return name.len ? SLOT_STRANGER : SLOT_NOBODY;
}


/*
 * When a process announced itself; it counts as long as it could hold a lease,
 * or its slots would be kept free for one that is dead or frozen.
 */
static int64_t
slot_said_ms(const slot_table_t *table, const bus_value_t *workers)
{
    size_t        i;
    chat_slice_t  me;

    me = chat_slice_of(table->owner, strlen(table->owner));

    for (i = 0; i + 1 < bus_count(workers); i += 2) {
        if (chat_slice_eq(bus_text(bus_at(workers, i)), me)) {
            return bus_number(bus_at(workers, i + 1));
        }
    }

    return 0;
}


/* False if our own announcement is not among them. */
static bool
slot_lane_read(slot_table_t *table, uint32_t at, const bus_value_t *answer,
    slot_lane_t *lane)
{
    int                 me;
    size_t              i;
    int64_t             since_ms;
    const bus_value_t  *holders, *workers, *said;

    holders = bus_at(answer, 0);
    workers = bus_at(answer, 1);
    since_ms = slot_said_ms(table, workers) - table->config->lease_ms;
    lane->count = 0;

    for (i = 0; i + 1 < bus_count(workers); i += 2) {
        said = bus_at(workers, i + 1);

        if (bus_number(said) >= since_ms
            && slot_serves(bus_text(said), table->group->lanes[at])
            && lane->count < SLOT_PROCESSES_MAX)
        {
            lane->names[lane->count++] = bus_text(bus_at(workers, i));
        }
    }

    qsort(lane->names, lane->count, sizeof(chat_slice_t), slot_name_compare);

    for (i = 0; i < table->config->slots; i++) {
        lane->holders[i] = slot_process(lane,
                bus_text(bus_at(holders, at * table->config->slots + i)));
    }

    me = slot_process(lane, chat_slice_of(table->owner,
                                          strlen(table->owner)));
    lane->me = (uint32_t) me;

    return me >= 0;
}


/* Decides for one lane; true if there is something to take at once. */
static bool
slot_decide(slot_table_t *table, uint32_t at, const slot_lane_t *lane)
{
    int            plan[CHAT_SLOTS_MAX];
    bool           take;
    uint32_t       i;
    chat_slice_t   name;
    slot_entry_t  *entry;

    slot_plan(lane->holders, table->config->slots, lane->count, lane->me,
              plan);

    for (i = 0, take = false; i < table->config->slots; i++) {
        entry = slot_entry(table, at, i);

        if (plan[i] == SLOT_TAKE) {
            entry->wanted = true;
            take = true;

        } else if (plan[i] >= 0 && entry->view.state == SLOT_HELD) {
            name = lane->names[plan[i]];
            snprintf(entry->successor, SLOT_NAME_MAX, "%.*s", (int) name.len,
                     name.data);
            slot_move(table, entry, SLOT_LEAVING);
        }
    }

    return take;
}


bool
slot_survey(slot_table_t *table, const bus_value_t *answer)
{
    bool         again;
    uint32_t     at;
    slot_lane_t  lane;

    for (at = 0, again = false; at < table->group->lane_count; at++) {
        if (slot_lane_read(table, at, answer, &lane)) {
            again |= slot_decide(table, at, &lane);
        }
    }

    return again;
}
