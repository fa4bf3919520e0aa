
/*
 * Messages waiting for one connection.  A message is shared; its place in the
 * queue and how much of it was written are the queue's own.
 */

#ifndef NGX_CHAT_MSG_QUEUE_H
#define NGX_CHAT_MSG_QUEUE_H


#include "ngx_chat_msg.h"


typedef struct ngx_chat_msg_node_s  ngx_chat_msg_node_t;


typedef struct {
    ngx_chat_msg_node_t   *head;         /* NULL: empty */
    ngx_chat_msg_node_t   *tail;
    size_t                 bytes;        /* not yet written */
    size_t                 head_sent;    /* bytes of the first message */
} ngx_chat_msg_queue_t;


/* Appends a reference of its own; NGX_ERROR: no memory. */
ngx_int_t ngx_chat_msg_queue_push(ngx_chat_msg_queue_t *queue,
    ngx_chat_msg_t *msg);

/*
 * Writes as much as the connection takes.  NGX_OK: the queue is empty;
 * NGX_AGAIN: the rest has to wait; NGX_ERROR: the connection is broken.
 */
ngx_int_t ngx_chat_msg_queue_flush(ngx_chat_msg_queue_t *queue,
    ngx_connection_t *c);

/* The first message, with its reference; NULL: empty.  None is half written. */
ngx_chat_msg_t *ngx_chat_msg_queue_take(ngx_chat_msg_queue_t *queue);

/* Forgets what was not written. */
void ngx_chat_msg_queue_clear(ngx_chat_msg_queue_t *queue);


#endif /* NGX_CHAT_MSG_QUEUE_H */
