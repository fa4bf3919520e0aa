
/*
 * What the files of store/ share and nobody else includes: the collections,
 * finding, and how a call to MongoDB went.  The one header with types of
 * libmongoc, because these files exist to keep them in.
 */

#ifndef STORE_MONGO_H
#define STORE_MONGO_H


#include "../pool.h"
#include "store.h"

#include <mongoc/mongoc.h>


typedef enum {
    STORE_USERS = 0,
    STORE_CONVERSATIONS,
    STORE_MESSAGES,
    STORE_TOKENS,
    STORE_COLLECTIONS
} store_collection_t;


/* How a member of a struct is kept in a document. */
typedef enum {
    STORE_ID = 0,      /* model_id_t: ObjectId; "": absent */
    STORE_UID,         /* model_uid_t: ObjectId, or a string if it is not 24
                          hex digits; "": absent */
    STORE_STRING,      /* char *; NULL: absent */
    STORE_SLICE,       /* chat_slice_t; empty: absent */
    STORE_NUMBER,      /* int64_t or uint64_t */
    STORE_BOOL,
    STORE_TIME,        /* int64_t, milliseconds; 0: absent */
    STORE_WORD         /* an enum, kept as its word */
} store_type_t;


typedef struct {
    const char           *name;
    store_type_t          type;
    size_t                offset;
    const char *const    *words;      /* STORE_WORD: ended by NULL */
} store_field_t;             /* tables end with a name that is NULL */


/* One document of what was found; copies what it keeps. */
typedef void (*store_read_pt)(const bson_t *document, void *data);


mongoc_collection_t *store_collection(store_t *store, store_collection_t which);

/*
 * True for a moment after no server was found: a call would wait in vain, and
 * a batch of them for minutes.  Every call asks first (STORE_UNAVAILABLE).
 */
bool store_is_away(const store_t *store);

/*
 * The status of a call that said `ok`, or `error`; logged here, once, as
 * "store: <what>: …", except for a duplicate, which is the caller's matter.
 */
store_status_t store_result(store_t *store, const char *what, bool ok,
    const bson_error_t *error) CHAT_MUST_CHECK;

/*
 * Both calls free what they are given (options may be NULL) and hand each
 * document to `read`; nothing found is STORE_OK.
 */
store_status_t store_find(store_t *store, store_collection_t which,
    bson_t *query, bson_t *options, store_read_pt read, void *data)
    CHAT_MUST_CHECK;
store_status_t store_aggregate(store_t *store, store_collection_t which,
    bson_t *pipeline, bson_t *options, store_read_pt read, void *data)
    CHAT_MUST_CHECK;

/*
 * updateOne, or updateMany with `many`; frees query, update and options.
 * *matched may be NULL.
 */
store_status_t store_update(store_t *store, store_collection_t which,
    bool many, bson_t *query, bson_t *update, bson_t *options,
    int64_t *matched) CHAT_MUST_CHECK;

/* insertOne; *error is for a duplicate, to look at which. */
store_status_t store_insert(store_t *store, store_collection_t which,
    const char *what, const bson_t *document, bson_error_t *error)
    CHAT_MUST_CHECK;

/*
 * insertMany, not ordered, of what may be there already.  STORE_REFUSED:
 * *refused is the first that was refused for another reason.
 */
store_status_t store_insert_missing(store_t *store, store_collection_t which,
    const char *what, bson_t *const *documents, uint32_t count,
    uint32_t *refused) CHAT_MUST_CHECK;

/* An id as STORE_UID is kept. */
void store_put_id(bson_t *document, const char *key, const char *id);

/* `key: [id…]` */
void store_put_ids(bson_t *document, const char *key, const char *const *ids,
    uint32_t count);

/* Writes the struct at `object`; reads into it, strings from the pool. */
void store_write_fields(bson_t *document, const store_field_t *fields,
    const void *object);
void store_read_fields(pool_t *pool, const bson_t *document,
    const store_field_t *fields, void *object);

/* A number of whatever type, 0 if it is none. */
int64_t store_number(const bson_iter_t *iter);


#endif /* STORE_MONGO_H */
