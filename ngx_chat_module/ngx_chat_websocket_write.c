
/*
 * What goes out on a WebSocket connection.  Its user sends and closes; what a
 * turn of the event loop queues is written at its end, with control frames
 * between, and at last the closing handshake (RFC 6455, 7) down to the end of
 * the TCP connection.
 */

#include "ngx_chat_websocket_state.h"
#include "ngx_chat_memory.h"
#include "ngx_chat_metrics.h"


#define NGX_CHAT_WS_LINGER_MS  5000      /* for the peer to close */


static void ngx_chat_websocket_jammed(ngx_chat_websocket_t *ws);
static void ngx_chat_websocket_flushed(ngx_chat_websocket_t *ws);
static void ngx_chat_websocket_linger(ngx_chat_websocket_t *ws);
static void ngx_chat_websocket_send_close(ngx_chat_websocket_t *ws,
    uint16_t code);


/* --- the user's calls --------------------------------------------------- */

ngx_int_t
ngx_chat_websocket_send(ngx_chat_websocket_t *ws, ngx_chat_msg_t *msg)
{
    size_t                  limit;
    ngx_event_t            *wev;

    wev = ws->connection->write;

    if (wev->timer_set) {                  /* the peer does not keep up */
        limit = ws->floor + ws->conf->send_queue;

        if (ws->out.bytes + msg->size > limit || ngx_chat_memory_full()) {
            return NGX_BUSY;
        }
    }

    if (ngx_chat_msg_queue_push(&ws->out, msg) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!wev->timer_set) {
        ngx_post_event(wev, &ngx_posted_events);
    }

    return NGX_OK;
}


ngx_uint_t
ngx_chat_websocket_ready(ngx_chat_websocket_t *ws)
{
    return !ws->connection->write->timer_set;
}


void
ngx_chat_websocket_user(ngx_chat_websocket_t *ws,
    const ngx_chat_websocket_user_pt *user, void *data)
{
    ws->user = user;
    ws->data = data;
}


void
ngx_chat_websocket_hold(ngx_chat_websocket_t *ws, ngx_uint_t on)
{
    if (on && ws->state == NGX_CHAT_WS_OPEN) {
        ngx_chat_websocket_move(ws, NGX_CHAT_WS_HELD);

    } else if (!on && ws->state == NGX_CHAT_WS_HELD) {
        ngx_chat_websocket_move(ws, NGX_CHAT_WS_OPEN);
        ngx_post_event(ws->connection->read, &ngx_posted_events);
    }
}


void
ngx_chat_websocket_close(ngx_chat_websocket_t *ws, ngx_chat_close_t how)
{
    ws->user = NULL;

    if (how == NGX_CHAT_CLOSE_NOW) {
        ws->connection->error = 1;         /* TLS: no farewell either */
        ngx_chat_websocket_finish(ws, NULL);
        return;
    }

    ngx_chat_websocket_fail(ws, CHAT_WS_CLOSE_NONE, NULL);
}


/* --- writing ------------------------------------------------------------ */

void
ngx_chat_websocket_write_handler(ngx_event_t *wev)
{
    ngx_connection_t      *c;
    ngx_chat_websocket_t  *ws;

    c = wev->data;
    ws = c->data;

    if (wev->timedout) {
        ngx_chat_metric(NGX_CHAT_M_SLOW_CLOSED);
        c->error = 1;
        ngx_chat_websocket_finish(ws, "too slow a reader");
        return;
    }

    switch (ngx_chat_msg_queue_flush(&ws->out, c)) {

    case NGX_OK:
        ngx_chat_websocket_flushed(ws);
        return;

    case NGX_AGAIN:
        ngx_chat_websocket_jammed(ws);
        return;

    default:
        c->error = 1;
        ngx_chat_websocket_finish(ws, "connection closed");
        return;
    }
}


/*
 * The timer is not set anew while the jam lasts: a peer that reads a byte now
 * and then does not keep up.
 */
static void
ngx_chat_websocket_jammed(ngx_chat_websocket_t *ws)
{
    ngx_event_t  *wev;

    wev = ws->connection->write;

    if (!wev->timer_set) {
        ws->floor = ws->out.bytes;
        ngx_add_timer(wev, ws->conf->send_timeout_ms);
    }

    if (ngx_handle_write_event(wev, 0) != NGX_OK) {
        ngx_chat_websocket_finish(ws, "connection closed");
    }
}


static void
ngx_chat_websocket_flushed(ngx_chat_websocket_t *ws)
{
    ngx_event_t  *wev;

    wev = ws->connection->write;

    if (wev->timer_set) {
        ngx_del_timer(wev);
    }

    if (ws->user && ws->user->drained) {
        ws->user->drained(ws->data);
    }

    if (ws->state == NGX_CHAT_WS_CLOSING) {
        ngx_chat_websocket_linger(ws);

    } else if (ws->state == NGX_CHAT_WS_ANSWERING) {
        ngx_chat_websocket_finish(ws, NULL);
    }
}


/*
 * Our side is shut, and what the peer still sends is read and dropped until it
 * closes: a connection closed over unread bytes is reset, and the reset may
 * overtake our Close.
 */
static void
ngx_chat_websocket_linger(ngx_chat_websocket_t *ws)
{
    ngx_connection_t  *c;

    c = ws->connection;

#if (NGX_HTTP_SSL)

    if (c->ssl) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;
    }

#endif

    if (ngx_shutdown_socket(c->fd, NGX_WRITE_SHUTDOWN) == -1) {
        ngx_chat_websocket_finish(ws, NULL);
        return;
    }

    ngx_chat_websocket_move(ws, NGX_CHAT_WS_LINGERING);
    ngx_add_timer(c->read, NGX_CHAT_WS_LINGER_MS);
    ngx_post_event(c->read, &ngx_posted_events);
}


void
ngx_chat_websocket_send_control(ngx_chat_websocket_t *ws,
    chat_ws_opcode_t opcode, chat_slice_t payload)
{
    ngx_chat_msg_t    *msg;
    ngx_connection_t  *c;

    c = ws->connection;
    msg = ngx_chat_msg_control(opcode, payload);

    if (msg == NULL || ngx_chat_msg_queue_push(&ws->out, msg) != NGX_OK) {
        c->error = 1;
        ngx_post_event(c->read, &ngx_posted_events);
    }

    ngx_chat_msg_unref(&msg);
    ngx_post_event(c->write, &ngx_posted_events);
}


static void
ngx_chat_websocket_send_close(ngx_chat_websocket_t *ws, uint16_t code)
{
    uint8_t  payload[2];

    payload[0] = (uint8_t) (code >> 8);
    payload[1] = (uint8_t) (code & 0xff);

    ngx_chat_websocket_send_control(ws, CHAT_WS_CLOSE,
                   chat_slice_of(payload, code == CHAT_WS_CLOSE_NONE ? 0 : 2));
}


void
ngx_chat_websocket_fail(ngx_chat_websocket_t *ws, uint16_t code,
    const char *why)
{
    ngx_chat_websocket_part(ws, why);
    ngx_chat_websocket_move(ws, NGX_CHAT_WS_CLOSING);
    ngx_chat_websocket_send_close(ws, code);
}


/* RFC 6455, 5.5.1: the code is echoed, or what was wrong with it. */
void
ngx_chat_websocket_peer_closes(ngx_chat_websocket_t *ws, chat_slice_t payload)
{
    uint16_t       code;
    chat_status_t  rc;

    rc = chat_ws_close_parse(payload, &code);

    if (rc != CHAT_OK) {
        ngx_chat_metric(NGX_CHAT_M_PROTOCOL_ERRORS);
        code = chat_ws_reader_close_code(rc);
    }

    ngx_chat_websocket_part(ws, "closed by the client");
    ngx_chat_websocket_move(ws, NGX_CHAT_WS_ANSWERING);
    ngx_chat_websocket_send_close(ws, code);
}
