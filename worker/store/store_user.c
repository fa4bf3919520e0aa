
/*
 * Users in MongoDB, for handlers of accounts and lists, and for whoever must
 * know that a person exists.  Names of fields are in user_fields[] and in the
 * few queries below; what a person may see of another is not decided here.
 */


#include "store_user.h"
#include "store_mongo.h"


#define at(member)  offsetof(model_user_t, member)

static const store_field_t  user_fields[] = {
    { "_id", STORE_UID, at(id), NULL },
    { "email", STORE_STRING, at(email), NULL },
    { "username", STORE_STRING, at(username), NULL },
    { "password", STORE_STRING, at(password), NULL },
    { "firstName", STORE_STRING, at(first_name), NULL },
    { "lastName", STORE_STRING, at(last_name), NULL },
    { "fullName", STORE_STRING, at(full_name), NULL },
    { "phone", STORE_STRING, at(phone), NULL },
    { "avatar", STORE_STRING, at(avatar), NULL },
    { "role", STORE_STRING, at(role), NULL },
    { "field", STORE_STRING, at(field), NULL },
    { "year", STORE_STRING, at(year), NULL },
    { "status", STORE_STRING, at(status), NULL },
    { "points", STORE_NUMBER, at(points), NULL },
    { "isBureau", STORE_BOOL, at(is_bureau), NULL },
    { "isActive", STORE_BOOL, at(is_active), NULL },
    { "tokensValidAfter", STORE_TIME, at(tokens_valid_after_ms), NULL },
    { "lastLogin", STORE_TIME, at(last_login_ms), NULL },
    { "lastSeen", STORE_TIME, at(last_seen_ms), NULL },
    { "createdAt", STORE_TIME, at(created_at_ms), NULL },
    { "updatedAt", STORE_TIME, at(updated_at_ms), NULL },
    { NULL, 0, 0, NULL }
};

#undef at


/* Where found users go: room for `limit`. */
typedef struct {
    pool_t        *pool;
    model_user_t  *list;
    uint32_t       limit;
    uint32_t       count;
} user_page_t;


static void
user_read(const bson_t *document, void *data)
{
    user_page_t   *page = data;
    model_user_t  *user;

    if (page->count == page->limit) {
        return;
    }

    user = &page->list[page->count++];
    memset(user, 0, sizeof(*user));
    user->is_active = true;           /* unless the document says no */
    store_read_fields(page->pool, document, user_fields, user);
}


static user_page_t
user_page(pool_t *pool, uint32_t limit)
{
    user_page_t  page;

    page.pool = pool;
    page.list = pool_alloc(pool, limit * sizeof(model_user_t));
    page.limit = limit;
    page.count = 0;

    return page;
}


static store_status_t
user_find_one(store_t *store, pool_t *pool, bson_t *query, bson_t *options,
    model_user_t *user)
{
    user_page_t     page;
    store_status_t  status;

    page.pool = pool;
    page.list = user;
    page.limit = 1;
    page.count = 0;

    BSON_APPEND_INT64(options, "limit", 1);

    status = store_find(store, STORE_USERS, query, options, user_read, &page);

    return (status == STORE_OK && page.count == 0) ? STORE_NOT_FOUND : status;
}


store_status_t
store_user_find(store_t *store, pool_t *pool, const char *uid,
    model_user_t *user)
{
    bson_t  *query;

    query = bson_new();
    store_put_id(query, "_id", uid);

    return user_find_one(store, pool, query,
                         BCON_NEW("projection", "{", "password", BCON_INT32(0),
                                  "}"),
                         user);
}


store_status_t
store_user_find_login(store_t *store, pool_t *pool, const char *field,
    const char *value, model_user_t *user)
{
    bson_t  *query;

    query = bson_new();
    BSON_APPEND_UTF8(query, field, value);

    return user_find_one(store, pool, query, bson_new(), user);
}


/* The field whose unique index said no: it stands in the error's text as
 * "index: <name> dup key". */
static const char *
user_taken(const bson_error_t *error)
{
    return (strstr(error->message, "index: username ") != NULL) ? "username"
                                                                : "email";
}


store_status_t
store_user_create(store_t *store, pool_t *pool, const model_user_t *user,
    const char **taken)
{
    bson_t           document = BSON_INITIALIZER;
    bson_error_t     error;
    model_user_t     earlier;
    store_status_t   status;

    store_write_fields(&document, user_fields, user);

    status = store_insert(store, STORE_USERS, "new user", &document, &error);
    bson_destroy(&document);

    if (status != STORE_DUPLICATE) {
        return status;
    }

    *taken = user_taken(&error);

    status = store_user_find(store, pool, user->id, &earlier);

    return (status == STORE_NOT_FOUND) ? STORE_DUPLICATE : status;
}


store_status_t
store_user_load(store_t *store, pool_t *pool, const char *const *uids,
    uint32_t count, model_user_t **list, uint32_t *found)
{
    bson_t          *query, in;
    user_page_t      page;
    store_status_t   status;

    page = user_page(pool, count);

    query = bson_new();
    BSON_APPEND_DOCUMENT_BEGIN(query, "_id", &in);
    store_put_ids(&in, "$in", uids, count);
    bson_append_document_end(query, &in);

    status = store_find(store, STORE_USERS, query,
                        BCON_NEW("projection", "{", "password", BCON_INT32(0),
                                 "}"),
                        user_read, &page);

    *list = page.list;
    *found = page.count;

    return status;
}


/* What a person typed as the text of a regular expression: itself. */
static const char *
user_pattern(pool_t *pool, const char *words)
{
    char  *pattern, *p;

    pattern = p = pool_alloc(pool, 2 * strlen(words) + 1);

    for (; *words != '\0'; words++) {
        if (strchr("\\^$.|?*+()[]{}-#", *words) != NULL) {
            *p++ = '\\';
        }

        *p++ = *words;
    }

    return pattern;
}


/* Behind the last of the page before, in the order asked for. */
static bson_t *
user_query_behind(const model_user_t *after, store_user_order_t order)
{
    bson_t  *behind, id = BSON_INITIALIZER;

    store_put_id(&id, "$gt", after->id);

    if (order == STORE_USER_BY_POINTS) {
        behind = BCON_NEW("$or", "[",
                     "{", "points", "{", "$lt", BCON_INT64(after->points), "}",
                     "}",
                     "{", "points", BCON_INT64(after->points),
                          "_id", BCON_DOCUMENT(&id), "}",
                     "]");

    } else {
        const char  *name = (after->full_name != NULL) ? after->full_name : "";

        behind = BCON_NEW("$or", "[",
                     "{", "fullName", "{", "$gt", BCON_UTF8(name), "}", "}",
                     "{", "fullName", BCON_UTF8(name),
                          "_id", BCON_DOCUMENT(&id), "}",
                     "]");
    }

    bson_destroy(&id);

    return behind;
}


static bson_t *
user_query(pool_t *pool, const store_user_query_t *query)
{
    size_t        i;
    bson_t       *q, *part;
    const struct {
        const char  *name;
        const char  *value;
    } equal[] = {
        { "role", query->role },
        { "field", query->field },
        { "year", query->year },
    };

    q = BCON_NEW("isActive", "{", "$ne", BCON_BOOL(false), "}");

    for (i = 0; i < sizeof(equal) / sizeof(equal[0]); i++) {
        if (equal[i].value != NULL) {
            BSON_APPEND_UTF8(q, equal[i].name, equal[i].value);
        }
    }

    if (query->words != NULL) {
        const char  *words = user_pattern(pool, query->words);

        part = BCON_NEW("fullName", BCON_REGEX(words, "i"));
        BCON_APPEND(q, "$or", "[", BCON_DOCUMENT(part),
                    "{", "username", BCON_REGEX(words, "i"), "}", "]");
        bson_destroy(part);
    }

    if (query->after != NULL) {
        part = user_query_behind(query->after, query->order);
        BCON_APPEND(q, "$and", "[", BCON_DOCUMENT(part), "]");
        bson_destroy(part);
    }

    return q;
}


store_status_t
store_user_list(store_t *store, pool_t *pool, const store_user_query_t *query,
    model_user_t **list, uint32_t *found)
{
    bson_t          *options;
    user_page_t      page;
    store_status_t   status;

    page = user_page(pool, query->limit);

    options = BCON_NEW("projection", "{", "password", BCON_INT32(0), "}",
                       "limit", BCON_INT64(query->limit));

    if (query->order == STORE_USER_BY_POINTS) {
        BCON_APPEND(options, "sort", "{", "points", BCON_INT32(-1),
                    "_id", BCON_INT32(1), "}");

    } else {
        /* Names in the order of people: "alice" before "Bob". */

        BCON_APPEND(options, "sort", "{", "fullName", BCON_INT32(1),
                    "_id", BCON_INT32(1), "}",
                    "collation", "{", "locale", BCON_UTF8("en"),
                    "strength", BCON_INT32(2), "}");
    }

    status = store_find(store, STORE_USERS, user_query(pool, query), options,
                        user_read, &page);

    *list = page.list;
    *found = page.count;

    return status;
}


/* Moves one time of these users upwards. */
static store_status_t
user_raise(store_t *store, const char *const *uids, uint32_t count,
    const char *field, int64_t at_ms)
{
    bson_t  *query, in;

    query = bson_new();
    BSON_APPEND_DOCUMENT_BEGIN(query, "_id", &in);
    store_put_ids(&in, "$in", uids, count);
    bson_append_document_end(query, &in);

    return store_update(store, STORE_USERS, true, query,
                        BCON_NEW("$max", "{", field, BCON_DATE_TIME(at_ms),
                                 "}"),
                        NULL, NULL);
}


store_status_t
store_user_logged_in(store_t *store, const char *uid, int64_t at_ms)
{
    return user_raise(store, &uid, 1, "lastLogin", at_ms);
}


store_status_t
store_user_seen(store_t *store, const char *const *uids, uint32_t count,
    int64_t at_ms)
{
    return user_raise(store, uids, count, "lastSeen", at_ms);
}


store_status_t
store_user_sign_out(store_t *store, const char *uid, int64_t at_ms)
{
    return user_raise(store, &uid, 1, "tokensValidAfter", at_ms);
}
