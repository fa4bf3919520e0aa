
/*
 * What is to be written to one connection.  Transports push during a turn of
 * the event loop and flush at its end, so the packets of a turn leave in one
 * write.  Nodes are used again, because most live
 * for a turn only; an idle connection holds none.
 */

#include "ngx_chat_msg_queue.h"


#define NGX_CHAT_MSG_NODES_KEPT  4096
#define NGX_CHAT_MSG_WRITE_MAX   64      /* messages in one write */


struct ngx_chat_msg_node_s {
    ngx_chat_msg_node_t  *next;
    ngx_chat_msg_t       *msg;
};


static ngx_chat_msg_node_t *ngx_chat_msg_node_alloc(void);
static void ngx_chat_msg_queue_shift(ngx_chat_msg_queue_t *queue);


static ngx_chat_msg_node_t  *ngx_chat_msg_nodes;
static ngx_uint_t            ngx_chat_msg_nodes_count;


ngx_int_t
ngx_chat_msg_queue_push(ngx_chat_msg_queue_t *queue, ngx_chat_msg_t *msg)
{
    ngx_chat_msg_node_t  *node;

    node = ngx_chat_msg_node_alloc();
    if (node == NULL) {
        return NGX_ERROR;
    }

    node->next = NULL;
    node->msg = ngx_chat_msg_ref(msg);

    if (queue->head == NULL) {
        queue->head = node;

    } else {
        queue->tail->next = node;
    }

    queue->tail = node;
    queue->bytes += msg->size;

    return NGX_OK;
}


static ngx_chat_msg_node_t *
ngx_chat_msg_node_alloc(void)
{
    ngx_chat_msg_node_t  *node;

    node = ngx_chat_msg_nodes;

    if (node == NULL) {
        return ngx_alloc(sizeof(ngx_chat_msg_node_t), ngx_cycle->log);
    }

    ngx_chat_msg_nodes = node->next;
    ngx_chat_msg_nodes_count--;

    return node;
}


/* Takes the first message out, written or not. */
static void
ngx_chat_msg_queue_shift(ngx_chat_msg_queue_t *queue)
{
    ngx_chat_msg_node_t  *node;

    node = queue->head;

    queue->head = node->next;
    queue->bytes -= node->msg->size - queue->head_sent;
    queue->head_sent = 0;

    ngx_chat_msg_unref(&node->msg);

    if (ngx_chat_msg_nodes_count >= NGX_CHAT_MSG_NODES_KEPT) {
        ngx_free(node);
        return;
    }

    node->next = ngx_chat_msg_nodes;
    ngx_chat_msg_nodes = node;
    ngx_chat_msg_nodes_count++;
}


ngx_chat_msg_t *
ngx_chat_msg_queue_take(ngx_chat_msg_queue_t *queue)
{
    ngx_chat_msg_t  *msg;

    if (queue->head == NULL) {
        return NULL;
    }

    msg = ngx_chat_msg_ref(queue->head->msg);
    ngx_chat_msg_queue_shift(queue);

    return msg;
}


void
ngx_chat_msg_queue_clear(ngx_chat_msg_queue_t *queue)
{
    while (queue->head) {
        ngx_chat_msg_queue_shift(queue);
    }
}


ngx_int_t
ngx_chat_msg_queue_flush(ngx_chat_msg_queue_t *queue, ngx_connection_t *c)
{
    size_t                 sent;
    ngx_buf_t              bufs[NGX_CHAT_MSG_WRITE_MAX];
    ngx_uint_t             n;
    ngx_chain_t           *rest, links[NGX_CHAT_MSG_WRITE_MAX];
    ngx_chat_msg_node_t   *node;

    while (queue->head) {

        n = 0;

        for (node = queue->head;
             node && n < NGX_CHAT_MSG_WRITE_MAX;
             node = node->next)
        {
            ngx_memzero(&bufs[n], sizeof(ngx_buf_t));

            bufs[n].pos = node->msg->data + (n ? 0 : queue->head_sent);
            bufs[n].last = node->msg->data + node->msg->size;
            bufs[n].memory = 1;

            links[n].buf = &bufs[n];
            links[n].next = NULL;

            if (n) {
                links[n - 1].next = &links[n];
            }

            n++;
        }

        rest = c->send_chain(c, links, 0);

        if (rest == NGX_CHAIN_ERROR) {
            return NGX_ERROR;
        }

        /* the message that was cut, and those behind it */
        n = rest ? (ngx_uint_t) (rest - links) : n;

        while (n--) {
            ngx_chat_msg_queue_shift(queue);
        }

        if (rest) {
            sent = (size_t) (rest->buf->pos - queue->head->msg->data);
            queue->bytes -= sent - queue->head_sent;
            queue->head_sent = sent;

            return NGX_AGAIN;
        }
    }

    return NGX_OK;
}
