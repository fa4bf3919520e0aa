
/*
 * What a batch's jobs name comes into memory before any of them runs, and what
 * its readers ask for while they run is read for all of them together.  Only
 * the holder of a slot may keep its conversations beyond the batch (roster.h);
 * others read them anew (reading.h).
 */

#include "child_parts.h"


/* The conversations that the jobs name; how many. */
static uint32_t
child_conversations(pool_t *pool, const child_round_t *round,
    const char ***all)
{
    uint32_t      i, n, count;
    const char  **ids, ***lists;
    uint32_t     *counts;

    lists = pool_alloc(pool, round->count * sizeof(char **));
    counts = pool_alloc(pool, round->count * sizeof(uint32_t));

    for (i = 0, count = 0; i < round->count; i++) {
        if (round->items[i].run) {
            counts[i] = job_conversations(round->items[i].job, &lists[i]);
            count += counts[i];
        }
    }

    ids = pool_alloc(pool, count * sizeof(char *));

    for (i = 0, n = 0; i < round->count; i++) {
        if (counts[i]) {
            memcpy(ids + n, lists[i], counts[i] * sizeof(char *));
            n += counts[i];
        }
    }

    *all = ids;

    return count;
}


bool
child_load(child_t *child, pool_t *pool, const child_round_t *round)
{
    uint32_t      count;
    const char  **ids;
    job_world_t  *world = &child->worlds[round->lane].world;

    world->reading = reading_create(pool, child->store, child->marks);
    count = child_conversations(pool, round, &ids);

    if (world->roster == NULL) {
        /* who asks for one that failed tries again, and answers */
        (void) !reading_load(world->reading, ids, count);
        return true;
    }

    return roster_load(world->roster, child->store, child->marks, ids, count)
           == STORE_OK;
}


bool
child_has_all(child_t *child, const child_item_t *item)
{
    uint32_t      i, count;
    const char  **ids;

    count = job_conversations(item->job, &ids);

    for (i = 0; i < count; i++) {
        if (roster_get(child->roster, ids[i]) == NULL) {
            return false;
        }
    }

    return true;
}


void
child_answer_readers(child_t *child, uint32_t lane)
{
    if (!reading_answer(child->worlds[lane].world.reading)) {
        child_look_at_store(child);
    }
}
