
/*
 * The conversations that the readers of one batch ask for: read once, however
 * many of its jobs name them, and forgotten with the batch, because nobody
 * tells a process that holds no slot when they change.
 */

#ifndef READING_H
#define READING_H


#include "marks.h"
#include "model.h"


typedef struct reading_s  reading_t;


/* Lives as long as the pool. */
reading_t *reading_create(pool_t *pool, store_t *store, marks_t *marks);

/* Reads those that were not read yet, in one call; not STORE_OK: none. */
store_status_t reading_load(reading_t *reading, const char *const *ids,
    uint32_t count) CHAT_MUST_CHECK;

/* One that was read; NULL: there is none of that id. */
model_conversation_t *reading_get(const reading_t *reading, const char *id);


#endif /* READING_H */
