
/*
 * The polling transport of a session: what it sends waits here for a GET, what
 * it holds waits in a POST.  The session calls the table of functions, requests
 * come through ngx_chat_polling_poll.c.  What happens during a turn of the
 * event loop is looked at once, at its end; so nothing is freed in the middle
 * of a call, and the packets of a turn leave in one answer.  It must not know
 * HTTP.
 */

#include "ngx_chat_polling_state.h"
#include "ngx_chat_memory.h"
#include "ngx_chat_shm.h"


static ngx_int_t ngx_chat_polling_write(void *transport, ngx_chat_msg_t *msg);
static ngx_uint_t ngx_chat_polling_ready(void *transport);
static void ngx_chat_polling_hold(void *transport, ngx_uint_t on);
static void ngx_chat_polling_turn(ngx_event_t *ev);
static void ngx_chat_polling_timer(ngx_event_t *ev);


const ngx_chat_transport_pt  ngx_chat_polling_transport = {
    ngx_chat_polling_write,
    ngx_chat_polling_ready,
    ngx_chat_polling_hold,
    ngx_chat_polling_close
};

static ngx_rbtree_t       ngx_chat_pollings;
static ngx_rbtree_node_t  ngx_chat_pollings_sentinel;


ngx_int_t
ngx_chat_polling_init_process(ngx_cycle_t *cycle)
{
    ngx_rbtree_init(&ngx_chat_pollings, &ngx_chat_pollings_sentinel,
                    ngx_str_rbtree_insert_value);

    return NGX_OK;
}


/* Sessions have ended before; what still lingers is ended here. */
void
ngx_chat_polling_exit_process(ngx_cycle_t *cycle)
{
    while (ngx_chat_pollings.root != ngx_chat_pollings.sentinel) {
        ngx_chat_polling_destroy((ngx_chat_polling_t *)
                                                      ngx_chat_pollings.root);
    }
}


ngx_chat_polling_t *
ngx_chat_polling_create(ngx_chat_session_t *s)
{
    ngx_chat_polling_t  *p;

    p = ngx_calloc(sizeof(ngx_chat_polling_t), ngx_cycle->log);
    if (p == NULL) {
        return NULL;
    }

    p->session = s;
    p->conf = ngx_chat_session_conf(s);
    p->row = NGX_CHAT_ROW_NONE;
    ngx_memcpy(p->sid, ngx_chat_session_sid(s), sizeof(p->sid));

    p->turn.handler = ngx_chat_polling_turn;
    p->turn.data = p;
    p->turn.log = ngx_cycle->log;

    p->timer.handler = ngx_chat_polling_timer;
    p->timer.data = p;
    p->timer.log = ngx_cycle->log;

    p->node.str.len = sizeof(p->sid);
    p->node.str.data = p->sid;
    p->node.node.key = ngx_crc32_short(p->sid, sizeof(p->sid));

    ngx_rbtree_insert(&ngx_chat_pollings, &p->node.node);

    return p;
}


ngx_chat_polling_t *
ngx_chat_polling_find(const u_char *sid)
{
    ngx_str_t  key;

    key.len = CHAT_EIO_SID_LEN;
    key.data = (u_char *) sid;

    return (ngx_chat_polling_t *) ngx_str_rbtree_lookup(&ngx_chat_pollings,
                                  &key, ngx_crc32_short(key.data, key.len));
}


/* Its session, if there is one, has to know before. */
void
ngx_chat_polling_destroy(ngx_chat_polling_t *p)
{
    ngx_rbtree_delete(&ngx_chat_pollings, &p->node.node);

    ngx_chat_probe_close(p);

    if (p->get) {
        ngx_chat_poll_answer(p->get, NGX_CHAT_POLL_MISMATCH,
                             chat_slice_of(NULL, 0));
    }

    if (p->post) {
        ngx_chat_poll_answer(p->post, NGX_CHAT_POLL_UNKNOWN,
                             chat_slice_of(NULL, 0));
    }

    if (p->row != NGX_CHAT_ROW_NONE) {
        ngx_chat_shm_row_free(&p->row);
    }

    if (p->turn.posted) {
        ngx_delete_posted_event(&p->turn);
    }

    if (p->timer.timer_set) {
        ngx_del_timer(&p->timer);
    }

    ngx_chat_msg_queue_clear(&p->out);
    ngx_free(p);
}


/* --- the session's calls ------------------------------------------------ */

static ngx_int_t
ngx_chat_polling_write(void *transport, ngx_chat_msg_t *msg)
{
    ngx_chat_polling_t  *p;

    p = transport;

    /* what comes in one turn is one burst, for which nobody is too slow */

    if ((!p->turn.posted && p->out.bytes > p->conf->send_queue)
        || (p->out.head && ngx_chat_memory_full()))
    {
        return NGX_BUSY;
    }

    ngx_chat_polling_soon(p);

    return ngx_chat_msg_queue_push(&p->out, msg);
}


static ngx_uint_t
ngx_chat_polling_ready(void *transport)
{
    ngx_chat_polling_t  *p;

    p = transport;

    return p->get != NULL;
}


static void
ngx_chat_polling_hold(void *transport, ngx_uint_t on)
{
    ngx_chat_polling_t  *p;

    p = transport;
    p->held = on;

    if (!on) {
        ngx_chat_polling_soon(p);
    }
}


/* --- the end of a turn -------------------------------------------------- */

void
ngx_chat_polling_soon(ngx_chat_polling_t *p)
{
    ngx_post_event(&p->turn, &ngx_posted_events);
}


static void
ngx_chat_polling_turn(ngx_event_t *ev)
{
    ngx_chat_polling_t  *p;

    p = ev->data;

    if (p->post) {
        ngx_chat_polling_take(p);
    }

    if (p->post == NULL && ngx_chat_probe_complete(p) == NGX_DONE) {
        return;
    }

    if (p->get && p->out.head) {
        ngx_chat_polling_drain(p);
    }
}


static void
ngx_chat_polling_timer(ngx_event_t *ev)
{
    ngx_chat_polling_t  *p;

    p = ev->data;

    if (p->state != NGX_CHAT_POLLING_OPEN) {
        ngx_chat_polling_destroy(p);
        return;
    }

    ngx_chat_polling_release(p);
}
