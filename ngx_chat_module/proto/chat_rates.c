
/*
 * Token buckets as GCRA keeps them: of each key only the moment at which its
 * bucket is full again is known.  One that is counted moves that moment on by
 * an interval; when it would be more than a burst ahead, it is refused.  All
 * links are indexes, so that the table may be in shared memory.
 */

#include "chat_rates.h"


#define CHAT_RATES_NONE  ((uint32_t) -1)
#define CHAT_RATES_MAX   0xffffff


struct chat_rates_node_s {
    uint32_t            next;        /* of the chain */
    uint32_t            newer;
    uint32_t            older;
    chat_key_t          key;
    uint64_t            full_us;     /* when the bucket is full again */
};


static uint32_t chat_rates_find(chat_rates_t *rates, const chat_key_t *key);
static uint32_t chat_rates_place(chat_rates_t *rates);
static void chat_rates_unchain(chat_rates_t *rates, uint32_t i);
static void chat_rates_unlink(chat_rates_t *rates, uint32_t i);
static void chat_rates_link(chat_rates_t *rates, uint32_t i);


void
chat_rates_init(chat_rates_t *rates, void *memory, size_t size)
{
    size_t  room;

    room = size / (sizeof(chat_rates_node_t) + sizeof(uint32_t));

    rates->room = (room < CHAT_RATES_MAX) ? (uint32_t) room : CHAT_RATES_MAX;
    rates->nodes = memory;
    rates->buckets = (uint32_t *) (rates->nodes + rates->room);

    chat_rates_clear(rates);
}


void
chat_rates_clear(chat_rates_t *rates)
{
    uint32_t  i;

    for (i = 0; i < rates->room; i++) {
        rates->buckets[i] = CHAT_RATES_NONE;
    }

    rates->used = 0;
    rates->newest = CHAT_RATES_NONE;
    rates->oldest = CHAT_RATES_NONE;
}


uint64_t
chat_rates_wait(chat_rates_t *rates, const chat_key_t *key,
    const chat_rate_t *rate, uint64_t now_us)
{
    uint32_t  i;
    uint64_t  ahead, allowed;

    i = chat_rates_find(rates, key);

    if (i == CHAT_RATES_NONE || rates->nodes[i].full_us <= now_us) {
        return 0;
    }

    ahead = rates->nodes[i].full_us - now_us;
    allowed = (uint64_t) (rate->burst - 1) * rate->interval_us;

    return (ahead > allowed) ? ahead - allowed : 0;
}


bool
chat_rates_count(chat_rates_t *rates, const chat_key_t *key,
    const chat_rate_t *rate, uint64_t now_us)
{
    bool                forgotten;
    uint32_t            i, *bucket;
    chat_rates_node_t  *node;

    if (rates->room == 0) {
        return true;
    }

    forgotten = false;
    i = chat_rates_find(rates, key);

    if (i != CHAT_RATES_NONE) {
        chat_rates_unlink(rates, i);

    } else {
        i = chat_rates_place(rates);
        forgotten = (rates->nodes[i].full_us > now_us);

        bucket = &rates->buckets[chat_key_bucket(key, rates->room)];

        rates->nodes[i].key = *key;
        rates->nodes[i].full_us = now_us;
        rates->nodes[i].next = *bucket;
        *bucket = i;
    }

    chat_rates_link(rates, i);

    node = &rates->nodes[i];

    if (node->full_us < now_us) {
        node->full_us = now_us;
    }

    node->full_us += rate->interval_us;

    return forgotten;
}


static uint32_t
chat_rates_find(chat_rates_t *rates, const chat_key_t *key)
{
    uint32_t  i;

    i = rates->room ? rates->buckets[chat_key_bucket(key, rates->room)]
                    : CHAT_RATES_NONE;

    while (i != CHAT_RATES_NONE && !chat_key_eq(&rates->nodes[i].key, key)) {
        i = rates->nodes[i].next;
    }

    return i;
}


/* One never used, or the one that was counted longest ago. */
static uint32_t
chat_rates_place(chat_rates_t *rates)
{
    uint32_t  i;

    if (rates->used < rates->room) {
        i = rates->used++;
        rates->nodes[i].full_us = 0;
        return i;
    }

    i = rates->oldest;

    chat_rates_unchain(rates, i);
    chat_rates_unlink(rates, i);

    return i;
}


static void
chat_rates_unchain(chat_rates_t *rates, uint32_t i)
{
    uint32_t  *link;

    link = &rates->buckets[chat_key_bucket(&rates->nodes[i].key, rates->room)];

    while (*link != i) {
        link = &rates->nodes[*link].next;
    }

    *link = rates->nodes[i].next;
}


/* --- who was counted when ----------------------------------------------- */

static void
chat_rates_unlink(chat_rates_t *rates, uint32_t i)
{
    chat_rates_node_t  *node;

    node = &rates->nodes[i];

    if (node->newer == CHAT_RATES_NONE) {
        rates->newest = node->older;

    } else {
        rates->nodes[node->newer].older = node->older;
    }

    if (node->older == CHAT_RATES_NONE) {
        rates->oldest = node->newer;

    } else {
        rates->nodes[node->older].newer = node->newer;
    }
}


static void
chat_rates_link(chat_rates_t *rates, uint32_t i)
{
    chat_rates_node_t  *node;

    node = &rates->nodes[i];

    node->newer = CHAT_RATES_NONE;
    node->older = rates->newest;

    if (rates->newest == CHAT_RATES_NONE) {
        rates->oldest = i;

    } else {
        rates->nodes[rates->newest].newer = i;
    }

    rates->newest = i;
}
