
/*
 * What clients see: status, readers and unread counts computed from marks,
 * what is absent left out, what is private kept.
 *
 * links: worker/handlers/view.c worker/model.c
 */

#include "tap.h"
#include "handlers/view.h"

#include <stdlib.h>


static char *
message_json(const model_message_t *message, const model_conversation_t *c)
{
    char        *text;
    chat_buf_t   b;

    chat_buf_init(&b, 10000);
    view_message(&b, message, c);

    text = calloc(1, b.len + 1);
    memcpy(text, b.data, b.len);
    chat_buf_free(&b);

    return text;
}


static void
check_status(void)
{
    char    *json;
    size_t   i;
    static const struct {
        uint64_t     read, delivered, seq;
        const char  *status, *readers, *name;
    } rows[] = {
        { 4, 4, 5, "\"status\":\"sent\"", "\"readBy\":[\"ann\"]",
          "sent: the other one is not so far" },
        { 4, 5, 5, "\"status\":\"delivered\"", "\"readBy\":[\"ann\"]",
          "delivered: exactly up to it" },
        { 5, 5, 5, "\"status\":\"read\"", "\"readBy\":[\"ann\",\"bob\"]",
          "read: exactly up to it" },
        { 9, 0, 5, "\"status\":\"read\"", "\"readBy\":[\"ann\",\"bob\"]",
          "what was read was delivered" },
    };

    for (i = 0; i < countof(rows); i++) {
        model_member_t  members[] = {
            { .uid = "ann", .read_seq = 9 },
            { .uid = "bob", .read_seq = rows[i].read,
              .delivered_seq = rows[i].delivered },
        };
        model_conversation_t  c = { .members = members, .member_count = 2 };
        model_message_t       m = { .sender = "ann", .seq = rows[i].seq };

        json = message_json(&m, &c);
        tap_ok(strstr(json, rows[i].status) != NULL, rows[i].name);
        tap_ok(strstr(json, rows[i].readers) != NULL, rows[i].name);
        free(json);
    }
}


static void
check_message(void)
{
    char                  *json;
    model_member_t         members[] = { { .uid = "ann" }, { .uid = "bob" } };
    model_conversation_t   c = { .members = members, .member_count = 2 };
    model_message_t        m = {
        .id = "56171b79b12ed21fb8c1b434",
        .conversation = "7d9052b76c5d0219e94770da",
        .seq = 3, .sender = "ann", .receiver = "bob",
        .text = chat_slice("a \"quoted\"\n\xc3\xa9"),
        .metadata = chat_slice("{\"k\":[1]}"),
        .client_id = chat_slice("c-1"),
        .created_at_ms = 1769860800123, .updated_at_ms = 1769860800123,
    };

    json = message_json(&m, &c);
    tap_is_str(json, "{\"_id\":\"56171b79b12ed21fb8c1b434\","
               "\"conversationId\":\"7d9052b76c5d0219e94770da\",\"seq\":3,"
               "\"senderId\":\"ann\",\"receiverId\":\"bob\","
               "\"text\":\"a \\\"quoted\\\"\\n\xc3\xa9\",\"type\":\"text\","
               "\"metadata\":{\"k\":[1]},\"clientId\":\"c-1\","
               "\"status\":\"sent\",\"readBy\":[],\"reactions\":{},"
               "\"createdAt\":\"2026-01-31T12:00:00.123Z\","
               "\"updatedAt\":\"2026-01-31T12:00:00.123Z\"}",
               "a message");
    free(json);
}


static void
check_unread(void)
{
    model_member_t        self = { .uid = "ann", .read_seq = 4 };
    model_conversation_t  c = { .told_seq = 9 };

    tap_is_int((int64_t) view_unread(&c, &self), 5,
               "unread: told and not read");

    c.told_seq = 3;
    tap_is_int((int64_t) view_unread(&c, &self), 0, "never less than none");
}


static void
check_user(void)
{
    size_t         i;
    chat_buf_t     b;
    model_user_t   user = {
        .id = "507f1f77bcf86cd799439011", .email = (char *) "a@b.c",
        .phone = (char *) "1", .password = (char *) "$2b$secret",
        .full_name = (char *) "Ann", .points = -3, .is_active = true,
        .last_login_ms = 1
    };
    static const char  *const private[] = { "email", "phone", "lastLogin" };

    chat_buf_init(&b, 10000);
    view_user(&b, &user, false);
    chat_buf_byte(&b, '\0');

    tap_is_str((char *) b.data, "{\"_id\":\"507f1f77bcf86cd799439011\","
               "\"fullName\":\"Ann\",\"points\":-3,\"isBureau\":false,"
               "\"isActive\":true}", "a user as others see him");

    chat_buf_reset(&b);
    view_user(&b, &user, true);
    chat_buf_byte(&b, '\0');

    for (i = 0; i < countof(private); i++) {
        tap_ok(strstr((char *) b.data, private[i]) != NULL, private[i]);
    }

    tap_ok(strstr((char *) b.data, "secret") == NULL,
           "nobody sees the password's hash");

    chat_buf_free(&b);
}


int
main(void)
{
    check_status();
    check_message();
    check_unread();
    check_user();

    return tap_done();
}
