
/*
 * With whom somebody shares small conversations, for presence: asked at each
 * coming and going, so MongoDB makes the list and sends each person once.
 */


#include "store_conversation.h"
#include "store_mongo.h"


#define CONTACTS_FIRST  64     /* room at first; doubled when it is full */


typedef struct {
    pool_t        *pool;
    const char    *self;
    const char   **uids;
    uint32_t       count;
    uint32_t       room;
} contacts_t;


static const store_field_t  contact_fields[] = {
    { "_id", STORE_UID, 0, NULL },
    { NULL, 0, 0, NULL }
};


static void
contacts_read(const bson_t *document, void *data)
{
    contacts_t    *contacts = data;
    model_uid_t    uid = "";
    const char   **uids;

    store_read_fields(contacts->pool, document, contact_fields, uid);

    if (uid[0] == '\0' || strcmp(uid, contacts->self) == 0) {
        return;
    }

    if (contacts->count == contacts->room) {
        uids = pool_alloc(contacts->pool, 2 * contacts->room * sizeof(char *));
        memcpy(uids, contacts->uids, contacts->room * sizeof(char *));
        contacts->uids = uids;
        contacts->room *= 2;
    }

    contacts->uids[contacts->count++] = pool_strndup(contacts->pool, uid,
                                                     strlen(uid));
}


/* A conversation is small if nobody stands at the place `fanout`. */
static bson_t *
contacts_pipeline(const char *uid, uint32_t fanout)
{
    char     beyond[32];
    bson_t  *pipeline, match = BSON_INITIALIZER;

    snprintf(beyond, sizeof(beyond), "members.%u", fanout);
    store_put_id(&match, "members.user", uid);
    BCON_APPEND(&match, beyond, "{", "$exists", BCON_BOOL(false), "}");

    pipeline = BCON_NEW("pipeline", "[",
        "{", "$match", BCON_DOCUMENT(&match), "}",
        "{", "$unwind", BCON_UTF8("$members"), "}",
        "{", "$group", "{", "_id", BCON_UTF8("$members.user"), "}", "}",
        "]");
    bson_destroy(&match);

    return pipeline;
}


store_status_t
store_conversation_contacts(store_t *store, pool_t *pool, const char *uid,
    uint32_t fanout, const char ***uids, uint32_t *count)
{
    contacts_t      contacts;
    store_status_t  status;

    contacts.pool = pool;
    contacts.self = uid;
    contacts.uids = pool_alloc(pool, CONTACTS_FIRST * sizeof(char *));
    contacts.count = 0;
    contacts.room = CONTACTS_FIRST;

    status = store_aggregate(store, STORE_CONVERSATIONS,
                             contacts_pipeline(uid, fanout), NULL,
                             contacts_read, &contacts);

    *uids = contacts.uids;
    *count = contacts.count;

    return status;
}
