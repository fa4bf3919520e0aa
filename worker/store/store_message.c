
/*
 * Messages in MongoDB.  On the path of a message this is the last station: the
 * batch hands over an array, one ordered insertMany writes it, and what the
 * server says of each is told apart here.  Readers ask for pages by seq.
 */


#include "store_message.h"
#include "store_mongo.h"


#define at(member)  offsetof(model_message_t, member)

static const char  *const message_types[] = {
    "text", "image", "file", "audio", NULL
};

static const store_field_t  message_fields[] = {
    { "_id", STORE_ID, at(id), NULL },
    { "conversationId", STORE_ID, at(conversation), NULL },
    { "seq", STORE_NUMBER, at(seq), NULL },
    { "senderId", STORE_UID, at(sender), NULL },
    { "receiverId", STORE_UID, at(receiver), NULL },
    { "type", STORE_WORD, at(type), message_types },
    { "text", STORE_SLICE, at(text), NULL },
    { "metadata", STORE_SLICE, at(metadata), NULL },
    { "clientId", STORE_SLICE, at(client_id), NULL },
    { "replyTo", STORE_ID, at(reply_to), NULL },
    { "job", STORE_ID, at(job), NULL },
    { "createdAt", STORE_TIME, at(created_at_ms), NULL },
    { "updatedAt", STORE_TIME, at(updated_at_ms), NULL },
    { "editedAt", STORE_TIME, at(edited_at_ms), NULL },
    { "deletedAt", STORE_TIME, at(deleted_at_ms), NULL },
    { NULL, 0, 0, NULL }
};

#undef at


typedef struct {
    pool_t           *pool;
    model_message_t  *list;
    uint32_t          limit;
    uint32_t          count;
} message_page_t;


#define MESSAGE_DOCUMENT_SIZE  512     /* what most documents need */


static bson_t **
message_documents(model_message_t *const *messages, uint32_t count)
{
    bson_t    **documents;
    uint32_t    i;

    documents = bson_malloc(count * sizeof(bson_t *));

    for (i = 0; i < count; i++) {
        documents[i] = bson_sized_new(MESSAGE_DOCUMENT_SIZE);
        store_write_fields(documents[i], message_fields, messages[i]);
    }

    return documents;
}


static void
message_documents_free(bson_t **documents, uint32_t count)
{
    uint32_t  i;

    for (i = 0; i < count; i++) {
        bson_destroy(documents[i]);
    }

    bson_free(documents);
}


/* The first element of an array in a reply; false: none. */
static bool
message_reply_first(const bson_t *reply, const char *name, bson_t *first)
{
    uint32_t        len;
    bson_iter_t     iter, item;
    const uint8_t  *data;

    if (!bson_iter_init_find(&iter, reply, name)
        || !BSON_ITER_HOLDS_ARRAY(&iter)
        || !bson_iter_recurse(&iter, &item)
        || !bson_iter_next(&item)
        || !BSON_ITER_HOLDS_DOCUMENT(&item))
    {
        return false;
    }

    bson_iter_document(&item, &len, &data);

    return bson_init_static(first, data, len);
}


/* Which message failed, and on which index. */
static void
message_write_error(store_t *store, const bson_t *refusal,
    store_insert_t *result)
{
    bson_iter_t   iter, key;
    bson_error_t  error;

    memset(&error, 0, sizeof(error));
    error.domain = MONGOC_ERROR_SERVER;

    if (bson_iter_init_find(&iter, refusal, "code")) {
        error.code = (uint32_t) store_number(&iter);
    }

    if (bson_iter_init_find(&iter, refusal, "errmsg")) {
        bson_strncpy(error.message, bson_iter_utf8(&iter, NULL),
                     sizeof(error.message));
    }

    if (bson_iter_init_find(&iter, refusal, "index")) {
        result->failed = (uint32_t) store_number(&iter);
    }

    result->id_taken = bson_iter_init_find(&iter, refusal, "keyPattern")
                       && BSON_ITER_HOLDS_DOCUMENT(&iter)
                       && bson_iter_recurse(&iter, &key)
                       && bson_iter_find(&key, "_id");

    result->status = store_result(store, "new messages", false, &error);
}


void
store_message_insert(store_t *store, model_message_t *const *messages,
    uint32_t count, store_insert_t *result)
{
    bool            ok;
    bson_t          reply, first, **documents, options = BSON_INITIALIZER;
    bson_error_t    error;

    memset(result, 0, sizeof(*result));

    if (store_is_away(store)) {
        result->status = STORE_UNAVAILABLE;
        return;
    }

    /* The driver's checks are left out: we have built these documents. */

    BSON_APPEND_BOOL(&options, "ordered", true);
    BSON_APPEND_BOOL(&options, "validate", false);

    documents = message_documents(messages, count);

    ok = mongoc_collection_insert_many(store_collection(store, STORE_MESSAGES),
                                       (const bson_t **) documents, count,
                                       &options, &reply, &error);

    /* A writeConcernError makes all unknown, also beside a duplicate key. */

    if (!message_reply_first(&reply, "writeConcernErrors", &first)
        && message_reply_first(&reply, "writeErrors", &first))
    {
        message_write_error(store, &first, result);

    } else {
        result->status = store_result(store, "new messages", ok, &error);
    }

    message_documents_free(documents, count);
    bson_destroy(&reply);
    bson_destroy(&options);
}


static void
message_read(const bson_t *document, void *data)
{
    message_page_t   *page = data;
    model_message_t  *message;

    if (page->count == page->limit) {
        return;
    }

    message = &page->list[page->count++];
    memset(message, 0, sizeof(*message));
    store_read_fields(page->pool, document, message_fields, message);
}


static message_page_t
message_page(pool_t *pool, uint32_t limit)
{
    message_page_t  page;

    page.pool = pool;
    page.list = pool_alloc(pool, limit * sizeof(model_message_t));
    page.limit = limit;
    page.count = 0;

    return page;
}


static void
message_reverse(message_page_t *page)
{
    uint32_t         i, j;
    model_message_t  t;

    for (i = 0, j = page->count; i + 1 < j; i++) {
        j--;
        t = page->list[i];
        page->list[i] = page->list[j];
        page->list[j] = t;
    }
}


store_status_t
store_message_find(store_t *store, pool_t *pool, const char *id,
    model_message_t *message)
{
    bson_t          *query;
    message_page_t   page;
    store_status_t   status;

    page = message_page(pool, 1);

    query = bson_new();
    store_put_id(query, "_id", id);

    status = store_find(store, STORE_MESSAGES, query, NULL, message_read,
                        &page);
    if (status != STORE_OK) {
        return status;
    }

    if (page.count == 0) {
        return STORE_NOT_FOUND;
    }

    *message = page.list[0];

    return STORE_OK;
}


store_status_t
store_message_page(store_t *store, pool_t *pool, const char *conversation,
    uint64_t after, uint64_t before, bool forward, uint32_t limit,
    model_message_t **messages, uint32_t *count)
{
    bson_t          *query, seq;
    message_page_t   page;
    store_status_t   status;

    page = message_page(pool, limit);

    query = bson_new();
    store_put_id(query, "conversationId", conversation);

    BSON_APPEND_DOCUMENT_BEGIN(query, "seq", &seq);
    BSON_APPEND_INT64(&seq, "$gt", (int64_t) after);

    if (before != 0) {
        BSON_APPEND_INT64(&seq, "$lt", (int64_t) before);
    }

    bson_append_document_end(query, &seq);

    status = store_find(store, STORE_MESSAGES, query,
                        BCON_NEW("sort", "{", "seq",
                                 BCON_INT32(forward ? 1 : -1), "}",
                                 "limit", BCON_INT64(limit)),
                        message_read, &page);

    if (!forward) {
        message_reverse(&page);
    }

    *messages = page.list;
    *count = page.count;

    return status;
}


static bson_t *
message_ranges_query(const store_range_t *ranges, uint32_t count)
{
    char         at[16];
    bson_t      *query, list, range, seq;
    uint32_t     i;
    const char  *name;

    query = bson_new();
    BSON_APPEND_ARRAY_BEGIN(query, "$or", &list);

    for (i = 0; i < count; i++) {
        bson_uint32_to_string(i, &name, at, sizeof(at));

        BSON_APPEND_DOCUMENT_BEGIN(&list, name, &range);
        store_put_id(&range, "conversationId", ranges[i].conversation);
        BSON_APPEND_DOCUMENT_BEGIN(&range, "seq", &seq);
        BSON_APPEND_INT64(&seq, "$gt", (int64_t) ranges[i].after);
        BSON_APPEND_INT64(&seq, "$lte", (int64_t) ranges[i].upto);
        bson_append_document_end(&range, &seq);
        bson_append_document_end(&list, &range);
    }

    bson_append_array_end(query, &list);

    return query;
}


store_status_t
store_message_all(store_t *store, pool_t *pool, const store_range_t *ranges,
    uint32_t count, uint32_t most, model_message_t **messages, uint32_t *found)
{
    message_page_t  page;
    store_status_t  status;

    page = message_page(pool, most);
    status = STORE_OK;

    if (count != 0) {
        status = store_find(store, STORE_MESSAGES,
                            message_ranges_query(ranges, count),
                            BCON_NEW("batchSize", BCON_INT64(most + 1)),
                            message_read, &page);
    }

    *messages = page.list;
    *found = page.count;

    return status;
}


store_status_t
store_message_ranges(store_t *store, pool_t *pool, const store_range_t *ranges,
    uint32_t count, uint32_t limit, model_message_t **messages, uint32_t *found)
{
    message_page_t  page;
    store_status_t  status;

    page = message_page(pool, limit);
    status = STORE_OK;

    if (count != 0) {
        status = store_find(store, STORE_MESSAGES,
                            message_ranges_query(ranges, count),
                            BCON_NEW("sort", "{", "createdAt", BCON_INT32(-1),
                                     "conversationId", BCON_INT32(-1),
                                     "seq", BCON_INT32(-1), "}",
                                     "limit", BCON_INT64(limit)),
                            message_read, &page);
        message_reverse(&page);
    }

    *messages = page.list;
    *found = page.count;

    return status;
}
