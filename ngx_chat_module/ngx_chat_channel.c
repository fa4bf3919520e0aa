
/*
 * Subscriptions.  A channel has one command in flight at most, and a wish that
 * comes during `unsubscribing` waits for its answer: else one listener would be
 * told of another's confirmation.  What nobody wishes for lingers for a while,
 * because people reload pages.  Under ngx_chat_bus, over ngx_chat_link.
 */

#include "ngx_chat_channel_node.h"
#include "ngx_chat_link.h"

#include <ngx_event.h>


#define NGX_CHAT_CHANNEL_LINGER_MS  30000


static struct {
    ngx_chat_channel_nodes_t    nodes;
    ngx_queue_t                 lingering;  /* the oldest first */
    ngx_event_t                 linger;
    ngx_uint_t                  resuming;   /* confirmations awaited */
    ngx_chat_channel_upward_t   upward;
} ngx_chat_channel;


static void ngx_chat_channel_send(ngx_chat_channel_node_t *node,
    ngx_chat_channel_state_t state);
static void ngx_chat_channel_confirmed(ngx_chat_channel_node_t *node,
    ngx_str_t id);
static void ngx_chat_channel_linger(ngx_chat_channel_node_t *node);
static void ngx_chat_channel_linger_handler(ngx_event_t *ev);


void
ngx_chat_channel_init_process(ngx_cycle_t *cycle, ngx_str_t prefix,
    const ngx_chat_channel_upward_t *upward)
{
    ngx_memzero(&ngx_chat_channel, sizeof(ngx_chat_channel));

    ngx_chat_channel_nodes_init(&ngx_chat_channel.nodes, prefix);
    ngx_queue_init(&ngx_chat_channel.lingering);

    ngx_chat_channel.upward = *upward;

    ngx_chat_channel.linger.handler = ngx_chat_channel_linger_handler;
    ngx_chat_channel.linger.log = cycle->log;
    ngx_chat_channel.linger.cancelable = 1;
}


void
ngx_chat_channel_exit_process(void)
{
    ngx_queue_t              *q;
    ngx_chat_channel_node_t  *node;

    ngx_chat_channel_suspend();

    while (!ngx_queue_empty(&ngx_chat_channel.nodes.all)) {
        q = ngx_queue_head(&ngx_chat_channel.nodes.all);
        node = ngx_queue_data(q, ngx_chat_channel_node_t, all);
        ngx_chat_channel_node_destroy(&ngx_chat_channel.nodes, &node);
    }
}


ngx_int_t
ngx_chat_channel_subscribe(ngx_chat_channel_t kind, ngx_str_t id)
{
    ngx_chat_channel_node_t  *node;

    node = ngx_chat_channel_node(&ngx_chat_channel.nodes, kind, id, 1);
    if (node == NULL) {
        return NGX_ERROR;
    }

    node->wished = 1;

    switch (node->state) {

    case NGX_CHAT_CHANNEL_LINGERING:
        ngx_queue_remove(&node->lingering);
        node->state = NGX_CHAT_CHANNEL_ON;
        return NGX_OK;

    case NGX_CHAT_CHANNEL_ON:
        return NGX_OK;

    case NGX_CHAT_CHANNEL_OFF:
        if (ngx_chat_link_subscriber()) {
            ngx_chat_channel_send(node, NGX_CHAT_CHANNEL_SUBSCRIBING);
        }

        break;

    default: /* its answer is on the way */
        break;
    }

    node->tell = 1;

    return NGX_AGAIN;
}


void
ngx_chat_channel_unsubscribe(ngx_chat_channel_t kind, ngx_str_t id)
{
    ngx_chat_channel_node_t  *node;

    node = ngx_chat_channel_node(&ngx_chat_channel.nodes, kind, id, 0);
    if (node == NULL) {
        return;
    }

    node->wished = 0;
    node->tell = 0;

    if (node->state == NGX_CHAT_CHANNEL_ON) {
        ngx_chat_channel_linger(node);

    } else if (node->state == NGX_CHAT_CHANNEL_OFF) {
        ngx_chat_channel_node_destroy(&ngx_chat_channel.nodes, &node);
    }
}


void
ngx_chat_channel_resume(void)
{
    ngx_queue_t              *q;
    ngx_chat_channel_node_t  *node;

    for (q = ngx_queue_head(&ngx_chat_channel.nodes.all);
         q != ngx_queue_sentinel(&ngx_chat_channel.nodes.all);
         q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, ngx_chat_channel_node_t, all);

        node->resuming = 1;
        ngx_chat_channel.resuming++;
        ngx_chat_channel_send(node, NGX_CHAT_CHANNEL_SUBSCRIBING);
    }
}


void
ngx_chat_channel_suspend(void)
{
    ngx_queue_t              *q, *next;
    ngx_chat_channel_node_t  *node;

    if (ngx_chat_channel.linger.timer_set) {
        ngx_del_timer(&ngx_chat_channel.linger);
    }

    ngx_queue_init(&ngx_chat_channel.lingering);
    ngx_chat_channel.resuming = 0;

    for (q = ngx_queue_head(&ngx_chat_channel.nodes.all);
         q != ngx_queue_sentinel(&ngx_chat_channel.nodes.all);
         q = next)
    {
        next = ngx_queue_next(q);
        node = ngx_queue_data(q, ngx_chat_channel_node_t, all);

        node->state = NGX_CHAT_CHANNEL_OFF;
        node->resuming = 0;

        if (!node->wished) {
            ngx_chat_channel_node_destroy(&ngx_chat_channel.nodes, &node);
        }
    }
}


void
ngx_chat_channel_pushed(const ngx_chat_resp_t *value)
{
    ngx_str_t                 what, name, id;
    ngx_chat_channel_node_t  *node;

    if (value->type == NGX_CHAT_RESP_ERROR) {
        ngx_chat_link_fail("it refuses a subscription: compare chat_redis"
                           " with its ACL");
        return;
    }

    what = ngx_chat_resp_text(value, 0);
    name = ngx_chat_resp_text(value, 1);

    node = ngx_chat_channel_node_find(&ngx_chat_channel.nodes, name);
    if (node == NULL) {
        return;                            /* a pong, too */
    }

    /* of the answer, which lives through the call; the node may not */

    id.data = name.data + node->id;
    id.len = name.len - node->id;

    switch (what.len ? what.data[0] : 0) {

    case 'm':

        if (node->state == NGX_CHAT_CHANNEL_ON) {
            ngx_chat_channel.upward.message(node->kind, id,
                                            ngx_chat_resp_text(value, 2));
        }

        break;

    case 's':
        ngx_chat_channel_confirmed(node, id);
        break;

    case 'u':

        if (node->wished) {
            ngx_chat_channel_send(node, NGX_CHAT_CHANNEL_SUBSCRIBING);

        } else {
            ngx_chat_channel_node_destroy(&ngx_chat_channel.nodes, &node);
        }
    }
}


static void
ngx_chat_channel_confirmed(ngx_chat_channel_node_t *node, ngx_str_t id)
{
    ngx_uint_t          tell, resuming;
    ngx_chat_channel_t  kind;

    kind = node->kind;
    tell = node->tell;
    resuming = node->resuming;

    node->tell = 0;
    node->resuming = 0;
    node->state = NGX_CHAT_CHANNEL_ON;

    if (!node->wished) {
        ngx_chat_channel_linger(node);
    }

    if (tell) {
        ngx_chat_channel.upward.subscribed(kind, id);
    }

    if (resuming && --ngx_chat_channel.resuming == 0) {
        ngx_chat_channel.upward.resumed();
    }
}


static void
ngx_chat_channel_send(ngx_chat_channel_node_t *node,
    ngx_chat_channel_state_t state)
{
    chat_slice_t  args[2];

    node->state = state;

    args[0] = (state == NGX_CHAT_CHANNEL_SUBSCRIBING)
              ? chat_slice("SUBSCRIBE") : chat_slice("UNSUBSCRIBE");
    args[1] = ngx_chat_slice(node->node.str);

    if (ngx_chat_redis_send(ngx_chat_link_subscriber(), args, 2) != NGX_OK) {
        ngx_chat_link_fail("no memory");
    }
}


static void
ngx_chat_channel_linger(ngx_chat_channel_node_t *node)
{
    node->state = NGX_CHAT_CHANNEL_LINGERING;
    node->until = ngx_current_msec + NGX_CHAT_CHANNEL_LINGER_MS;
    ngx_queue_insert_tail(&ngx_chat_channel.lingering, &node->lingering);

    if (!ngx_chat_channel.linger.timer_set) {
        ngx_add_timer(&ngx_chat_channel.linger, NGX_CHAT_CHANNEL_LINGER_MS);
    }
}


static void
ngx_chat_channel_linger_handler(ngx_event_t *ev)
{
    ngx_queue_t              *q;
    ngx_chat_channel_node_t  *node;

    while (!ngx_queue_empty(&ngx_chat_channel.lingering)) {

        q = ngx_queue_head(&ngx_chat_channel.lingering);
        node = ngx_queue_data(q, ngx_chat_channel_node_t, lingering);

        if ((ngx_msec_int_t) (node->until - ngx_current_msec) > 0) {
            ngx_add_timer(ev, node->until - ngx_current_msec);
            return;
        }

        ngx_queue_remove(q);
        ngx_chat_channel_send(node, NGX_CHAT_CHANNEL_UNSUBSCRIBING);
    }
}
