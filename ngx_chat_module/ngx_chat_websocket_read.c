
/*
 * The bytes of a WebSocket connection to messages for its user.  nginx calls
 * the read handler.  The connection is read into one buffer of the process,
 * and only bytes that are unfinished are kept.
 */

#include "ngx_chat_websocket_state.h"
#include "ngx_chat_memory.h"
#include "ngx_chat_metrics.h"


#define NGX_CHAT_WS_BUFFER_SIZE  65536
#define NGX_CHAT_WS_READS        4         /* buffers in one turn */


static ngx_int_t ngx_chat_websocket_read(ngx_chat_websocket_t *ws);
static void ngx_chat_websocket_take_rest(ngx_chat_websocket_t *ws);
static u_char *ngx_chat_websocket_take(ngx_chat_websocket_t *ws, u_char *p,
    u_char *last);
static void ngx_chat_websocket_store_reader(ngx_chat_websocket_t *ws,
    chat_ws_reader_t *reader);
static void ngx_chat_websocket_item(ngx_chat_websocket_t *ws,
    chat_ws_item_t *item);
static void ngx_chat_websocket_account(ngx_chat_websocket_t *ws);


static u_char  ngx_chat_websocket_buffer[NGX_CHAT_WS_BUFFER_SIZE];


void
ngx_chat_websocket_read_handler(ngx_event_t *rev)
{
    ngx_int_t              rc;
    ngx_connection_t      *c;
    ngx_chat_websocket_t  *ws;

    c = rev->data;
    ws = c->data;

    if (rev->timedout || c->error) {
        ngx_chat_websocket_finish(ws, "connection closed");
        return;
    }

    if (c->close) {                        /* the process is to leave */
        c->close = 0;
        c->idle = 0;

        if (ws->user) {
            ws->user->leave(ws->data);
        }
    }

    rc = ngx_chat_websocket_read(ws);
    ngx_chat_websocket_account(ws);

    if (rc == NGX_ERROR || ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_chat_websocket_finish(ws, "connection closed");
    }
}


/* NGX_ERROR: the peer has closed, or the connection is broken. */
static ngx_int_t
ngx_chat_websocket_read(ngx_chat_websocket_t *ws)
{
    u_char            *p, *last;
    ssize_t            n;
    ngx_uint_t         reads;
    ngx_event_t       *rev;
    ngx_connection_t  *c;

    c = ws->connection;
    rev = c->read;

    if (ws->rest && ws->state != NGX_CHAT_WS_HELD) {
        ngx_chat_websocket_take_rest(ws);
    }

    for (reads = 0; rev->ready; reads++) {

        if (ws->state == NGX_CHAT_WS_HELD) {
            return NGX_OK;
        }

        if (reads == NGX_CHAT_WS_READS) {
            ngx_post_event(rev, &ngx_posted_next_events);
            return NGX_OK;
        }

        n = c->recv(c, ngx_chat_websocket_buffer, NGX_CHAT_WS_BUFFER_SIZE);

        if (n == NGX_AGAIN) {
            return NGX_OK;
        }

        if (n == NGX_ERROR || n == 0) {
            return NGX_ERROR;
        }

        last = ngx_chat_websocket_buffer + n;
        p = ngx_chat_websocket_take(ws, ngx_chat_websocket_buffer, last);

        if (ngx_chat_websocket_keep(ws, p, last) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_chat_websocket_keep(ngx_chat_websocket_t *ws, u_char *p, u_char *last)
{
    size_t  size;

    if (p == last) {
        return NGX_OK;
    }

    size = (size_t) (last - p);

    ws->rest = ngx_alloc(sizeof(ngx_chat_websocket_rest_t) + size,
                         ngx_cycle->log);
    if (ws->rest == NULL) {
        return NGX_ERROR;
    }

    ws->rest->p = ws->rest->data;
    ws->rest->last = ngx_cpymem(ws->rest->data, p, size);

    return NGX_OK;
}


static void
ngx_chat_websocket_take_rest(ngx_chat_websocket_t *ws)
{
    ngx_chat_websocket_rest_t  *rest;

    rest = ws->rest;
    rest->p = ngx_chat_websocket_take(ws, rest->p, rest->last);

    if (rest->p == rest->last) {
        ws->rest = NULL;
        ngx_free(rest);
    }
}


/*
 * Hands on what is whole in [p, last).  Returns the first byte not looked at,
 * which is not `last` only if the session was held on the way.
 */
static u_char *
ngx_chat_websocket_take(ngx_chat_websocket_t *ws, u_char *p, u_char *last)
{
    chat_status_t            rc;
    chat_ws_item_t           item;
    chat_ws_reader_t        *reader;

    static chat_ws_reader_t  fresh;

    reader = ws->reader;

    if (reader == NULL) {
        reader = &fresh;
        chat_ws_reader_init(reader, ws->conf->max_payload);
    }

    while (ws->state == NGX_CHAT_WS_OPEN) {

        rc = chat_ws_reader_next(reader, &p, last, &item);

        if (rc == CHAT_AGAIN) {
            break;
        }

        if (rc != CHAT_OK) {
            ngx_chat_metric(NGX_CHAT_M_PROTOCOL_ERRORS);
            ngx_chat_websocket_fail(ws, chat_ws_reader_close_code(rc),
                                    "bad frame");
            break;
        }

        ngx_chat_websocket_item(ws, &item);
    }

    ngx_chat_websocket_store_reader(ws, reader);

    return (ws->state == NGX_CHAT_WS_HELD) ? p : last;
}


/* A reader is kept only as long as something is unfinished. */
static void
ngx_chat_websocket_store_reader(ngx_chat_websocket_t *ws,
    chat_ws_reader_t *reader)
{
    if (chat_ws_reader_idle(reader) || ws->user == NULL) {
        chat_ws_reader_free(reader);
        ngx_free(ws->reader);
        ws->reader = NULL;
        return;
    }

    if (ws->reader) {
        return;
    }

    ws->reader = ngx_alloc(sizeof(chat_ws_reader_t), ngx_cycle->log);

    if (ws->reader == NULL) {
        chat_ws_reader_free(reader);
        ngx_chat_websocket_fail(ws, CHAT_WS_CLOSE_ERROR, "no memory");
        return;
    }

    *ws->reader = *reader;
}


static void
ngx_chat_websocket_item(ngx_chat_websocket_t *ws, chat_ws_item_t *item)
{
    switch (item->opcode) {

    case CHAT_WS_TEXT:
        ws->user->text(ws->data, item->payload);
        return;

    case CHAT_WS_BINARY:
        ws->user->binary(ws->data, item->payload);
        return;

    case CHAT_WS_PING:
        ngx_chat_websocket_send_control(ws, CHAT_WS_PONG, item->payload);
        return;

    case CHAT_WS_CLOSE:
        ngx_chat_websocket_peer_closes(ws, item->payload);
        return;

    case CHAT_WS_PONG:                     /* asked for or not, 5.5.3 */
    case CHAT_WS_CONTINUATION:
        return;
    }
}


/*
 * Anybody can begin messages and not end them: what is kept of them counts
 * towards chat_memory.
 */
static void
ngx_chat_websocket_account(ngx_chat_websocket_t *ws)
{
    size_t  kept;

    kept = 0;

    if (ws->reader) {
        kept += sizeof(chat_ws_reader_t) + ws->reader->message.cap;
    }

    if (ws->rest) {
        kept += (size_t) (ws->rest->last - ws->rest->data);
    }

    ngx_chat_memory_add((ssize_t) kept - (ssize_t) ws->kept);
    ws->kept = kept;

    if (ws->reader && ws->user && ngx_chat_memory_full()) {
        ngx_chat_websocket_fail(ws, CHAT_WS_CLOSE_ERROR, "chat_memory is used");
    }

    if (ws->user == NULL) {
        ngx_chat_websocket_forget(ws);
    }
}


void
ngx_chat_websocket_forget(ngx_chat_websocket_t *ws)
{
    if (ws->reader) {
        chat_ws_reader_free(ws->reader);
        ngx_free(ws->reader);
        ws->reader = NULL;
    }

    ngx_free(ws->rest);
    ws->rest = NULL;

    ngx_chat_memory_add(-(ssize_t) ws->kept);
    ws->kept = 0;
}
