
/*
 * Ids and the conversation of a request: what is found is an id, also in the
 * form in which it is found again; a person's place in a path and in JSON mean
 * the same conversation.
 */

#include "fuzz.h"
#include "chat_buf.h"
#include "chat_target.h"


static const chat_slice_t  asker = {
    CHAT_ID_LEN, (const uint8_t *) "aaaaaaaaaaaaaaaaaaaaaaaa"
};


static void
is_id(const char id[CHAT_ID_LEN])
{
    char  again[CHAT_ID_LEN];

    MUST(chat_id_parse(chat_slice_of(id, CHAT_ID_LEN), again) == CHAT_OK);
    MUST(memcmp(id, again, CHAT_ID_LEN) == 0);
    MUST(chat_slot(chat_slice_of(id, CHAT_ID_LEN), 16) < 16);
}


/* A user's id needs no escapes, in JSON or in a path. */
static void
same_person(chat_slice_t uid)
{
    char        by_path[CHAT_ID_LEN], by_json[CHAT_ID_LEN];
    chat_buf_t  path, json;

    chat_buf_init(&path, 1024);
    chat_buf_str(&path, "/api/messages/send/");
    chat_buf_slice(&path, uid);

    chat_buf_init(&json, 1024);
    chat_buf_str(&json, "{\"to\":\"");
    chat_buf_slice(&json, uid);
    chat_buf_str(&json, "\"}");

    MUST(chat_target_of_json(chat_buf_view(&json), asker, by_json) == CHAT_OK);

    /* the list of people has a path like a person's */
    if (!chat_slice_eq(uid, chat_slice("users"))) {
        MUST(chat_target_of_path(chat_slice("POST"), chat_buf_view(&path),
                                 asker, by_path) == CHAT_OK);
        MUST(memcmp(by_path, by_json, CHAT_ID_LEN) == 0);
    }

    chat_buf_free(&path);
    chat_buf_free(&json);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char          id[CHAT_ID_LEN], uid[CHAT_UID_MAX], again[CHAT_UID_MAX];
    size_t        i, len, len_again;
    chat_slice_t  text;

    static const chat_slice_t  methods[] = {
        { 3, (const uint8_t *) "GET" }, { 4, (const uint8_t *) "POST" },
        { 6, (const uint8_t *) "DELETE" }
    };

    text = chat_slice_of(data, size);

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (chat_target_of_path(methods[i], text, asker, id) == CHAT_OK) {
            is_id(id);
        }
    }

    if (chat_target_of_json(text, asker, id) == CHAT_OK) {
        is_id(id);
    }

    if (chat_id_parse(text, id) == CHAT_OK) {
        is_id(id);
    }

    MUST(chat_uid_valid(text) == (chat_uid_parse(text, uid, &len) == CHAT_OK));

    if (chat_uid_valid(text)) {
        MUST(chat_uid_parse(chat_slice_of(uid, len), again, &len_again)
             == CHAT_OK);
        MUST(len == len_again && memcmp(uid, again, len) == 0);
        same_person(text);
    }

    return 0;
}
