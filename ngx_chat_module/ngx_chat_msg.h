
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


typedef struct {
    ngx_uint_t   refs;
    size_t       head;           /* bytes of the WebSocket header */
    size_t       size;           /* head and payload */
    unsigned     binary:1;
    unsigned     volatile_:1;    /* may be dropped for a slow reader */
    u_char       data[];
} ngx_chat_msg_t;


/* A frame of the payload's pieces put together; refs is 1.  NULL: no memory. */
ngx_chat_msg_t *ngx_chat_msg_create(const chat_slice_t *pieces,
    ngx_uint_t count, ngx_uint_t binary);

/* A control frame, for one connection. */
ngx_chat_msg_t *ngx_chat_msg_control(chat_ws_opcode_t opcode,
    chat_slice_t payload);

static ngx_inline ngx_chat_msg_t *
ngx_chat_msg_ref(ngx_chat_msg_t *msg)
{
    msg->refs++;
    return msg;
}

/* Drops a reference and clears the pointer. */
void ngx_chat_msg_unref(ngx_chat_msg_t **msg);


#endif /* NGX_CHAT_MSG_H */
