
/*
 * Conversations in MongoDB: the roster loads them, readers list them, the
 * batch makes them, and marks.c writes behind what has moved in Redis.
 * Members are an array in the document; its order is that of the struct.
 */


#include "store_conversation.h"
#include "store_mongo.h"


#define at(member)  offsetof(model_conversation_t, member)

static const char  *const conversation_types[] = { "direct", "group", NULL };

static const store_field_t  conversation_fields[] = {
    { "_id", STORE_ID, at(id), NULL },
    { "type", STORE_WORD, at(type), conversation_types },
    { "name", STORE_STRING, at(name), NULL },
    { "avatar", STORE_STRING, at(avatar), NULL },
    { "createdBy", STORE_UID, at(created_by), NULL },
    { "createdAt", STORE_TIME, at(created_at_ms), NULL },
    { "updatedAt", STORE_TIME, at(updated_at_ms), NULL },
    { "lastSeq", STORE_NUMBER, at(told_seq), NULL },
    { "lastMessageAt", STORE_TIME, at(last_at_ms), NULL },
    { NULL, 0, 0, NULL }
};

#undef at
#define at(member)  offsetof(model_member_t, member)

static const store_field_t  member_fields[] = {
    { "user", STORE_UID, at(uid), NULL },
    { "readSeq", STORE_NUMBER, at(read_seq), NULL },
    { "deliveredSeq", STORE_NUMBER, at(delivered_seq), NULL },
    { "joinedSeq", STORE_NUMBER, at(joined_seq), NULL },
    { "joinedAt", STORE_TIME, at(joined_at_ms), NULL },
    { "muted", STORE_BOOL, at(muted), NULL },
    { NULL, 0, 0, NULL }
};

#undef at


typedef struct {
    pool_t                *pool;
    model_conversation_t  *list;
    uint32_t               limit;
    uint32_t               count;
} conversation_page_t;


static void
conversation_read_member(pool_t *pool, const bson_iter_t *iter,
    model_member_t *member)
{
    bson_t          document;
    uint32_t        len;
    bson_iter_t     role;
    const char     *text;
    const uint8_t  *data;

    bson_iter_document(iter, &len, &data);

    if (!bson_init_static(&document, data, len)) {
        return;
    }

    store_read_fields(pool, &document, member_fields, member);

    if (bson_iter_init_find(&role, &document, "role")
        && BSON_ITER_HOLDS_UTF8(&role))
    {
        text = bson_iter_utf8(&role, &len);
        if (len < sizeof(member->role)) {
            memcpy(member->role, text, len + 1);
        }
    }
}


static void
conversation_read_members(pool_t *pool, const bson_t *document,
    model_conversation_t *conversation)
{
    uint32_t      count;
    bson_iter_t   iter, item;

    if (!bson_iter_init_find(&iter, document, "members")
        || !BSON_ITER_HOLDS_ARRAY(&iter)
        || !bson_iter_recurse(&iter, &item))
    {
        return;
    }

    for (count = 0; bson_iter_next(&item) && count < MODEL_MEMBERS_MAX; ) {
        count += BSON_ITER_HOLDS_DOCUMENT(&item);
    }

    conversation->members = pool_alloc(pool, count * sizeof(model_member_t));

    if (!bson_iter_recurse(&iter, &item)) {
        return;
    }

    while (bson_iter_next(&item) && conversation->member_count < count) {
        if (BSON_ITER_HOLDS_DOCUMENT(&item)) {
            conversation_read_member(pool, &item,
                 &conversation->members[conversation->member_count++]);
        }
    }
}


static void
conversation_read(const bson_t *document, void *data)
{
    conversation_page_t   *page = data;
    model_conversation_t  *conversation;

    if (page->count == page->limit) {
        return;
    }

    conversation = &page->list[page->count++];
    memset(conversation, 0, sizeof(*conversation));
    store_read_fields(page->pool, document, conversation_fields, conversation);
    conversation_read_members(page->pool, document, conversation);
}


static conversation_page_t
conversation_page(pool_t *pool, uint32_t limit)
{
    conversation_page_t  page;

    page.pool = pool;
    page.list = pool_alloc(pool, limit * sizeof(model_conversation_t));
    page.limit = limit;
    page.count = 0;

    return page;
}


store_status_t
store_conversation_load(store_t *store, pool_t *pool, const char *const *ids,
    uint32_t count, model_conversation_t **list, uint32_t *found)
{
    bson_t               *query, in;
    store_status_t        status;
    conversation_page_t   page;

    page = conversation_page(pool, count);
    query = bson_new();

    /* MongoDB has a shorter way for one */

    if (count == 1) {
        store_put_id(query, "_id", ids[0]);

    } else {
        BSON_APPEND_DOCUMENT_BEGIN(query, "_id", &in);
        store_put_ids(&in, "$in", ids, count);
        bson_append_document_end(query, &in);
    }

    status = store_find(store, STORE_CONVERSATIONS, query, NULL,
                        conversation_read, &page);

    *list = page.list;
    *found = page.count;

    return status;
}


store_status_t
store_conversation_of_user(store_t *store, pool_t *pool, const char *uid,
    uint32_t limit, model_conversation_t **list, uint32_t *found)
{
    bson_t               *query;
    store_status_t        status;
    conversation_page_t   page;

    page = conversation_page(pool, limit);

    query = bson_new();
    store_put_id(query, "members.user", uid);

    status = store_find(store, STORE_CONVERSATIONS, query,
                        BCON_NEW("sort", "{", "lastMessageAt", BCON_INT32(-1),
                                 "}", "limit", BCON_INT64(limit)),
                        conversation_read, &page);

    *list = page.list;
    *found = page.count;

    return status;
}


static void
conversation_write_members(bson_t *document,
    const model_conversation_t *conversation)
{
    char         at[16];
    bson_t       list, member;
    uint32_t     i;
    const char  *name;

    BSON_APPEND_ARRAY_BEGIN(document, "members", &list);

    for (i = 0; i < conversation->member_count; i++) {
        bson_uint32_to_string(i, &name, at, sizeof(at));

        BSON_APPEND_DOCUMENT_BEGIN(&list, name, &member);
        store_write_fields(&member, member_fields, &conversation->members[i]);
        BSON_APPEND_UTF8(&member, "role", conversation->members[i].role);
        bson_append_document_end(&list, &member);
    }

    bson_append_array_end(document, &list);
}


static bson_t *
conversation_document(const model_conversation_t *conversation)
{
    bson_t  *document;

    document = bson_new();
    store_write_fields(document, conversation_fields, conversation);
    conversation_write_members(document, conversation);

    return document;
}


store_status_t
store_conversation_create(store_t *store,
    model_conversation_t *const *list, uint32_t count, uint32_t *refused)
{
    bson_t          **documents;
    uint32_t          i;
    store_status_t    status;

    documents = bson_malloc(count * sizeof(bson_t *));

    for (i = 0; i < count; i++) {
        documents[i] = conversation_document(list[i]);
    }

    status = store_insert_missing(store, STORE_CONVERSATIONS,
                                  "new conversations", documents, count,
                                  refused);

    for (i = 0; i < count; i++) {
        bson_destroy(documents[i]);
    }

    bson_free(documents);

    return status;
}


/* {"m<i>.user": uid}, and $max of what stands at members.$[m<i>]. */
static void
conversation_member_marks(uint32_t i, const model_member_t *member,
    bson_t *filter, bson_t *max)
{
    char  key[64];

    snprintf(key, sizeof(key), "m%u.user", i);
    store_put_id(filter, key, member->uid);

    snprintf(key, sizeof(key), "members.$[m%u].readSeq", i);
    BSON_APPEND_INT64(max, key, (int64_t) member->read_seq);

    snprintf(key, sizeof(key), "members.$[m%u].deliveredSeq", i);
    BSON_APPEND_INT64(max, key, (int64_t) member->delivered_seq);
}


/*
 * Members are found by who they are, never by their place: whoever has left
 * since is left alone, and the caller's list may be in any order.
 */
static void
conversation_marks(const model_conversation_t *conversation, bson_t *max,
    bson_t *options)
{
    char         at[16];
    bson_t       filters, filter;
    uint32_t     i;
    const char  *name;

    BSON_APPEND_INT64(max, "lastSeq", (int64_t) conversation->told_seq);
    BSON_APPEND_DATE_TIME(max, "lastMessageAt", conversation->last_at_ms);

    if (conversation->member_count == 0) {
        return;              /* the server refuses filters it cannot use */
    }

    BSON_APPEND_ARRAY_BEGIN(options, "arrayFilters", &filters);

    for (i = 0; i < conversation->member_count; i++) {
        bson_uint32_to_string(i, &name, at, sizeof(at));

        BSON_APPEND_DOCUMENT_BEGIN(&filters, name, &filter);
        conversation_member_marks(i, &conversation->members[i], &filter, max);
        bson_append_document_end(&filters, &filter);
    }

    bson_append_array_end(options, &filters);
}


static bool
conversation_bulk_add(mongoc_bulk_operation_t *bulk,
    const model_conversation_t *conversation, bson_error_t *error)
{
    bool    ok;
    bson_t  query = BSON_INITIALIZER, max = BSON_INITIALIZER,
            options = BSON_INITIALIZER, *update;

    store_put_id(&query, "_id", conversation->id);
    conversation_marks(conversation, &max, &options);
    update = BCON_NEW("$max", BCON_DOCUMENT(&max));

    ok = mongoc_bulk_operation_update_one_with_opts(bulk, &query, update,
                                                    &options, error);
    bson_destroy(update);
    bson_destroy(&options);
    bson_destroy(&max);
    bson_destroy(&query);

    return ok;
}


store_status_t
store_conversation_write_marks(store_t *store,
    const model_conversation_t *list, uint32_t count)
{
    bool                      ok;
    bson_t                    options = BSON_INITIALIZER;
    uint32_t                  i;
    bson_error_t              error;
    mongoc_bulk_operation_t  *bulk;

    if (count == 0) {
        return STORE_OK;
    }

    if (store_is_away(store)) {
        return STORE_UNAVAILABLE;
    }

    BSON_APPEND_BOOL(&options, "ordered", false);
    bulk = mongoc_collection_create_bulk_operation_with_opts(
                 store_collection(store, STORE_CONVERSATIONS), &options);
    bson_destroy(&options);

    ok = true;

    for (i = 0; ok && i < count; i++) {
        ok = conversation_bulk_add(bulk, &list[i], &error);
    }

    ok = ok && mongoc_bulk_operation_execute(bulk, NULL, &error) != 0;
    mongoc_bulk_operation_destroy(bulk);

    return store_result(store, "marks", ok, &error);
}
