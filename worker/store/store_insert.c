
/*
 * Inserting one document, or several of which some may be there already.
 * Messages have a way of their own (store_message.c): their order matters.
 */


#include "store_mongo.h"


store_status_t
store_insert(store_t *store, store_collection_t which, const char *what,
    const bson_t *document, bson_error_t *error)
{
    bool  ok;

    if (store_is_away(store)) {
        return STORE_UNAVAILABLE;
    }

    ok = mongoc_collection_insert_one(store_collection(store, which), document,
                                      NULL, NULL, error);

    return store_result(store, what, ok, error);
}


/* Opens an array of a reply; false if it has none or an empty one. */
static bool
insert_reply_array(const bson_t *reply, const char *name, bson_iter_t *item)
{
    bson_iter_t  iter;

    return bson_iter_init_find(&iter, reply, name)
           && BSON_ITER_HOLDS_ARRAY(&iter)
           && bson_iter_recurse(&iter, item)
           && bson_iter_next(item);
}


/* What one entry of `writeErrors` says, and of which document. */
static store_status_t
insert_write_error(store_t *store, const char *what, const bson_iter_t *entry,
    uint32_t *index)
{
    bson_iter_t   field;
    bson_error_t  error;

    memset(&error, 0, sizeof(error));
    error.domain = MONGOC_ERROR_SERVER;

    if (bson_iter_recurse(entry, &field) && bson_iter_find(&field, "code")) {
        error.code = (uint32_t) store_number(&field);
    }

    if (bson_iter_recurse(entry, &field) && bson_iter_find(&field, "index")) {
        *index = (uint32_t) store_number(&field);
    }

    if (bson_iter_recurse(entry, &field) && bson_iter_find(&field, "errmsg")
        && BSON_ITER_HOLDS_UTF8(&field))
    {
        bson_strncpy(error.message, bson_iter_utf8(&field, NULL),
                     sizeof(error.message));
    }

    return store_result(store, what, false, &error);
}


/* A duplicate is what was wanted; the first other answer counts. */
static store_status_t
insert_judge(store_t *store, const char *what, bson_iter_t *entry,
    uint32_t *refused)
{
    uint32_t        index;
    store_status_t  status;

    do {
        index = 0;
        status = insert_write_error(store, what, entry, &index);

        if (status != STORE_DUPLICATE) {
            *refused = index;
            return status;
        }

    } while (bson_iter_next(entry));

    return STORE_OK;
}


store_status_t
store_insert_missing(store_t *store, store_collection_t which,
    const char *what, bson_t *const *documents, uint32_t count,
    uint32_t *refused)
{
    bool            ok;
    bson_t          reply, options = BSON_INITIALIZER;
    bson_iter_t     entry;
    bson_error_t    error;
    store_status_t  status;

    if (store_is_away(store)) {
        return STORE_UNAVAILABLE;
    }

    BSON_APPEND_BOOL(&options, "ordered", false);
    BSON_APPEND_BOOL(&options, "validate", false);

    ok = mongoc_collection_insert_many(store_collection(store, which),
                                       (const bson_t **) documents, count,
                                       &options, &reply, &error);

    /* A writeConcernError makes all unknown, also beside a duplicate key. */

    if (!insert_reply_array(&reply, "writeConcernErrors", &entry)
        && insert_reply_array(&reply, "writeErrors", &entry))
    {
        status = insert_judge(store, what, &entry, refused);

    } else {
        status = store_result(store, what, ok, &error);
    }

    bson_destroy(&reply);
    bson_destroy(&options);

    return status;
}
