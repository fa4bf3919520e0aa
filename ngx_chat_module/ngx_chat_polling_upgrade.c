
/*
 * From polling to a WebSocket.  The client opens it next to its polling, tries
 * it with a ping (`2probe`), waits until no request of its own is open, for
 * which a parked GET is released, and says `5`: from then on the WebSocket is
 * the session's transport, and what was queued leaves on it first.  Before, no
 * packet does; so none is lost, doubled or reordered.
 */

#include "ngx_chat_polling_state.h"
#include "ngx_chat_polling_probe.h"
#include "ngx_chat_metrics.h"


struct ngx_chat_probe_s {
    ngx_chat_polling_t     *polling;     /* NULL: gone */
    ngx_chat_websocket_t   *ws;          /* NULL: not upgraded yet */
    ngx_event_t             timer;
    ngx_uint_t              ready;       /* `5` was said */
};


static ngx_int_t ngx_chat_probe_begin(void *data, ngx_chat_websocket_t *ws);
static void ngx_chat_probe_text(void *data, chat_slice_t text);
static void ngx_chat_probe_binary(void *data, chat_slice_t bytes);
static void ngx_chat_probe_leave(void *data);
static void ngx_chat_probe_lost(void *data, const char *why);

static void ngx_chat_probe_answer(ngx_chat_probe_t *probe);
static void ngx_chat_probe_timeout(ngx_event_t *ev);
static void ngx_chat_probe_free(ngx_chat_probe_t *probe);


const ngx_chat_websocket_user_pt  ngx_chat_probe_user = {
    ngx_chat_probe_begin,
    ngx_chat_probe_text,
    ngx_chat_probe_binary,
    NULL,
    ngx_chat_probe_leave,
    ngx_chat_probe_lost
};


ngx_int_t
ngx_chat_polling_upgrade(ngx_http_request_t *r, ngx_str_t key,
    const ngx_chat_row_t *row)
{
    ngx_chat_probe_t  *probe;

    if (row->process != ngx_chat_shm_process()) {
        return ngx_chat_polling_pass(r, key, row);
    }

    probe = ngx_chat_probe_create(row->sid);

    return ngx_chat_websocket_upgrade(r, key,
                                      probe ? &ngx_chat_probe_user
                                            : &ngx_chat_websocket_nobody,
                                      probe);
}


ngx_chat_probe_t *
ngx_chat_probe_create(const u_char *sid)
{
    ngx_chat_probe_t    *probe;
    ngx_chat_polling_t  *p;

    p = ngx_chat_polling_find(sid);

    if (p == NULL || p->probe || p->session == NULL
        || !(p->conf->transports & NGX_CHAT_TRANSPORTS_WEBSOCKET))
    {
        return NULL;
    }

    probe = ngx_calloc(sizeof(ngx_chat_probe_t), ngx_cycle->log);
    if (probe == NULL) {
        return NULL;
    }

    probe->polling = p;
    p->probe = probe;

    probe->timer.handler = ngx_chat_probe_timeout;
    probe->timer.data = probe;
    probe->timer.log = ngx_cycle->log;

    ngx_add_timer(&probe->timer, p->conf->upgrade_timeout_ms);

    return probe;
}


static void
ngx_chat_probe_free(ngx_chat_probe_t *probe)
{
    ngx_chat_polling_t  *p;

    p = probe->polling;

    if (p) {
        p->probe = NULL;
        p->probed = 0;
    }

    if (probe->timer.timer_set) {
        ngx_del_timer(&probe->timer);
    }

    ngx_free(probe);
}


void
ngx_chat_probe_close(ngx_chat_polling_t *p)
{
    ngx_chat_probe_t  *probe;

    probe = p->probe;

    if (probe == NULL) {
        return;
    }

    if (probe->ws == NULL) {               /* 101 is still on its way */
        p->probe = NULL;
        probe->polling = NULL;
        return;
    }

    ngx_chat_websocket_close(probe->ws, NGX_CHAT_CLOSE_FLUSH);
    ngx_chat_probe_free(probe);
}


/* The session goes on polling, and another upgrade may be tried. */
static void
ngx_chat_probe_timeout(ngx_event_t *ev)
{
    ngx_chat_probe_t  *probe = ev->data;

    if (probe->polling) {
        ngx_chat_probe_close(probe->polling);
    }
}


ngx_int_t
ngx_chat_probe_complete(ngx_chat_polling_t *p)
{
    ngx_int_t              rc;
    ngx_chat_msg_t        *msg;
    ngx_chat_probe_t      *probe;
    ngx_chat_session_t    *s;
    ngx_chat_websocket_t  *ws;

    probe = p->probe;

    if (probe == NULL || !probe->ready) {
        return NGX_DECLINED;
    }

    s = p->session;
    ws = probe->ws;
    rc = NGX_OK;

    ngx_chat_probe_free(probe);
    p->session = NULL;

    while ((msg = ngx_chat_msg_queue_take(&p->out)) != NULL) {

        if (rc == NGX_OK) {
            rc = ngx_chat_websocket_send(ws, msg);
        }

        ngx_chat_msg_unref(&msg);
    }

    if (s) {
        ngx_chat_metric(NGX_CHAT_M_UPGRADES);
        ngx_chat_websocket_hold(ws, 0);
        ngx_chat_websocket_serve(ws, s);

        if (rc != NGX_OK) {
            ngx_chat_session_break(s, "no memory to send");
        }

    } else {
        ngx_chat_websocket_close(ws, NGX_CHAT_CLOSE_FLUSH);
    }

    ngx_chat_polling_destroy(p);

    return NGX_DONE;
}


/* --- the WebSocket's calls ---------------------------------------------- */

static ngx_int_t
ngx_chat_probe_begin(void *data, ngx_chat_websocket_t *ws)
{
    ngx_chat_probe_t  *probe = data;

    if (probe->polling == NULL) {
        ngx_chat_websocket_close(ws, NGX_CHAT_CLOSE_FLUSH);
        ngx_chat_probe_free(probe);
        return NGX_OK;
    }

    probe->ws = ws;

    return NGX_OK;
}


static void
ngx_chat_probe_text(void *data, chat_slice_t text)
{
    ngx_chat_probe_t  *probe = data;

    if (chat_slice_eq(text, chat_slice("2probe"))) {
        ngx_chat_probe_answer(probe);
        return;
    }

    if (chat_slice_eq(text, chat_slice("5"))) {

        /* behind a POST that is still being read; what follows waits, too */
        probe->ready = 1;
        ngx_chat_websocket_hold(probe->ws, 1);
        ngx_chat_polling_soon(probe->polling);
        return;
    }

    ngx_chat_probe_close(probe->polling);
}


static void
ngx_chat_probe_answer(ngx_chat_probe_t *probe)
{
    ngx_int_t        rc;
    chat_slice_t     pong = chat_slice("3probe");
    ngx_chat_msg_t  *msg;

    msg = ngx_chat_msg_create(&pong, 1, 0);
    rc = msg ? ngx_chat_websocket_send(probe->ws, msg) : NGX_ERROR;
    ngx_chat_msg_unref(&msg);

    if (rc != NGX_OK) {
        ngx_chat_probe_close(probe->polling);
        return;
    }

    ngx_chat_polling_probed(probe->polling);
}


static void
ngx_chat_probe_binary(void *data, chat_slice_t bytes)
{
    ngx_chat_probe_t  *probe = data;

    ngx_chat_probe_close(probe->polling);
}


/* The session does, and closes this with it. */
static void
ngx_chat_probe_leave(void *data)
{
}


static void
ngx_chat_probe_lost(void *data, const char *why)
{
    ngx_chat_probe_free(data);
}
