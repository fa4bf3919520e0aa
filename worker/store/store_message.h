
/*
 * The collection `messages`.
 */

#ifndef STORE_MESSAGE_H
#define STORE_MESSAGE_H


#include "../model.h"
#include "../pool.h"
#include "store.h"


/* What became of an ordered insertMany. */
typedef struct {
    store_status_t   status;     /* OK: all stood.  DUPLICATE or REFUSED: those
                                    before `failed` stand, it does not, those
                                    behind were not tried.  UNAVAILABLE,
                                    UNKNOWN: as they say, of all */
    uint32_t         failed;     /* index */
    bool             id_taken;   /* DUPLICATE: _id; else (conversation,seq) */
} store_insert_t;


/* Idempotent in the sense of docs/bus.md: may be repeated with the same ids. */
void store_message_insert(store_t *store, model_message_t *const *messages,
    uint32_t count, store_insert_t *result);

store_status_t store_message_find(store_t *store, pool_t *pool, const char *id,
    model_message_t *message) CHAT_MUST_CHECK;

/* The highest seq of each conversation, 0 if it has no message. */
store_status_t store_message_last_seqs(store_t *store, const char *const *ids,
    uint32_t count, uint64_t *seqs) CHAT_MUST_CHECK;

/* Who wrote in which conversation lately, and his highest seq in it. */
typedef struct {
    model_id_t    conversation;
    model_uid_t   sender;
    uint64_t      seq;
    int64_t       at_ms;
} store_lately_t;


/*
 * All who wrote since a minute before the last message that is older than
 * `until_ms`, however long ago that is; perhaps others too.
 */
store_status_t store_message_lately(store_t *store, pool_t *pool,
    int64_t until_ms, store_lately_t **list, uint32_t *count) CHAT_MUST_CHECK;

/*
 * A page, oldest first: the newest `limit` with after < seq < before
 * (before 0: no bound), or with `forward` the oldest of them.
 */
store_status_t store_message_page(store_t *store, pool_t *pool,
    const char *conversation, uint64_t after, uint64_t before, bool forward,
    uint32_t limit, model_message_t **messages, uint32_t *count)
    CHAT_MUST_CHECK;

/* Messages of one conversation with after < seq <= upto. */
typedef struct {
    const char   *conversation;
    uint64_t      after;
    uint64_t      upto;
} store_range_t;


/* All in the ranges, `most` of them and in no order. */
store_status_t store_message_all(store_t *store, pool_t *pool,
    const store_range_t *ranges, uint32_t count, uint32_t most,
    model_message_t **messages, uint32_t *found) CHAT_MUST_CHECK;

/* The newest `limit` in any of the ranges, oldest first. */
store_status_t store_message_ranges(store_t *store, pool_t *pool,
    const store_range_t *ranges, uint32_t count, uint32_t limit,
    model_message_t **messages, uint32_t *found) CHAT_MUST_CHECK;


#endif /* STORE_MESSAGE_H */
