
/*
 * How users, conversations and messages look in JSON, to REST and sockets
 * alike.  What somebody may see of somebody else is decided here.
 */

#ifndef VIEW_H
#define VIEW_H


#include "../model.h"


/* Up to that many members, a message says who has read it. */
#define VIEW_READERS_MAX  50


/* Members of an object; a comma is put where one belongs.  A NULL string,
 * an empty slice and the time 0 are left out. */
void view_key(chat_buf_t *b, const char *key);
void view_string(chat_buf_t *b, const char *key, const char *value);
void view_slice(chat_buf_t *b, const char *key, chat_slice_t value);
void view_number(chat_buf_t *b, const char *key, uint64_t value);
void view_bool(chat_buf_t *b, const char *key, bool value);
void view_time(chat_buf_t *b, const char *key, int64_t ms);

/* The members of a user's object; `whole` also what only the user himself and
 * administrators see. */
void view_user_members(chat_buf_t *b, const model_user_t *user, bool whole);
void view_user(chat_buf_t *b, const model_user_t *user, bool whole);

/* Status and readers follow from the marks in `conversation`. */
void view_message(chat_buf_t *b, const model_message_t *message,
    const model_conversation_t *conversation);

/* As `viewer` has it; `last` NULL: no message yet. */
void view_conversation(chat_buf_t *b, const model_conversation_t *conversation,
    const model_member_t *viewer, const model_message_t *last);

/* What was told and not yet read. */
uint64_t view_unread(const model_conversation_t *conversation,
    const model_member_t *viewer);


#endif /* VIEW_H */
