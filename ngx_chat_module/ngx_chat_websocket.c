
/*
 * A WebSocket connection: its beginning and end (what comes in and goes out is
 * ngx_chat_websocket_read.c's and ngx_chat_websocket_write.c's).  It is taken
 * over from nginx's HTTP in ngx_chat_websocket_upgrade.c, or from another
 * process.  It must not know what its messages mean.
 */

#include "ngx_chat_websocket_state.h"


void
ngx_chat_websocket_begin(ngx_chat_websocket_t *ws)
{
    ngx_connection_t  *c;

    c = ws->connection;

    c->data = ws;
    c->read->handler = ngx_chat_websocket_read_handler;
    c->write->handler = ngx_chat_websocket_write_handler;

    /* a reload finds idle connections once: this one, or ngx_exiting below */
    c->idle = 1;
    ngx_reusable_connection(c, 0);

    ngx_chat_websocket_move(ws, NGX_CHAT_WS_OPEN);

    if (ws->user->begin(ws->data, ws) == NGX_DONE) {
        return;
    }

    if (ngx_exiting && ws->user) {
        ws->user->leave(ws->data);
    }

    ngx_chat_websocket_read_handler(c->read);
}


void
ngx_chat_websocket_adopt(ngx_connection_t *c, ngx_chat_loc_conf_t *conf,
    chat_slice_t early, const ngx_chat_websocket_user_pt *user, void *data)
{
    u_char                *p;
    ngx_chat_websocket_t  *ws;

    ws = ngx_calloc(sizeof(ngx_chat_websocket_t), c->log);

    if (ws == NULL) {
        user->lost(data, "no memory");
        ngx_http_close_connection(c);
        return;
    }

    ws->user = user;
    ws->data = data;
    ws->connection = c;
    ws->conf = conf;

    p = (u_char *) early.data;

    if (ngx_chat_websocket_keep(ws, p, p + early.len) != NGX_OK) {
        ngx_chat_websocket_free(ws);
        ngx_http_close_connection(c);
        return;
    }

    ngx_chat_websocket_begin(ws);
}


ngx_connection_t *
ngx_chat_websocket_dissolve(ngx_chat_websocket_t *ws, u_char **early,
    size_t *early_len)
{
    ngx_connection_t  *c;

    c = ws->connection;

    *early_len = ws->rest ? (size_t) (ws->rest->last - ws->rest->p) : 0;
    *early = NULL;

    if (*early_len) {
        ngx_memmove(ws->rest, ws->rest->p, *early_len);
        *early = (u_char *) ws->rest;
        ws->rest = NULL;
    }

    ws->user = NULL;
    ngx_chat_websocket_free(ws);

    return c;
}


void
ngx_chat_websocket_part(ngx_chat_websocket_t *ws, const char *why)
{
    const ngx_chat_websocket_user_pt  *user;

    user = ws->user;
    ws->user = NULL;

    if (user) {
        user->lost(ws->data, why);
    }
}


void
ngx_chat_websocket_free(ngx_chat_websocket_t *ws)
{
    ngx_chat_websocket_part(ws, "connection closed");

    ngx_chat_websocket_forget(ws);
    ngx_chat_msg_queue_clear(&ws->out);
    ngx_free(ws);
}


void
ngx_chat_websocket_finish(ngx_chat_websocket_t *ws, const char *why)
{
    ngx_connection_t  *c;

    c = ws->connection;

    ngx_chat_websocket_part(ws, why);
    ngx_chat_websocket_free(ws);

    ngx_http_close_connection(c);
}
