#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

/*
 * The messages of a run carry its name and their number, so that one that is
 * heard is known again, and nothing of an earlier run is taken for it.
 */

#include "chat_buf.h"
#include "load.h"


/* send-message's payload; `to` a person, or `conversation` if not NULL. */
void load_message_encode(chat_buf_t *b, const load_options_t *o, uint64_t n,
    chat_slice_t to, const char *conversation);

/* The number of a new-message event of this run; CHAT_NOT_FOUND. */
chat_status_t load_message_number(chat_slice_t args, uint64_t *n)
    CHAT_MUST_CHECK;


#endif /* LOAD_MESSAGE_H */
