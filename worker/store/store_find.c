
/*
 * Asking MongoDB and walking what it answers, for the other files of store/.
 * Every query is built by them from typed values, so nothing that a user
 * typed can be an operator.
 */


#include "store_mongo.h"


static store_status_t
store_walk(store_t *store, const char *what, mongoc_cursor_t *cursor,
    store_read_pt read, void *data)
{
    bson_error_t     error;
    const bson_t    *document;
    store_status_t   status;

    while (mongoc_cursor_next(cursor, &document)) {
        read(document, data);
    }

    status = store_result(store, what, !mongoc_cursor_error(cursor, &error),
                          &error);
    mongoc_cursor_destroy(cursor);

    return status;
}


store_status_t
store_find(store_t *store, store_collection_t which, bson_t *query,
    bson_t *options, store_read_pt read, void *data)
{
    store_status_t        status;
    mongoc_cursor_t      *cursor;
    mongoc_collection_t  *collection;

    status = STORE_UNAVAILABLE;

    if (!store_is_away(store)) {
        collection = store_collection(store, which);
        cursor = mongoc_collection_find_with_opts(collection, query, options,
                                                  NULL);
        status = store_walk(store, mongoc_collection_get_name(collection),
                            cursor, read, data);
    }

    bson_destroy(query);
    bson_destroy(options);

    return status;
}


store_status_t
store_aggregate(store_t *store, store_collection_t which, bson_t *pipeline,
    bson_t *options, store_read_pt read, void *data)
{
    store_status_t        status;
    mongoc_cursor_t      *cursor;
    mongoc_collection_t  *collection;

    status = STORE_UNAVAILABLE;

    if (!store_is_away(store)) {
        collection = store_collection(store, which);
        cursor = mongoc_collection_aggregate(collection, MONGOC_QUERY_NONE,
                                             pipeline, options, NULL);
        status = store_walk(store, mongoc_collection_get_name(collection),
                            cursor, read, data);
    }

    bson_destroy(pipeline);
    bson_destroy(options);

    return status;
}


static int64_t
store_reply_number(const bson_t *reply, const char *name)
{
    bson_iter_t  iter;

    return bson_iter_init_find(&iter, reply, name) ? store_number(&iter) : 0;
}


static store_status_t
store_update_now(store_t *store, store_collection_t which, bool many,
    const bson_t *query, const bson_t *update, const bson_t *options,
    int64_t *matched)
{
    bool                  ok;
    bson_t                reply;
    bson_error_t          error;
    mongoc_collection_t  *collection;

    collection = store_collection(store, which);

    ok = many ? mongoc_collection_update_many(collection, query, update,
                                              options, &reply, &error)
              : mongoc_collection_update_one(collection, query, update, options,
                                             &reply, &error);

    if (matched != NULL) {
        *matched = store_reply_number(&reply, "matchedCount");
    }

    bson_destroy(&reply);

    return store_result(store, mongoc_collection_get_name(collection), ok,
                        &error);
}


store_status_t
store_update(store_t *store, store_collection_t which, bool many,
    bson_t *query, bson_t *update, bson_t *options, int64_t *matched)
{
    store_status_t  status;

    status = store_is_away(store)
             ? STORE_UNAVAILABLE
             : store_update_now(store, which, many, query, update, options,
                                matched);
    bson_destroy(query);
    bson_destroy(update);
    bson_destroy(options);

    return status;
}
