
/*
 * The channels that are known, by their names in Redis, which are made here
 * from kind and id.  What they are for and how they change is
 * ngx_chat_channel's.
 */

#include "ngx_chat_channel_node.h"


#define NGX_CHAT_CHANNEL_NAME_MAX  256


static const char  *ngx_chat_channel_names[] = {
    [NGX_CHAT_CHANNEL_USER] = CHAT_BUS_USER,
    [NGX_CHAT_CHANNEL_CONVERSATION] = CHAT_BUS_CONV,
    [NGX_CHAT_CHANNEL_REPLY] = CHAT_BUS_REPLY,
    [NGX_CHAT_CHANNEL_ALL] = CHAT_BUS_ALL
};


void
ngx_chat_channel_nodes_init(ngx_chat_channel_nodes_t *nodes, ngx_str_t prefix)
{
    ngx_rbtree_init(&nodes->tree, &nodes->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&nodes->all);
    nodes->prefix = prefix;
}


ngx_chat_channel_node_t *
ngx_chat_channel_node(ngx_chat_channel_nodes_t *nodes,
    ngx_chat_channel_t kind, ngx_str_t id, ngx_uint_t create)
{
    u_char                    p[NGX_CHAT_CHANNEL_NAME_MAX];
    ngx_str_t                 name;
    ngx_chat_channel_node_t  *node;

    name.data = p;
    name.len = ngx_snprintf(p, sizeof(p), "%V%s%V", &nodes->prefix,
                            ngx_chat_channel_names[kind], &id) - p;

    node = ngx_chat_channel_node_find(nodes, name);

    if (node || !create) {
        return node;
    }

    node = ngx_calloc(sizeof(ngx_chat_channel_node_t) + name.len,
                      ngx_cycle->log);
    if (node == NULL) {
        return NULL;
    }

    ngx_memcpy(node->name, name.data, name.len);

    node->kind = kind;
    node->id = name.len - id.len;
    node->node.str.data = node->name;
    node->node.str.len = name.len;
    node->node.node.key = ngx_crc32_short(name.data, name.len);

    ngx_rbtree_insert(&nodes->tree, &node->node.node);
    ngx_queue_insert_tail(&nodes->all, &node->all);

    return node;
}


ngx_chat_channel_node_t *
ngx_chat_channel_node_find(ngx_chat_channel_nodes_t *nodes, ngx_str_t name)
{
    return (ngx_chat_channel_node_t *)
               ngx_str_rbtree_lookup(&nodes->tree, &name,
                                     ngx_crc32_short(name.data, name.len));
}


void
ngx_chat_channel_node_destroy(ngx_chat_channel_nodes_t *nodes,
    ngx_chat_channel_node_t **node)
{
    ngx_queue_remove(&(*node)->all);
    ngx_rbtree_delete(&nodes->tree, &(*node)->node.node);
    ngx_free(*node);

    *node = NULL;
}
