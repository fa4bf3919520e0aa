
/*
 * A client's TLS connection and the process that owns its session: what one
 * side sends the other gets.  An idle tunnel has no buffer; one side is not
 * read while the other does not take what was read before.
 */

#include "ngx_chat_peer_state.h"
#include "ngx_chat_drain.h"


#define NGX_CHAT_TUNNEL_BUFFER     65536
#define NGX_CHAT_TUNNEL_LINGER_MS  5000    /* for the client to close */
#define NGX_CHAT_TUNNEL_READS      4       /* buffers in one turn */


typedef struct {
    ngx_connection_t   *from;
    ngx_connection_t   *to;
    u_char             *rest;      /* not taken yet; NULL: none */
    size_t              at;
    size_t              len;
} ngx_chat_tunnel_flow_t;


/* By who speaks. */
typedef struct {
    ngx_chat_tunnel_flow_t   client;
    ngx_chat_tunnel_flow_t   owner;
    ngx_uint_t               lingers;    /* the owner has said all */
} ngx_chat_tunnel_t;


static void ngx_chat_tunnel_handler(ngx_event_t *ev);
static ngx_int_t ngx_chat_tunnel_pump(ngx_chat_tunnel_flow_t *flow);
static ngx_int_t ngx_chat_tunnel_write(ngx_chat_tunnel_flow_t *flow,
    u_char *p, size_t n);
static ngx_int_t ngx_chat_tunnel_flush(ngx_chat_tunnel_flow_t *flow);
static ngx_int_t ngx_chat_tunnel_linger(ngx_chat_tunnel_t *tunnel);
static void ngx_chat_tunnel_leave(ngx_connection_t *client);
static void ngx_chat_tunnel_close(ngx_chat_tunnel_t *tunnel);


static u_char  ngx_chat_tunnel_buffer[NGX_CHAT_TUNNEL_BUFFER];


void
ngx_chat_peer_tunnel(ngx_connection_t *client, ngx_connection_t *owner)
{
    ngx_uint_t           i;
    ngx_connection_t    *both[2];
    ngx_chat_tunnel_t   *tunnel;

    tunnel = ngx_calloc(sizeof(ngx_chat_tunnel_t), ngx_cycle->log);

    if (tunnel == NULL) {
        ngx_close_connection(owner);
        ngx_http_close_connection(client);
        return;
    }

    tunnel->client.from = client;
    tunnel->client.to = owner;
    tunnel->owner.from = owner;
    tunnel->owner.to = client;

    both[0] = client;
    both[1] = owner;

    for (i = 0; i < 2; i++) {
        both[i]->data = tunnel;
        both[i]->read->handler = ngx_chat_tunnel_handler;
        both[i]->write->handler = ngx_chat_tunnel_handler;
    }

    client->idle = 1;
    ngx_reusable_connection(client, 0);

    if (ngx_exiting) {
        ngx_chat_tunnel_leave(client);
    }

    ngx_post_event(client->read, &ngx_posted_events);
}


/* Whatever became possible on whichever side: both ways are tried. */
static void
ngx_chat_tunnel_handler(ngx_event_t *ev)
{
    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_chat_tunnel_t   *tunnel;

    c = ev->data;
    tunnel = c->data;

    if (c->close && !c->error) {
        c->close = 0;
        c->idle = 0;
        ngx_chat_tunnel_leave(c);
        return;
    }

    if (ev->timedout || c->error
        || ngx_chat_tunnel_pump(&tunnel->client) != NGX_OK)
    {
        ngx_chat_tunnel_close(tunnel);
        return;
    }

    rc = ngx_chat_tunnel_pump(&tunnel->owner);

    if (rc == NGX_DONE && !tunnel->lingers) {
        rc = ngx_chat_tunnel_linger(tunnel);
    }

    if (rc == NGX_ERROR) {
        ngx_chat_tunnel_close(tunnel);
    }
}


/* NGX_OK: as far as it goes now.  NGX_DONE: its side has closed. */
static ngx_int_t
ngx_chat_tunnel_pump(ngx_chat_tunnel_flow_t *flow)
{
    ssize_t      n;
    ngx_int_t    rc;
    ngx_uint_t   reads;

    for (reads = 0; reads < NGX_CHAT_TUNNEL_READS; reads++) {

        rc = ngx_chat_tunnel_flush(flow);

        if (rc != NGX_OK) {
            return rc == NGX_AGAIN ? NGX_OK : NGX_ERROR;
        }

        n = flow->from->recv(flow->from, ngx_chat_tunnel_buffer,
                             NGX_CHAT_TUNNEL_BUFFER);

        if (n == NGX_AGAIN) {
            return ngx_handle_read_event(flow->from->read, 0);
        }

        if (n <= 0) {
            return n == 0 ? NGX_DONE : NGX_ERROR;
        }

        if (ngx_chat_tunnel_write(flow, ngx_chat_tunnel_buffer, n) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ngx_post_event(flow->from->read, &ngx_posted_next_events);

    return NGX_OK;
}


/* What is not taken is kept. */
static ngx_int_t
ngx_chat_tunnel_write(ngx_chat_tunnel_flow_t *flow, u_char *p, size_t n)
{
    ssize_t  sent;

    sent = flow->to->send(flow->to, p, n);

    if (sent == NGX_ERROR) {
        return NGX_ERROR;
    }

    sent = (sent == NGX_AGAIN) ? 0 : sent;

    if ((size_t) sent == n) {
        return NGX_OK;
    }

    flow->at = 0;
    flow->len = n - sent;

    flow->rest = ngx_alloc(flow->len, ngx_cycle->log);
    if (flow->rest == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(flow->rest, p + sent, flow->len);

    return NGX_OK;
}


static ngx_int_t
ngx_chat_tunnel_flush(ngx_chat_tunnel_flow_t *flow)
{
    ssize_t  n;

    while (flow->rest) {

        n = flow->to->send(flow->to, flow->rest + flow->at,
                           flow->len - flow->at);

        if (n == NGX_AGAIN) {
            return ngx_handle_write_event(flow->to->write, 0) == NGX_OK
                   ? NGX_AGAIN : NGX_ERROR;
        }

        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        flow->at += n;

        if (flow->at == flow->len) {
            ngx_free(flow->rest);
            flow->rest = NULL;
        }
    }

    return NGX_OK;
}


/* --- its end ------------------------------------------------------------ */

/* The owner's Close has left: the client is heard until it closes, too. */
static ngx_int_t
ngx_chat_tunnel_linger(ngx_chat_tunnel_t *tunnel)
{
    ngx_connection_t  *client;

    tunnel->lingers = 1;
    client = tunnel->client.from;

#if (NGX_HTTP_SSL)
    client->ssl->no_wait_shutdown = 1;
    client->ssl->no_send_shutdown = 1;
#endif

    if (ngx_shutdown_socket(client->fd, NGX_WRITE_SHUTDOWN) == -1) {
        return NGX_ERROR;
    }

    ngx_add_timer(client->read, NGX_CHAT_TUNNEL_LINGER_MS);

    return NGX_OK;
}


/* The session's owner may stay; the client comes back to another process. */
static void
ngx_chat_tunnel_leave(ngx_connection_t *client)
{
    if (!client->read->timer_set) {
        ngx_add_timer(client->read, 1 + (ngx_msec_t) ngx_random()
                                        % ngx_chat_drain_leaving_ms());
    }
}


static void
ngx_chat_tunnel_close(ngx_chat_tunnel_t *tunnel)
{
    ngx_close_connection(tunnel->owner.from);
    ngx_http_close_connection(tunnel->client.from);

    ngx_free(tunnel->client.rest);
    ngx_free(tunnel->owner.rest);
    ngx_free(tunnel);
}
