
/*
 * JSON on its way out: the one place that knows the names of fields which
 * clients see.  Unread counts, status and readers are computed from marks here
 * and stored nowhere.
 */


#include "view.h"


void
view_key(chat_buf_t *b, const char *key)
{
    if (b->len != 0 && b->data[b->len - 1] != '{') {
        chat_buf_byte(b, ',');
    }

    chat_buf_byte(b, '"');
    chat_buf_str(b, key);
    chat_buf_str(b, "\":");
}


void
view_string(chat_buf_t *b, const char *key, const char *value)
{
    if (value != NULL) {
        view_key(b, key);
        chat_buf_json(b, chat_slice_of(value, strlen(value)));
    }
}


void
view_slice(chat_buf_t *b, const char *key, chat_slice_t value)
{
    if (value.len != 0) {
        view_key(b, key);
        chat_buf_json(b, value);
    }
}


void
view_number(chat_buf_t *b, const char *key, uint64_t value)
{
    view_key(b, key);
    chat_buf_u64(b, value);
}


void
view_bool(chat_buf_t *b, const char *key, bool value)
{
    view_key(b, key);
    chat_buf_str(b, value ? "true" : "false");
}


void
view_time(chat_buf_t *b, const char *key, int64_t ms)
{
    if (ms != 0) {
        view_key(b, key);
        model_time_write(b, ms);
    }
}


/* Points may be taken away below nothing. */
static void
view_signed(chat_buf_t *b, const char *key, int64_t value)
{
    view_key(b, key);

    if (value < 0) {
        chat_buf_byte(b, '-');
    }

    chat_buf_u64(b, (value < 0) ? -(uint64_t) value : (uint64_t) value);
}


void
view_user_members(chat_buf_t *b, const model_user_t *user, bool whole)
{
    view_string(b, "_id", user->id);
    view_string(b, "username", user->username);
    view_string(b, "firstName", user->first_name);
    view_string(b, "lastName", user->last_name);
    view_string(b, "fullName", user->full_name);
    view_string(b, "avatar", user->avatar);
    view_string(b, "role", user->role);
    view_string(b, "field", user->field);
    view_string(b, "year", user->year);
    view_signed(b, "points", user->points);
    view_bool(b, "isBureau", user->is_bureau);
    view_string(b, "status", user->status);
    view_bool(b, "isActive", user->is_active);
    view_time(b, "lastSeen", user->last_seen_ms);
    view_time(b, "createdAt", user->created_at_ms);
    view_time(b, "updatedAt", user->updated_at_ms);

    if (whole) {
        view_string(b, "email", user->email);
        view_string(b, "phone", user->phone);
        view_time(b, "lastLogin", user->last_login_ms);
    }
}


void
view_user(chat_buf_t *b, const model_user_t *user, bool whole)
{
    chat_buf_byte(b, '{');
    view_user_members(b, user, whole);
    chat_buf_byte(b, '}');
}


/* `read` and `delivered` are said when they hold for every other member. */
static const char *
view_status(const model_message_t *message,
    const model_conversation_t *conversation)
{
    bool                   read, delivered;
    uint32_t               i;
    const model_member_t  *member;

    read = delivered = conversation->member_count > 1;

    for (i = 0; i < conversation->member_count; i++) {
        member = &conversation->members[i];

        if (strcmp(member->uid, message->sender) != 0) {
            read = read && member->read_seq >= message->seq;
            delivered = delivered && (member->delivered_seq >= message->seq
                                      || member->read_seq >= message->seq);
        }
    }

    return read ? "read" : delivered ? "delivered" : "sent";
}


static void
view_readers(chat_buf_t *b, const model_message_t *message,
    const model_conversation_t *conversation)
{
    bool                   first;
    uint32_t               i;
    const model_member_t  *member;

    if (conversation->member_count > VIEW_READERS_MAX) {
        return;
    }

    view_key(b, "readBy");
    chat_buf_byte(b, '[');
    first = true;

    for (i = 0; i < conversation->member_count; i++) {
        member = &conversation->members[i];

        if (member->read_seq >= message->seq) {
            chat_buf_str(b, first ? "" : ",");
            chat_buf_json(b, chat_slice_of(member->uid, strlen(member->uid)));
            first = false;
        }
    }

    chat_buf_byte(b, ']');
}


static const char *
view_or_null(const char *text)
{
    return (text[0] != '\0') ? text : NULL;
}


void
view_message(chat_buf_t *b, const model_message_t *message,
    const model_conversation_t *conversation)
{
    static const char  *const types[] = { "text", "image", "file", "audio" };

    chat_buf_byte(b, '{');
    view_string(b, "_id", message->id);
    view_string(b, "conversationId", message->conversation);
    view_number(b, "seq", message->seq);
    view_string(b, "senderId", message->sender);
    view_string(b, "receiverId", view_or_null(message->receiver));

    view_key(b, "text");
    chat_buf_json(b, message->text);

    view_string(b, "type", types[message->type]);

    if (message->metadata.len != 0) {
        view_key(b, "metadata");
        chat_buf_slice(b, message->metadata);
    }

    view_slice(b, "clientId", message->client_id);
    view_string(b, "replyTo", view_or_null(message->reply_to));
    view_string(b, "status", view_status(message, conversation));
    view_readers(b, message, conversation);

    view_key(b, "reactions");
    chat_buf_str(b, "{}");

    view_time(b, "createdAt", message->created_at_ms);
    view_time(b, "updatedAt", message->updated_at_ms);
    view_time(b, "editedAt", message->edited_at_ms);
    view_time(b, "deletedAt", message->deleted_at_ms);
    chat_buf_byte(b, '}');
}


uint64_t
view_unread(const model_conversation_t *conversation,
    const model_member_t *viewer)
{
    return (conversation->told_seq > viewer->read_seq)
           ? conversation->told_seq - viewer->read_seq : 0;
}


static void
view_members(chat_buf_t *b, const model_conversation_t *conversation)
{
    uint32_t               i;
    const model_member_t  *member;

    view_key(b, "members");
    chat_buf_byte(b, '[');

    for (i = 0; i < conversation->member_count; i++) {
        member = &conversation->members[i];

        chat_buf_str(b, (i == 0) ? "{" : ",{");
        view_string(b, "user", member->uid);
        view_string(b, "role", member->role);
        view_number(b, "readSeq", member->read_seq);
        view_number(b, "deliveredSeq",
                    (member->delivered_seq > member->read_seq)
                    ? member->delivered_seq : member->read_seq);
        view_time(b, "joinedAt", member->joined_at_ms);
        chat_buf_byte(b, '}');
    }

    chat_buf_byte(b, ']');
}


void
view_conversation(chat_buf_t *b, const model_conversation_t *conversation,
    const model_member_t *viewer, const model_message_t *last)
{
    chat_buf_byte(b, '{');
    view_string(b, "_id", conversation->id);
    view_string(b, "type",
                (conversation->type == MODEL_DIRECT) ? "direct" : "group");
    view_string(b, "name", conversation->name);
    view_string(b, "avatar", conversation->avatar);
    view_members(b, conversation);
    view_number(b, "lastSeq", conversation->told_seq);
    view_time(b, "lastMessageAt", conversation->last_at_ms);

    view_key(b, "lastMessage");

    if (last != NULL) {
        view_message(b, last, conversation);

    } else {
        chat_buf_str(b, "null");
    }

    view_number(b, "unreadCount", view_unread(conversation, viewer));
    view_bool(b, "muted", viewer->muted);
    view_string(b, "createdBy", view_or_null(conversation->created_by));
    view_time(b, "createdAt", conversation->created_at_ms);
    view_time(b, "updatedAt", conversation->updated_at_ms);
    chat_buf_byte(b, '}');
}
