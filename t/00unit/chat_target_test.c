
/*
 * Which conversation a request changes.  The asker is `bob` throughout; what
 * he and another have is known from chat_id_direct(), which has its own test.
 */

#include "tap.h"
#include "exact.h"
#include "chat_target.h"

#define C1     "56171b79b12ed21fb8c1b434"
#define ALICE  "507f1f77bcf86cd799439011"


static const struct {
    const char    *name;
    const char    *method;
    chat_slice_t   path;
    const char    *target;       /* a conversation, a person, NULL: none */
    bool           person;
} paths[] = {
    { "a conversation", "GET", BYTES("/api/conversations/" C1), C1, false },
    { "a conversation in capitals", "GET",
      BYTES("/api/conversations/56171B79B12ED21FB8C1B434"), C1, false },
    { "a conversation's messages", "POST",
      BYTES("/api/conversations/" C1 "/messages"), C1, false },
    { "a conversation's member", "DELETE",
      BYTES("/api/conversations/" C1 "/members/" ALICE), C1, false },
    { "a conversation and a slash", "PUT", BYTES("/api/conversations/" C1 "/"),
      C1, false },
    { "the messages with somebody", "GET", BYTES("/api/messages/" ALICE),
      ALICE, true },
    { "the messages with somebody in capitals", "GET",
      BYTES("/api/messages/507F1F77BCF86CD799439011"), ALICE, true },
    { "somebody with another kind of id", "GET", BYTES("/api/messages/carol"),
      "carol", true },
    { "sending to somebody", "POST", BYTES("/api/messages/send/" ALICE),
      ALICE, true },
    { "reading somebody", "POST", BYTES("/api/messages/" ALICE "/read"),
      ALICE, true },

    { "the conversations", "GET", BYTES("/api/conversations"), NULL, false },
    { "the conversations with a slash", "GET", BYTES("/api/conversations/"),
      NULL, false },
    { "a conversation with a bad id", "GET", BYTES("/api/conversations/abc"),
      NULL, false },
    { "a conversation with an encoded id", "GET",
      BYTES("/api/conversations/%356171b79b12ed21fb8c1b434"), NULL, false },
    { "another path that begins so", "GET",
      BYTES("/api/conversationsx/" C1), NULL, false },
    { "the people one writes to", "GET", BYTES("/api/messages/users"), NULL,
      false },
    { "sending to what the conversation is named in", "POST",
      BYTES("/api/messages"), NULL, false },
    { "editing a message", "PUT", BYTES("/api/messages/" C1), NULL, false },
    { "deleting a message", "DELETE", BYTES("/api/messages/" C1), NULL,
      false },
    { "reacting to a message", "PUT",
      BYTES("/api/messages/" C1 "/reactions/x"), NULL, false },
    { "reading with GET", "GET", BYTES("/api/messages/" ALICE "/read"), NULL,
      false },
    { "more behind the reading", "POST",
      BYTES("/api/messages/" ALICE "/read/x"), NULL, false },
    { "sending to nobody", "POST", BYTES("/api/messages/send/"), NULL, false },
    { "sending to a bad id", "POST", BYTES("/api/messages/send/a.b"), NULL,
      false },
    { "a method in small letters", "get", BYTES("/api/messages/" ALICE), NULL,
      false },
    { "another route", "GET", BYTES("/api/users/" ALICE), NULL, false },
    { "no path", "GET", BYTES(""), NULL, false }
};

static const struct {
    const char    *name;
    chat_slice_t   json;
    const char    *target;
    bool           person;
} objects[] = {
    { "conversationId", BYTES("{\"conversationId\":\"" C1 "\"}"), C1, false },
    { "conversationId in capitals",
      BYTES("{\"conversationId\":\"56171B79B12ED21FB8C1B434\"}"), C1, false },
    { "to", BYTES("{\"text\":\"hi\",\"to\":\"" ALICE "\"}"), ALICE, true },
    { "userId", BYTES("{\"userId\":\"" ALICE "\",\"seq\":1}"), ALICE, true },
    { "conversationId before to",
      BYTES("{\"to\":\"" ALICE "\",\"conversationId\":\"" C1 "\"}"), C1,
      false },
    { "to before userId", BYTES("{\"userId\":\"carol\",\"to\":\"" ALICE "\"}"),
      ALICE, true },
    { "null is as if it were not there",
      BYTES("{\"conversationId\":null,\"to\":\"" ALICE "\"}"), ALICE, true },
    { "an id written with escapes", BYTES("{\"to\":\"c\\u0061rol\"}"), "carol",
      true },

    { "a bad conversationId is not replaced by to",
      BYTES("{\"conversationId\":\"x\",\"to\":\"" ALICE "\"}"), NULL, false },
    { "an empty to", BYTES("{\"to\":\"\"}"), NULL, false },
    { "a to of 65 letters",
      BYTES("{\"to\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaa\"}"), NULL, false },
    { "a number", BYTES("{\"to\":1}"), NULL, false },
    { "an operator", BYTES("{\"to\":{\"$ne\":1}}"), NULL, false },
    { "none of them", BYTES("{\"messageId\":\"" C1 "\"}"), NULL, false },
    { "one of them deeper", BYTES("{\"a\":{\"to\":\"carol\"}}"), NULL, false },
    { "an array", BYTES("[\"to\",\"carol\"]"), NULL, false },
    { "a string", BYTES("\"carol\""), NULL, false },
    { "no JSON", BYTES(""), NULL, false }
};


static void
is_target(chat_status_t rc, const char conversation[CHAT_ID_LEN],
    const char *target, bool person, const char *name)
{
    char  expected[CHAT_ID_LEN];

    if (target == NULL) {
        tap_is_int(rc, CHAT_NOT_FOUND, name);
        return;
    }

    if (person) {
        chat_id_direct(chat_slice("bob"),
                       chat_slice_of(target, strlen(target)), expected);

    } else {
        memcpy(expected, target, CHAT_ID_LEN);
    }

    tap_ok(rc == CHAT_OK && memcmp(conversation, expected, CHAT_ID_LEN) == 0,
           name);
}


int
main(void)
{
    char           conversation[CHAT_ID_LEN];
    size_t         i;
    chat_slice_t   text;
    chat_status_t  rc;

    for (i = 0; i < countof(paths); i++) {
        text = exact(paths[i].path);
        rc = chat_target_of_path(chat_slice_of(paths[i].method,
                                               strlen(paths[i].method)),
                                 text, chat_slice("bob"), conversation);
        is_target(rc, conversation, paths[i].target, paths[i].person,
                  paths[i].name);
        exact_free(text);
    }

    for (i = 0; i < countof(objects); i++) {
        text = exact(objects[i].json);
        rc = chat_target_of_json(text, chat_slice("bob"), conversation);
        is_target(rc, conversation, objects[i].target, objects[i].person,
                  objects[i].name);
        exact_free(text);
    }

    rc = chat_target_of_path(chat_slice("GET"),
                             chat_slice("/api/messages/" ALICE),
                             chat_slice(""), conversation);
    tap_is_int(rc, CHAT_NOT_FOUND, "nobody has no conversation with anybody");

    rc = chat_target_of_json(chat_slice("{\"conversationId\":\"" C1 "\"}"),
                             chat_slice(""), conversation);
    tap_is_int(rc, CHAT_OK, "but a conversation is one whoever asks");

    return tap_done();
}
