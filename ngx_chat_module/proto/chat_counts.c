
/*
 * Counts by key, chained by the key's bytes, by index, so that a table in
 * shared memory holds no pointers but its own two.  A key that nobody counts
 * any more gives its place to another.  The rows of sessions count their
 * addresses and users here.
 */

#include "chat_counts.h"


struct chat_count_s {
    uint32_t     next;           /* of the chain, or of the free ones */
    uint32_t     n;
    chat_key_t   key;
};


static uint32_t chat_counts_find(chat_counts_t *counts, const chat_key_t *key);
static uint32_t chat_counts_add(chat_counts_t *counts, const chat_key_t *key);


size_t
chat_counts_size(uint32_t room)
{
    return room * (sizeof(chat_count_t) + sizeof(uint32_t));
}


void
chat_counts_init(chat_counts_t *counts, void *memory, uint32_t room)
{
    counts->room = room;
    counts->nodes = memory;
    counts->buckets = (uint32_t *) (counts->nodes + room);

    chat_counts_clear(counts);
}


void
chat_counts_clear(chat_counts_t *counts)
{
    uint32_t  i;

    for (i = 0; i < counts->room; i++) {
        counts->buckets[i] = CHAT_COUNT_NONE;
    }

    counts->free = CHAT_COUNT_NONE;
    counts->fresh = 0;
}


chat_status_t
chat_counts_take(chat_counts_t *counts, const chat_key_t *key, uint32_t limit,
    uint32_t *handle)
{
    uint32_t  i;

    *handle = CHAT_COUNT_NONE;
    i = chat_counts_find(counts, key);

    if (limit == 0 || (i != CHAT_COUNT_NONE && counts->nodes[i].n >= limit)) {
        return CHAT_AGAIN;
    }

    if (i == CHAT_COUNT_NONE) {
        i = chat_counts_add(counts, key);
    }

    if (i == CHAT_COUNT_NONE) {
        return CHAT_NOMEM;
    }

    counts->nodes[i].n++;
    *handle = i;

    return CHAT_OK;
}


static uint32_t
chat_counts_find(chat_counts_t *counts, const chat_key_t *key)
{
    uint32_t  i;

    i = counts->room ? counts->buckets[chat_key_bucket(key, counts->room)]
                     : CHAT_COUNT_NONE;

    while (i != CHAT_COUNT_NONE && !chat_key_eq(&counts->nodes[i].key, key)) {
        i = counts->nodes[i].next;
    }

    return i;
}


static uint32_t
chat_counts_add(chat_counts_t *counts, const chat_key_t *key)
{
    uint32_t  i, *bucket;

    i = counts->free;

    if (i != CHAT_COUNT_NONE) {
        counts->free = counts->nodes[i].next;

    } else if (counts->fresh < counts->room) {
        i = counts->fresh++;

    } else {
        return CHAT_COUNT_NONE;
    }

    bucket = &counts->buckets[chat_key_bucket(key, counts->room)];

    counts->nodes[i].key = *key;
    counts->nodes[i].n = 0;
    counts->nodes[i].next = *bucket;
    *bucket = i;

    return i;
}


void
chat_counts_give(chat_counts_t *counts, uint32_t *handle)
{
    uint32_t       i, *link;
    chat_count_t  *node;

    i = *handle;
    *handle = CHAT_COUNT_NONE;

    if (i == CHAT_COUNT_NONE || --counts->nodes[i].n) {
        return;
    }

    node = &counts->nodes[i];
    link = &counts->buckets[chat_key_bucket(&node->key, counts->room)];

    while (*link != i) {
        link = &counts->nodes[*link].next;
    }

    *link = node->next;

    node->next = counts->free;
    counts->free = i;
}
