
/*
 * Delivery reports.  The fan-out and a socket's beginning say which message
 * reached whom; every 50 ms one job a slot carries them to whoever holds the
 * conversations.  Only ticks depend on it, so what does not fit is dropped: the
 * next message of the conversation reports for those before it.
 */

#include "ngx_chat_delivered.h"


#define NGX_CHAT_DELIVERED_MS        50
#define NGX_CHAT_DELIVERED_RETRY_MS  1000
#define NGX_CHAT_DELIVERED_MAX       65536     /* pairs waiting */


typedef struct {
    ngx_str_node_t   node;         /* "<conversation> <uid>" */
    ngx_queue_t      link;
    uint64_t         seq;
    u_char           text[];
} ngx_chat_delivered_t;


static ngx_chat_delivered_t *ngx_chat_delivered_find(ngx_str_t key);
static void ngx_chat_delivered_handler(ngx_event_t *ev);
static ngx_uint_t ngx_chat_delivered_send(chat_buf_t *bodies,
    ngx_uint_t slots);
static ngx_int_t ngx_chat_delivered_push(const chat_buf_t *body);
static void ngx_chat_delivered_clear(void);


static ngx_rbtree_t        ngx_chat_delivered_tree;
static ngx_rbtree_node_t   ngx_chat_delivered_sentinel;
static ngx_queue_t         ngx_chat_delivered_list;
static ngx_uint_t          ngx_chat_delivered_count;
static ngx_event_t         ngx_chat_delivered_event;


void
ngx_chat_delivered_init(ngx_cycle_t *cycle)
{
    ngx_rbtree_init(&ngx_chat_delivered_tree, &ngx_chat_delivered_sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&ngx_chat_delivered_list);

    ngx_chat_delivered_event.handler = ngx_chat_delivered_handler;
    ngx_chat_delivered_event.log = cycle->log;
    ngx_chat_delivered_event.data = &ngx_chat_delivered_event;
}


void
ngx_chat_delivered_exit(void)
{
    if (ngx_chat_delivered_event.timer_set) {
        ngx_del_timer(&ngx_chat_delivered_event);
    }

    ngx_chat_delivered_clear();
}


void
ngx_chat_delivered(ngx_str_t conversation, ngx_str_t uid, uint64_t seq)
{
    u_char                 text[CHAT_ID_LEN + 1 + CHAT_UID_MAX];
    ngx_str_t              key;
    ngx_chat_delivered_t  *d;

    if (conversation.len != CHAT_ID_LEN || uid.len > CHAT_UID_MAX) {
        return;
    }

    key.data = text;
    key.len = (size_t) (ngx_sprintf(text, "%V %V", &conversation, &uid)
                        - text);

    d = ngx_chat_delivered_find(key);

    if (d) {
        d->seq = ngx_max(d->seq, seq);
    }
}


/* Finds or makes the entry; NULL when there are too many. */
static ngx_chat_delivered_t *
ngx_chat_delivered_find(ngx_str_t key)
{
    uint32_t               hash;
    ngx_str_node_t        *node;
    ngx_chat_delivered_t  *d;

    hash = ngx_crc32_short(key.data, key.len);
    node = ngx_str_rbtree_lookup(&ngx_chat_delivered_tree, &key, hash);

    if (node) {
        return (ngx_chat_delivered_t *) node;
    }

    if (ngx_chat_delivered_count == NGX_CHAT_DELIVERED_MAX) {
        return NULL;
    }

    d = ngx_calloc(sizeof(ngx_chat_delivered_t) + key.len, ngx_cycle->log);
    if (d == NULL) {
        return NULL;
    }

    ngx_memcpy(d->text, key.data, key.len);
    d->node.str.data = d->text;
    d->node.str.len = key.len;
    d->node.node.key = hash;

    ngx_rbtree_insert(&ngx_chat_delivered_tree, &d->node.node);
    ngx_queue_insert_tail(&ngx_chat_delivered_list, &d->link);
    ngx_chat_delivered_count++;

    if (!ngx_chat_delivered_event.timer_set) {
        ngx_add_timer(&ngx_chat_delivered_event, NGX_CHAT_DELIVERED_MS);
    }

    return d;
}


static void
ngx_chat_delivered_handler(ngx_event_t *ev)
{
    ngx_uint_t             i, sent;
    chat_buf_t            *bodies, *b;
    ngx_queue_t           *q;
    ngx_chat_delivered_t  *d;
    ngx_chat_bus_state_t   state;

    ngx_chat_bus_state(&state);

    bodies = state.ready && state.slots
             ? ngx_alloc(state.slots * sizeof(chat_buf_t), ev->log) : NULL;

    if (bodies == NULL) {

        if (ngx_exiting) {
            ngx_chat_delivered_clear();
            return;
        }

        ngx_add_timer(ev, NGX_CHAT_DELIVERED_RETRY_MS);
        return;
    }

    for (i = 0; i < state.slots; i++) {
        chat_buf_init(&bodies[i], CHAT_BUS_JOB_MAX);
    }

    for (q = ngx_queue_head(&ngx_chat_delivered_list);
         q != ngx_queue_sentinel(&ngx_chat_delivered_list);
         q = ngx_queue_next(q))
    {
        d = ngx_queue_data(q, ngx_chat_delivered_t, link);
        b = &bodies[chat_slot(chat_slice_of(d->text, CHAT_ID_LEN),
                              state.slots)];

        chat_buf_put(b, d->text, d->node.str.len);
        chat_buf_byte(b, ' ');
        chat_buf_u64(b, d->seq);
        chat_buf_byte(b, '\n');
    }

    sent = ngx_chat_delivered_send(bodies, state.slots);
    ngx_free(bodies);

    /* a refusal is for a moment of overload: all of it again is no harm */
    if (sent || ngx_exiting) {
        ngx_chat_delivered_clear();
        return;
    }

    ngx_add_timer(ev, NGX_CHAT_DELIVERED_RETRY_MS);
}


/* Sends and frees the bodies; 0 if one was refused. */
static ngx_uint_t
ngx_chat_delivered_send(chat_buf_t *bodies, ngx_uint_t slots)
{
    ngx_uint_t  i, all;

    all = 1;

    for (i = 0; i < slots; i++) {

        if (bodies[i].len && ngx_chat_delivered_push(&bodies[i]) == NGX_BUSY) {
            all = 0;
        }

        chat_buf_free(&bodies[i]);
    }

    return all;
}


static ngx_int_t
ngx_chat_delivered_push(const chat_buf_t *body)
{
    ngx_chat_job_t  job;

    ngx_memzero(&job, sizeof(ngx_chat_job_t));

    ngx_str_set(&job.lane, CHAT_LANE_DEFAULT);
    job.kind = "delivered";
    job.slot_of = chat_slice_of(body->data, CHAT_ID_LEN);
    job.envelope.body = chat_buf_view(body);

    return ngx_chat_bus_push(&job, NULL);
}


static void
ngx_chat_delivered_clear(void)
{
    ngx_queue_t           *q;
    ngx_chat_delivered_t  *d;

    while (!ngx_queue_empty(&ngx_chat_delivered_list)) {
        q = ngx_queue_head(&ngx_chat_delivered_list);
        d = ngx_queue_data(q, ngx_chat_delivered_t, link);

        ngx_queue_remove(q);
        ngx_rbtree_delete(&ngx_chat_delivered_tree, &d->node.node);
        ngx_free(d);
    }

    ngx_chat_delivered_count = 0;
}
