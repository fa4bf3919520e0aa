
/*
 * Token buckets by key: so many at once, then so many in a time.  A table of
 * fixed size in memory that is given to it, without a lock; when it is full,
 * who was asked for least lately is forgotten.  Time is an input, in
 * microseconds, and does not go back.
 */

#ifndef CHAT_RATES_H
#define CHAT_RATES_H


#include <stddef.h>

#include "chat_key.h"


/* `burst` at once, and one more each `interval_us`. */
typedef struct {
    uint64_t            interval_us;      /* 1 or more */
    uint32_t            burst;            /* 1 or more */
} chat_rate_t;


typedef struct chat_rates_node_s  chat_rates_node_t;


typedef struct {
    uint32_t            room;             /* keys there is room for */
    uint32_t            used;
    uint32_t            newest;
    uint32_t            oldest;
    uint32_t           *buckets;          /* `room` of them */
    chat_rates_node_t  *nodes;
} chat_rates_t;


/* As many keys as fit into `size` bytes. */
void chat_rates_init(chat_rates_t *rates, void *memory, size_t size);

/* Empties the table: everybody may again. */
void chat_rates_clear(chat_rates_t *rates);

/* Microseconds until one more is allowed; 0: now.  Counts nothing. */
uint64_t chat_rates_wait(chat_rates_t *rates, const chat_key_t *key,
    const chat_rate_t *rate, uint64_t now_us);

/*
 * Counts one.  True if somebody had to be forgotten who would have been
 * refused sooner for it.
 */
bool chat_rates_count(chat_rates_t *rates, const chat_key_t *key,
    const chat_rate_t *rate, uint64_t now_us);


#endif /* CHAT_RATES_H */
