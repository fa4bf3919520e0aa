
/*
 * Counted output: one message for any number of sockets, encoded once.  The
 * bytes never change after ngx_chat_msg_create(), so they are shared; each
 * socket keeps its own position.
 *
 *     data:  [ WebSocket header | payload ]       (a server's frames carry
 *             <-- head bytes -->                   no mask, RFC 6455, 5.1)
 */

#ifndef NGX_CHAT_MSG_H
#define NGX_CHAT_MSG_H


#include "ngx_chat.h"
#include "chat_ws_frame.h"


typedef struct ngx_chat_msg_s  ngx_chat_msg_t;

struct ngx_chat_msg_s {
    ngx_uint_t       refs;
    ngx_chat_msg_t  *base64;     /* a binary one as text; NULL: not made yet */
    size_t           head;       /* bytes of the WebSocket header */
    size_t           size;       /* head and payload */
    unsigned         binary:1;
    u_char           data[];
};


/* A frame of the payload's pieces put together; refs is 1.  NULL: no memory. */
ngx_chat_msg_t *ngx_chat_msg_create(const chat_slice_t *pieces,
    ngx_uint_t count, ngx_uint_t binary);

/*
 * A binary message as `b` and base64, for who takes text alone: made once, and
 * part of the other.  NULL: no memory.
 */
ngx_chat_msg_t *ngx_chat_msg_base64(ngx_chat_msg_t *msg);

/* A control frame, for one connection. */
ngx_chat_msg_t *ngx_chat_msg_control(chat_ws_opcode_t opcode,
    chat_slice_t payload);

static ngx_inline ngx_chat_msg_t *
ngx_chat_msg_ref(ngx_chat_msg_t *msg)
{
    msg->refs++;
    return msg;
}

static ngx_inline chat_slice_t
ngx_chat_msg_payload(const ngx_chat_msg_t *msg)
{
    return chat_slice_of(msg->data + msg->head, msg->size - msg->head);
}

/* Drops a reference and clears the pointer. */
void ngx_chat_msg_unref(ngx_chat_msg_t **msg);


#endif /* NGX_CHAT_MSG_H */
