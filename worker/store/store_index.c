
/*
 * The indexes, made by one process when the worker starts; making one that is
 * there is nothing.  Each serves the question that its name tells.
 */


#include "store_mongo.h"


static const struct {
    store_collection_t   collection;
    const char          *indexes;
} store_indexes[] = {

    { STORE_USERS,
      "[ { \"name\": \"email\", \"key\": { \"email\": 1 }, \"unique\": true,"
      "    \"partialFilterExpression\":"
      "    { \"email\": { \"$type\": \"string\" } } },"
      "  { \"name\": \"username\", \"key\": { \"username\": 1 },"
      "    \"unique\": true, \"partialFilterExpression\":"
      "    { \"username\": { \"$type\": \"string\" } } },"
      "  { \"name\": \"points\", \"key\": { \"points\": -1 } },"
      "  { \"name\": \"field_year\", \"key\": { \"field\": 1, \"year\": 1 } },"
      "  { \"name\": \"text\", \"key\": { \"fullName\": \"text\","
      "    \"email\": \"text\" } } ]" },

    { STORE_CONVERSATIONS,
      "[ { \"name\": \"user_recent\", \"key\": { \"members.user\": 1,"
      "    \"lastMessageAt\": -1 } } ]" },

    { STORE_MESSAGES,
      "[ { \"name\": \"conversation_seq\", \"key\": { \"conversationId\": 1,"
      "    \"seq\": 1 }, \"unique\": true } ]" },

    { STORE_TOKENS,
      "[ { \"name\": \"hash\", \"key\": { \"hash\": 1 }, \"unique\": true },"
      "  { \"name\": \"user\", \"key\": { \"user\": 1 } },"
      "  { \"name\": \"expires\", \"key\": { \"expiresAt\": 1 },"
      "    \"expireAfterSeconds\": 0 } ]" },
};


static store_status_t
store_make_some(store_t *store, store_collection_t which, const char *indexes)
{
    bool                  ok;
    bson_t                command = BSON_INITIALIZER, *list;
    const char           *name;
    bson_error_t          error;
    mongoc_collection_t  *collection;

    collection = store_collection(store, which);
    name = mongoc_collection_get_name(collection);

    list = bson_new_from_json((const uint8_t *) indexes, -1, &error);
    if (list == NULL) {
        return store_result(store, name, false, &error);
    }

    BSON_APPEND_UTF8(&command, "createIndexes", name);
    BSON_APPEND_ARRAY(&command, "indexes", list);

    ok = mongoc_collection_write_command_with_opts(collection, &command, NULL,
                                                   NULL, &error);
    bson_destroy(&command);
    bson_destroy(list);

    return store_result(store, name, ok, &error);
}


store_status_t
store_make_indexes(store_t *store)
{
    size_t          i;
    store_status_t  status;

    for (i = 0; i < sizeof(store_indexes) / sizeof(store_indexes[0]); i++) {
        status = store_make_some(store, store_indexes[i].collection,
                                 store_indexes[i].indexes);
        if (status != STORE_OK) {
            return status;
        }
    }

    return STORE_OK;
}
