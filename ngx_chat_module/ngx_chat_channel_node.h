
/*
 * The channels that are known, by name; for ngx_chat_channel.c alone.
 */

#ifndef NGX_CHAT_CHANNEL_NODE_H
#define NGX_CHAT_CHANNEL_NODE_H


#include "ngx_chat_channel.h"


typedef enum {
    NGX_CHAT_CHANNEL_OFF = 0,       /* wished for, but the link is down */
    NGX_CHAT_CHANNEL_SUBSCRIBING,
    NGX_CHAT_CHANNEL_ON,
    NGX_CHAT_CHANNEL_LINGERING,     /* on, and nobody wishes for it */
    NGX_CHAT_CHANNEL_UNSUBSCRIBING
} ngx_chat_channel_state_t;


typedef struct {
    ngx_str_node_t             node;        /* by the name in Redis */
    ngx_queue_t                all;
    ngx_queue_t                lingering;
    ngx_chat_channel_state_t   state;
    ngx_chat_channel_t         kind;
    ngx_msec_t                 until;       /* it lingers */
    size_t                     id;          /* where the id begins */
    unsigned                   wished:1;
    unsigned                   tell:1;      /* the wisher waits */
    unsigned                   resuming:1;  /* `resumed` waits */
    u_char                     name[];
} ngx_chat_channel_node_t;


typedef struct {
    ngx_rbtree_t               tree;
    ngx_rbtree_node_t          sentinel;
    ngx_queue_t                all;
    ngx_str_t                  prefix;
} ngx_chat_channel_nodes_t;


void ngx_chat_channel_nodes_init(ngx_chat_channel_nodes_t *nodes,
    ngx_str_t prefix);

/* NULL: there is none and none was to be made, or no memory. */
ngx_chat_channel_node_t *ngx_chat_channel_node(ngx_chat_channel_nodes_t *nodes,
    ngx_chat_channel_t kind, ngx_str_t id, ngx_uint_t create);

/* By its name in Redis; NULL. */
ngx_chat_channel_node_t *ngx_chat_channel_node_find(
    ngx_chat_channel_nodes_t *nodes, ngx_str_t name);

/* Of a node that does not linger. */
void ngx_chat_channel_node_destroy(ngx_chat_channel_nodes_t *nodes,
    ngx_chat_channel_node_t **node);


#endif /* NGX_CHAT_CHANNEL_NODE_H */
