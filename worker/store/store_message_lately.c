
/*
 * Who wrote last: read when Redis began anew and forgot.  Messages lie in the
 * collection as they came, so looking back from its end needs no index; it is
 * not known how far, so the look is repeated with more until it reaches behind
 * the time that is wanted.
 */


#include "store_message.h"
#include "store_mongo.h"


#define LATELY_MS      60000      /* marks are in MongoDB after half of that */
#define LATELY_FIRST   10000      /* messages looked at, then four times more */


typedef struct {
    store_lately_t   who;
    int64_t          first_ms;    /* of the messages looked at */
    int64_t          before_ms;   /* the last before `until_ms`; 0: none */
    int64_t          messages;
} lately_row_t;


static const store_field_t  lately_fields[] = {
    { "conversation", STORE_ID, offsetof(lately_row_t, who.conversation),
      NULL },
    { "sender", STORE_UID, offsetof(lately_row_t, who.sender), NULL },
    { "seq", STORE_NUMBER, offsetof(lately_row_t, who.seq), NULL },
    { "at", STORE_TIME, offsetof(lately_row_t, who.at_ms), NULL },
    { "first", STORE_TIME, offsetof(lately_row_t, first_ms), NULL },
    { "before", STORE_TIME, offsetof(lately_row_t, before_ms), NULL },
    { "messages", STORE_NUMBER, offsetof(lately_row_t, messages), NULL },
    { NULL, 0, 0, NULL }
};


typedef struct {
    pool_t          *pool;
    store_lately_t  *list;
    uint32_t         count;
    uint32_t         cap;
    int64_t          first_ms;
    int64_t          before_ms;
    int64_t          messages;
} lately_t;


static void
lately_read(const bson_t *document, void *data)
{
    lately_t        *lately = data;
    lately_row_t     row;
    store_lately_t  *larger;

    memset(&row, 0, sizeof(row));
    store_read_fields(lately->pool, document, lately_fields, &row);

    if (lately->count == lately->cap) {
        lately->cap = lately->cap ? 2 * lately->cap : 64;
        larger = pool_alloc(lately->pool,
                            lately->cap * sizeof(store_lately_t));

        if (lately->count > 0) {
            memcpy(larger, lately->list,
                   lately->count * sizeof(store_lately_t));
        }

        lately->list = larger;
    }

    lately->list[lately->count++] = row.who;
    lately->messages += row.messages;

    if (lately->first_ms == 0 || row.first_ms < lately->first_ms) {
        lately->first_ms = row.first_ms;
    }

    if (row.before_ms > lately->before_ms) {
        lately->before_ms = row.before_ms;
    }
}


static store_status_t
lately_look(store_t *store, int64_t until_ms, int64_t limit, lately_t *lately)
{
    bson_t  *pipeline, *options;

    pipeline = BCON_NEW("pipeline", "[",
        "{", "$limit", BCON_INT64(limit), "}",
        "{", "$group", "{",
            "_id", "{", "c", "$conversationId", "s", "$senderId", "}",
            "conversation", "{", "$first", "$conversationId", "}",
            "sender", "{", "$first", "$senderId", "}",
            "seq", "{", "$max", "$seq", "}",
            "at", "{", "$max", "$createdAt", "}",
            "first", "{", "$min", "$createdAt", "}",
            "before", "{", "$max", "{", "$cond", "[",
                "{", "$lt", "[", "$createdAt", BCON_DATE_TIME(until_ms), "]",
                "}", "$createdAt", BCON_NULL, "]", "}", "}",
            "messages", "{", "$sum", BCON_INT32(1), "}", "}", "}",
        "]");

    options = BCON_NEW("hint", "{", "$natural", BCON_INT32(-1), "}",
                       "allowDiskUse", BCON_BOOL(true));

    return store_aggregate(store, STORE_MESSAGES, pipeline, options,
                           lately_read, lately);
}


store_status_t
store_message_lately(store_t *store, pool_t *pool, int64_t until_ms,
    store_lately_t **list, uint32_t *count)
{
    int64_t          limit;
    lately_t         lately;
    store_status_t   status;

    limit = LATELY_FIRST;

    for ( ;; ) {
        memset(&lately, 0, sizeof(lately));
        lately.pool = pool;
        status = lately_look(store, until_ms, limit, &lately);

        if (status != STORE_OK || lately.messages < limit
            || (lately.before_ms > 0
                && lately.first_ms < lately.before_ms - LATELY_MS))
        {
            break;
        }

        limit *= 4;
    }

    *list = lately.list;
    *count = lately.count;

    return status;
}
