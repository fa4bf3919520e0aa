
/*
 * Which conversation does a request change?  The module asks before it chooses
 * a stream, the worker before it runs a job, and both have only the request to
 * go by.  Nothing is looked up: a direct conversation's id follows from its two
 * people.
 */

#include "chat_target.h"
#include "chat_json_scan.h"


/* The id stands between `before` and `after`. */
static const struct {
    const char  *method;         /* NULL: any */
    const char  *before;
    const char  *after;          /* NULL: nothing, or a slash and anything */
    bool         person;         /* whom the asker writes to or reads */
} paths[] = {
    { NULL,   "/api/conversations/", NULL,    false },
    { "GET",  "/api/messages/",      "",      true },
    { "POST", "/api/messages/",      "/read", true },
    { "POST", "/api/messages/send/", "",      true }
};

/* What an object calls it, the first one that is there and a string. */
static const struct {
    chat_slice_t  name;
    bool          person;
} members[] = {
    { { sizeof("conversationId") - 1, (const uint8_t *) "conversationId" },
      false },
    { { sizeof("to") - 1, (const uint8_t *) "to" }, true },
    { { sizeof("userId") - 1, (const uint8_t *) "userId" }, true }
};


static chat_status_t
chat_target_of_id(chat_slice_t id, bool person, chat_slice_t asker,
    char conversation[CHAT_ID_LEN])
{
    size_t  len;
    char    uid[CHAT_UID_MAX];

    if (!person) {
        return (chat_id_parse(id, conversation) == CHAT_OK) ? CHAT_OK
                                                            : CHAT_NOT_FOUND;
    }

    if (!chat_uid_valid(asker) || chat_uid_parse(id, uid, &len) != CHAT_OK) {
        return CHAT_NOT_FOUND;
    }

    chat_id_direct(asker, chat_slice_of(uid, len), conversation);

    return CHAT_OK;
}


/* The list of people has a path like a person's. */
static bool
chat_target_is_list(chat_slice_t id)
{
    return chat_slice_eq(id, chat_slice("users"));
}


chat_status_t
chat_target_of_path(chat_slice_t method, chat_slice_t path,
    chat_slice_t asker, char conversation[CHAT_ID_LEN])
{
    size_t          i, n;
    chat_slice_t    id, rest;
    const char     *text;
    const uint8_t  *slash;

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        text = paths[i].method;

        if (text && !chat_slice_eq(method, chat_slice_of(text, strlen(text)))) {
            continue;
        }

        text = paths[i].before;
        n = strlen(text);

        if (path.len <= n || memcmp(path.data, text, n) != 0) {
            continue;
        }

        rest = chat_slice_of(path.data + n, path.len - n);
        slash = memchr(rest.data, '/', rest.len);
        n = slash ? (size_t) (slash - rest.data) : rest.len;
        id = chat_slice_of(rest.data, n);
        rest = chat_slice_of(rest.data + n, rest.len - n);

        text = paths[i].after;

        if ((text && !chat_slice_eq(rest, chat_slice_of(text, strlen(text))))
            || chat_target_is_list(id))
        {
            continue;
        }

        return chat_target_of_id(id, paths[i].person, asker, conversation);
    }

    return CHAT_NOT_FOUND;
}


chat_status_t
chat_target_of_json(chat_slice_t object, chat_slice_t asker,
    char conversation[CHAT_ID_LEN])
{
    size_t             i, len;
    uint8_t            id[CHAT_UID_MAX];
    chat_json_value_t  value;

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {

        if (chat_json_member(object, members[i].name, &value) != CHAT_OK
            || value.type != CHAT_JSON_STRING)
        {
            continue;
        }

        if (chat_json_string(value, id, sizeof(id), &len) != CHAT_OK) {
            return CHAT_NOT_FOUND;
        }

        return chat_target_of_id(chat_slice_of(id, len), members[i].person,
                                 asker, conversation);
    }

    return CHAT_NOT_FOUND;
}
