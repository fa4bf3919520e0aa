
/*
 * The table of jobs that wait for their replies.  ngx_chat_bus puts them in
 * and settles them; what nobody settles in time is settled here with 504.
 */

#include "ngx_chat_ask.h"
#include "ngx_chat_metrics.h"

#include <ngx_event.h>


static struct {
    ngx_rbtree_t         tree;
    ngx_rbtree_node_t    sentinel;
    ngx_uint_t           count;
} ngx_chat_asks;


static void ngx_chat_ask_deadline(ngx_event_t *ev);


void
ngx_chat_ask_init_process(void)
{
    ngx_rbtree_init(&ngx_chat_asks.tree, &ngx_chat_asks.sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_chat_asks.count = 0;
}


void
ngx_chat_ask_exit_process(void)
{
    while (ngx_chat_asks.tree.root != &ngx_chat_asks.sentinel) {
        ngx_chat_ask_drop((ngx_chat_ask_t *) ngx_chat_asks.tree.root);
    }
}


ngx_chat_ask_t *
ngx_chat_ask_create(const char id[CHAT_ID_LEN], ngx_chat_reply_pt done,
    void *data, ngx_msec_t ttl_ms)
{
    ngx_chat_ask_t  *ask;

    ask = ngx_calloc(sizeof(ngx_chat_ask_t), ngx_cycle->log);
    if (ask == NULL) {
        return NULL;
    }

    ngx_memcpy(ask->id, id, CHAT_ID_LEN);

    ask->done = done;
    ask->data = data;
    ask->refs = 1;

    ask->node.str.data = ask->id;
    ask->node.str.len = CHAT_ID_LEN;
    ask->node.node.key = ngx_crc32_short(ask->id, CHAT_ID_LEN);
    ngx_rbtree_insert(&ngx_chat_asks.tree, &ask->node.node);
    ngx_chat_asks.count++;

    ask->deadline.handler = ngx_chat_ask_deadline;
    ask->deadline.data = ask;
    ask->deadline.log = ngx_cycle->log;
    ngx_add_timer(&ask->deadline, ttl_ms);

    return ask;
}


ngx_chat_ask_t *
ngx_chat_ask_find(chat_slice_t id)
{
    ngx_str_t  text;

    text.data = (u_char *) id.data;
    text.len = id.len;

    return (ngx_chat_ask_t *)
               ngx_str_rbtree_lookup(&ngx_chat_asks.tree, &text,
                                     ngx_crc32_short(text.data, text.len));
}


void
ngx_chat_ask_settle(ngx_chat_ask_t *ask, ngx_uint_t status,
    const chat_envelope_t *reply)
{
    void               *data;
    ngx_chat_reply_pt   done;

    done = ask->done;
    data = ask->data;

    ngx_chat_ask_drop(ask);

    if (done) {
        done(data, status, reply);
    }
}


void
ngx_chat_ask_drop(ngx_chat_ask_t *ask)
{
    if (ask->done == NULL) {
        return;
    }

    ask->done = NULL;

    if (ask->deadline.timer_set) {
        ngx_del_timer(&ask->deadline);
    }

    ngx_rbtree_delete(&ngx_chat_asks.tree, &ask->node.node);
    ngx_chat_asks.count--;

    ngx_chat_ask_unref(ask);
}


void
ngx_chat_ask_unref(ngx_chat_ask_t *ask)
{
    if (--ask->refs) {
        return;
    }

    ngx_free(ask->reply.data);
    ngx_free(ask);
}


ngx_uint_t
ngx_chat_ask_count(void)
{
    return ngx_chat_asks.count;
}


static void
ngx_chat_ask_deadline(ngx_event_t *ev)
{
    ngx_chat_metric(NGX_CHAT_M_JOBS_TIMED_OUT);
    ngx_chat_ask_settle(ev->data, NGX_HTTP_GATEWAY_TIME_OUT, NULL);
}
