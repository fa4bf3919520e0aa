
/*
 * How many there are of each key: a table of fixed size in memory that is given
 * to it, without a lock.  Who takes gives back, by the handle that taking gave.
 */

#ifndef CHAT_COUNTS_H
#define CHAT_COUNTS_H


#include <stddef.h>

#include "chat_key.h"
#include "chat_status.h"


#define CHAT_COUNT_NONE  ((uint32_t) -1)
#define CHAT_COUNT_ANY   ((uint32_t) -1)      /* as a limit: there is none */


typedef struct chat_count_s  chat_count_t;


typedef struct {
    uint32_t        room;        /* keys there is room for */
    uint32_t        fresh;       /* the first never used */
    uint32_t        free;        /* the first given back */
    uint32_t       *buckets;     /* `room` of them */
    chat_count_t   *nodes;
} chat_counts_t;


/* Bytes that a table for so many keys needs. */
size_t chat_counts_size(uint32_t room);

void chat_counts_init(chat_counts_t *counts, void *memory, uint32_t room);

/* Empties the table; handles made before must not be given back. */
void chat_counts_clear(chat_counts_t *counts);

/*
 * One more of that key.  CHAT_AGAIN: there are `limit` of it; CHAT_NOMEM: the
 * table is full; then *handle is CHAT_COUNT_NONE.
 */
chat_status_t chat_counts_take(chat_counts_t *counts, const chat_key_t *key,
    uint32_t limit, uint32_t *handle) CHAT_MUST_CHECK;

/* One less; *handle is CHAT_COUNT_NONE afterwards, and may be before. */
void chat_counts_give(chat_counts_t *counts, uint32_t *handle);


#endif /* CHAT_COUNTS_H */
