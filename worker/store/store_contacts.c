
/*
 * Whom somebody shares a small conversation with: presence tells them who
 * comes and goes.  Reads of each conversation its members' ids and no more.
 */

#include "store_conversation.h"
#include "store_mongo.h"

#include <stdlib.h>


#define CONTACTS_CONVERSATIONS_MAX  1000


static const store_field_t  contact_fields[] = {
    { "user", STORE_UID, 0, NULL },
    { NULL, 0, 0, NULL }
};


typedef struct {
    pool_t       *pool;
    const char   *uid;           /* is none of them */
    const char  **uids;
    uint32_t      count;
    uint32_t      cap;
} contacts_t;


static void
contacts_add(contacts_t *contacts, const char *uid)
{
    const char  **uids;

    if (uid[0] == '\0' || strcmp(uid, contacts->uid) == 0) {
        return;
    }

    if (contacts->count == contacts->cap) {
        contacts->cap = contacts->cap ? 2 * contacts->cap : 64;
        uids = pool_alloc(contacts->pool, contacts->cap * sizeof(char *));

        if (contacts->count) {
            memcpy(uids, contacts->uids, contacts->count * sizeof(char *));
        }

        contacts->uids = uids;
    }

    contacts->uids[contacts->count++] = pool_strndup(contacts->pool, uid,
                                                     strlen(uid));
}


static void
contacts_read(const bson_t *document, void *data)
{
    bson_t          member;
    uint32_t        len;
    contacts_t     *contacts = data;
    bson_iter_t     iter, item;
    model_uid_t     uid;
    const uint8_t  *p;

    if (!bson_iter_init_find(&iter, document, "members")
        || !BSON_ITER_HOLDS_ARRAY(&iter)
        || !bson_iter_recurse(&iter, &item))
    {
        return;
    }

    while (bson_iter_next(&item)) {

        if (!BSON_ITER_HOLDS_DOCUMENT(&item)) {
            continue;
        }

        bson_iter_document(&item, &len, &p);
        memset(uid, 0, sizeof(uid));

        if (bson_init_static(&member, p, len)) {
            store_read_fields(contacts->pool, &member, contact_fields, uid);
            contacts_add(contacts, uid);
        }
    }
}


static int
contacts_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}


static void
contacts_unique(contacts_t *contacts)
{
    uint32_t  i, n;

    if (contacts->count == 0) {
        return;
    }

    qsort(contacts->uids, contacts->count, sizeof(char *), contacts_compare);

    for (i = 1, n = 1; i < contacts->count; i++) {
        if (strcmp(contacts->uids[n - 1], contacts->uids[i]) != 0) {
            contacts->uids[n++] = contacts->uids[i];
        }
    }

    contacts->count = n;
}


store_status_t
store_conversation_contacts(store_t *store, pool_t *pool, const char *uid,
    uint32_t fanout, const char ***uids, uint32_t *count)
{
    char             above[32];
    bson_t          *query;
    contacts_t       contacts;
    store_status_t   status;

    memset(&contacts, 0, sizeof(contacts));
    contacts.pool = pool;
    contacts.uid = uid;

    /* with a member at this place it has too many */
    snprintf(above, sizeof(above), "members.%u", fanout);

    query = bson_new();
    store_put_id(query, "members.user", uid);
    BCON_APPEND(query, above, "{", "$exists", BCON_BOOL(false), "}");

    status = store_find(store, STORE_CONVERSATIONS, query,
                        BCON_NEW("projection", "{", "members.user",
                                 BCON_INT32(1), "}", "sort", "{",
                                 "lastMessageAt", BCON_INT32(-1), "}",
                                 "limit",
                                 BCON_INT64(CONTACTS_CONVERSATIONS_MAX)),
                        contacts_read, &contacts);

    contacts_unique(&contacts);
    *uids = contacts.uids;
    *count = contacts.count;

    return status;
}
