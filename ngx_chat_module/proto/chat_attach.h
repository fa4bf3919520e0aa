
/*
 * Attachments on the bus: the bytes of binary arguments, one behind the other
 * at the end of a body, and their lengths in the header `att`:
 *
 *     att: 3,17
 */

#ifndef CHAT_ATTACH_H
#define CHAT_ATTACH_H


#include "chat_buf.h"


/* Those that have not been taken yet. */
typedef struct {
    chat_slice_t   lengths;
    chat_slice_t   bytes;
} chat_attach_t;


/*
 * Cuts them off the end of *body.  `lengths` is the header; absent: there are
 * none.  CHAT_BAD if it is no list of lengths, or they are more than the body.
 */
chat_status_t chat_attach_cut(chat_slice_t lengths, chat_slice_t *body,
    chat_attach_t *attach) CHAT_MUST_CHECK;

/* CHAT_NOT_FOUND after the last. */
chat_status_t chat_attach_next(chat_attach_t *attach, chat_slice_t *bytes)
    CHAT_MUST_CHECK;

/* Appends one more to a list of lengths. */
void chat_attach_add(chat_buf_t *lengths, size_t length);


#endif /* CHAT_ATTACH_H */
