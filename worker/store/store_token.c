
/*
 * Refresh tokens in MongoDB, for the handlers that sign people in and out, and
 * for session open, which asks whether a sign-in still stands.  What is over is
 * removed by the TTL index.
 */


#include "store_token.h"
#include "store_mongo.h"


#define at(member)  offsetof(store_token_t, member)

static const store_field_t  token_fields[] = {
    { "_id", STORE_ID, at(id), NULL },
    { "user", STORE_UID, at(user), NULL },
    { "family", STORE_ID, at(family), NULL },
    { "hash", STORE_STRING, at(hash), NULL },
    { "device", STORE_STRING, at(device), NULL },
    { "ip", STORE_STRING, at(ip), NULL },
    { "successor", STORE_ID, at(successor), NULL },
    { "createdAt", STORE_TIME, at(created_at_ms), NULL },
    { "expiresAt", STORE_TIME, at(expires_at_ms), NULL },
    { "revokedAt", STORE_TIME, at(revoked_at_ms), NULL },
    { NULL, 0, 0, NULL }
};

#undef at


typedef struct {
    pool_t         *pool;
    store_token_t  *token;
    bool            found;
} token_found_t;


static void
token_read(const bson_t *document, void *data)
{
    token_found_t  *found = data;

    found->found = true;
    memset(found->token, 0, sizeof(*found->token));
    store_read_fields(found->pool, document, token_fields, found->token);
}


static store_status_t
token_find_one(store_t *store, pool_t *pool, bson_t *query,
    store_token_t *token)
{
    token_found_t   found;
    store_status_t  status;

    found.pool = pool;
    found.token = token;
    found.found = false;

    status = store_find(store, STORE_TOKENS, query,
                        BCON_NEW("limit", BCON_INT64(1)), token_read, &found);

    return (status == STORE_OK && !found.found) ? STORE_NOT_FOUND : status;
}


store_status_t
store_token_put(store_t *store, const store_token_t *token)
{
    bson_t  *query, *update, document = BSON_INITIALIZER;

    query = bson_new();
    store_put_id(query, "_id", token->id);

    store_write_fields(&document, token_fields, token);
    update = BCON_NEW("$set", BCON_DOCUMENT(&document));
    bson_destroy(&document);

    return store_update(store, STORE_TOKENS, false, query, update,
                        BCON_NEW("upsert", BCON_BOOL(true)), NULL);
}


store_status_t
store_token_find(store_t *store, pool_t *pool, const char *hash,
    store_token_t *token)
{
    return token_find_one(store, pool, BCON_NEW("hash", BCON_UTF8(hash)),
                          token);
}


store_status_t
store_token_use(store_t *store, const store_token_t *token,
    const char *successor, int64_t now_ms)
{
    bson_t          *query, *update, by = BSON_INITIALIZER;
    int64_t          matched;
    store_status_t   status;

    store_put_id(&by, "successor", successor);

    query = BCON_NEW("$or", "[",
                         "{", "revokedAt", BCON_NULL, "}",
                         BCON_DOCUMENT(&by),
                     "]");
    store_put_id(query, "_id", token->id);

    BSON_APPEND_DATE_TIME(&by, "revokedAt", now_ms);
    update = BCON_NEW("$set", BCON_DOCUMENT(&by));
    bson_destroy(&by);

    status = store_update(store, STORE_TOKENS, false, query, update, NULL,
                          &matched);

    return (status == STORE_OK && matched == 0) ? STORE_NOT_FOUND : status;
}


store_status_t
store_token_family_alive(store_t *store, pool_t *pool, const char *uid,
    const char *family)
{
    bson_t         *query;
    store_token_t   token;

    query = BCON_NEW("revokedAt", BCON_NULL);
    store_put_id(query, "user", uid);
    store_put_id(query, "family", family);

    return token_find_one(store, pool, query, &token);
}


store_status_t
store_token_revoke(store_t *store, const char *uid, const char *family,
    int64_t now_ms)
{
    bson_t  *query;

    query = BCON_NEW("revokedAt", BCON_NULL);
    store_put_id(query, "user", uid);

    if (family != NULL) {
        store_put_id(query, "family", family);
    }

    return store_update(store, STORE_TOKENS, true, query,
                        BCON_NEW("$set", "{", "revokedAt",
                                 BCON_DATE_TIME(now_ms), "}"),
                        NULL, NULL);
}
