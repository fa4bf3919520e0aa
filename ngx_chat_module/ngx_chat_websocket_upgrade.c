
/*
 * From a request to a bare connection (RFC 6455, 4.2.2).  Content handlers
 * call ngx_chat_websocket_upgrade().  When the answer 101
 * has left, the connection is taken from nginx's HTTP as its own keepalive
 * does: the request and every buffer are freed, and what is left costs a
 * fraction of a parked request.  It must not know what goes through the
 * WebSocket.
 */

#include "ngx_chat_websocket_state.h"
#include "ngx_chat_origin.h"
#include "ngx_chat_reply.h"


static ngx_int_t ngx_chat_websocket_answer(ngx_http_request_t *r,
    ngx_str_t key);
static ngx_int_t ngx_chat_websocket_protocol(ngx_http_request_t *r);
static void ngx_chat_websocket_cleanup(void *data);
static ngx_uint_t ngx_chat_websocket_unflushed(ngx_http_request_t *r);
static ngx_int_t ngx_chat_websocket_park(ngx_http_request_t *r);
static void ngx_chat_websocket_parked_handler(ngx_http_request_t *r);
static void ngx_chat_websocket_post_detach(ngx_http_request_t *r);
static void ngx_chat_websocket_detach(ngx_event_t *rev);
static void ngx_chat_websocket_release(ngx_connection_t *c,
    ngx_http_connection_t *hc);


ngx_int_t
ngx_chat_websocket_upgrade(ngx_http_request_t *r, ngx_str_t key,
    const ngx_chat_websocket_user_pt *user, void *data)
{
    ngx_int_t              rc;
    ngx_http_cleanup_t    *cln;
    ngx_chat_websocket_t  *ws;

    cln = ngx_http_cleanup_add(r, 0);
    ws = ngx_calloc(sizeof(ngx_chat_websocket_t), r->connection->log);

    if (cln == NULL || ws == NULL) {
        user->lost(data, "no memory");
        ngx_free(ws);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ws->user = user;
    ws->data = data;
    ws->connection = r->connection;
    ws->conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    cln->handler = ngx_chat_websocket_cleanup;
    cln->data = ws;

    rc = ngx_chat_websocket_answer(r, key);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_chat_websocket_unflushed(r)) {
        return ngx_chat_websocket_park(r);
    }

    r->main->count++;
    ngx_chat_websocket_post_detach(r);

    return NGX_DONE;
}


static ngx_int_t
ngx_chat_websocket_answer(ngx_http_request_t *r, ngx_str_t key)
{
    char       accept[CHAT_WS_ACCEPT_LEN];
    ngx_int_t  rc;

    chat_ws_accept(ngx_chat_slice(key), accept);

    r->headers_out.status = NGX_HTTP_SWITCHING_PROTOCOLS;
    r->keepalive = 0;

    if (ngx_chat_reply_header(r, "Upgrade", chat_slice("websocket")) != NGX_OK
        || ngx_chat_reply_header(r, "Sec-WebSocket-Accept",
                          chat_slice_of(accept, sizeof(accept))) != NGX_OK
        || ngx_chat_websocket_protocol(r) != NGX_OK
        || ngx_chat_origin_headers(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc == NGX_OK ? NGX_ERROR : rc;
    }

    if (ngx_http_send_special(r, NGX_HTTP_FLUSH) == NGX_ERROR
        || ngx_tcp_nodelay(r->connection) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A client that offers subprotocols wants one chosen: the first. */
static ngx_int_t
ngx_chat_websocket_protocol(ngx_http_request_t *r)
{
    size_t      n;
    ngx_str_t  *offered;

    offered = ngx_chat_request_header(r, "sec-websocket-protocol");
    if (offered == NULL) {
        return NGX_OK;
    }

    n = 0;

    while (n < offered->len && offered->data[n] != ','
           && offered->data[n] != ' ')
    {
        n++;
    }

    if (n == 0) {
        return NGX_OK;
    }

    return ngx_chat_reply_header(r, "Sec-WebSocket-Protocol",
                                 chat_slice_of(offered->data, n));
}


/* The request ends before its answer has left. */
static void
ngx_chat_websocket_cleanup(void *data)
{
    ngx_chat_websocket_free(data);
}


/* --- until the answer has left ------------------------------------------ */

static ngx_uint_t
ngx_chat_websocket_unflushed(ngx_http_request_t *r)
{
    ngx_connection_t  *c;

    c = r->connection;

    if (r->out || r->postponed || c->buffered) {
        return 1;
    }

#if (NGX_HTTP_SSL)

    /* OpenSSL waits to read before it can write, or the other way round */
    if (c->ssl && (c->ssl->saved_read_handler || c->ssl->saved_write_handler)) {
        return 1;
    }

#endif

    return 0;
}


static ngx_int_t
ngx_chat_websocket_park(ngx_http_request_t *r)
{
    ngx_connection_t          *c;
    ngx_http_core_loc_conf_t  *clcf;

    c = r->connection;
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    r->read_event_handler = ngx_chat_websocket_parked_handler;
    r->write_event_handler = ngx_chat_websocket_parked_handler;

    ngx_add_timer(c->write, clcf->send_timeout);

    if (ngx_handle_write_event(c->write, clcf->send_lowat) != NGX_OK) {
        return NGX_ERROR;
    }

    r->main->count++;

    return NGX_DONE;
}


static void
ngx_chat_websocket_parked_handler(ngx_http_request_t *r)
{
    ngx_connection_t  *c;

    c = r->connection;

    if (c->write->timedout || c->close
        || ngx_http_output_filter(r, NULL) == NGX_ERROR)
    {
        ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
        return;
    }

    if (ngx_chat_websocket_unflushed(r)) {

        if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_ERROR);
        }

        return;
    }

    ngx_chat_websocket_post_detach(r);
}


/* Core still touches the request after the handler: from an event of its own */
static void
ngx_chat_websocket_post_detach(ngx_http_request_t *r)
{
    ngx_connection_t  *c;

    c = r->connection;

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    r->write_event_handler = ngx_http_request_empty_handler;

    c->read->handler = ngx_chat_websocket_detach;
    ngx_post_event(c->read, &ngx_posted_events);
}


/* --- taking over -------------------------------------------------------- */

static void
ngx_chat_websocket_detach(ngx_event_t *rev)
{
    ngx_int_t               rc;
    ngx_connection_t       *c;
    ngx_http_cleanup_t     *cln;
    ngx_http_request_t     *r;
    ngx_chat_websocket_t   *ws;
    ngx_http_connection_t  *hc;

    c = rev->data;
    r = c->data;
    hc = r->http_connection;

    if (rev->posted) {
        ngx_delete_posted_event(rev);
    }

    for (cln = r->cleanup; cln->handler != ngx_chat_websocket_cleanup; ) {
        cln = cln->next;
    }

    ws = cln->data;
    cln->handler = NULL;                   /* taken over */

    /* the client's first frames may have come with its request */
    rc = ngx_chat_websocket_keep(ws, r->header_in->pos, r->header_in->last);

    ngx_http_free_request(r, 0);

    ngx_chat_websocket_release(c, hc);

    if (rc != NGX_OK) {
        ngx_chat_websocket_free(ws);
        ngx_http_close_connection(c);
        return;
    }

    ngx_chat_websocket_begin(ws);
}


/* As ngx_http_set_keepalive() does. */
static void
ngx_chat_websocket_release(ngx_connection_t *c, ngx_http_connection_t *hc)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl, *next, **lists[2];
    ngx_uint_t    i;

    c->destroyed = 0;
    c->sent = 0;

    b = c->buffer;

    if (b && ngx_pfree(c->pool, b->start) == NGX_OK) {
        b->pos = NULL;
        b->start = NULL;
    }

    lists[0] = &hc->free;
    lists[1] = &hc->busy;

    for (i = 0; i < 2; i++) {

        for (cl = *lists[i]; cl; cl = next) {
            next = cl->next;
            (void) ngx_pfree(c->pool, cl->buf->start);
            ngx_free_chain(c->pool, cl);
        }

        *lists[i] = NULL;
    }

    hc->nbusy = 0;

#if (NGX_HTTP_SSL)

    if (c->ssl) {
        ngx_ssl_free_buffer(c);
        c->ssl->buffer = 0;              /* messages are whole when written */
    }

#endif

    c->log->action = "serving a chat socket";
}
