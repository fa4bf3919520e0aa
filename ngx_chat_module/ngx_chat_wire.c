
/*
 * Bytes to and from Redis over an nginx connection.  Used by ngx_chat_redis;
 * knows nothing of commands.  What it calls upwards may close it: each handler
 * frees it when it is done.
 */

#include "ngx_chat_wire.h"

#include <ngx_event.h>
#include <ngx_event_connect.h>


#define NGX_CHAT_WIRE_CONNECT_MS  2000
#define NGX_CHAT_WIRE_ANSWER_MS   5000
#define NGX_CHAT_WIRE_READ        65536
#define NGX_CHAT_WIRE_READS       16       /* in one turn of the loop */
#define NGX_CHAT_WIRE_OUT_MAX     (256 * 1024 * 1024)
#define NGX_CHAT_WIRE_OUT_KEEP    65536


struct ngx_chat_wire_s {
    ngx_peer_connection_t    peer;
    ngx_chat_wire_upward_t   upward;
    ngx_event_t              flush;
    chat_buf_t               out;
    size_t                   sent;         /* of `out` */
    uint64_t                 written;      /* in all */
    ngx_log_t                quiet;
    unsigned                 connected:1;
    unsigned                 busy:1;       /* a handler is at it */
    unsigned                 closed:1;
};


static void ngx_chat_wire_read_handler(ngx_event_t *rev);
static void ngx_chat_wire_read(ngx_chat_wire_t *wire);
static void ngx_chat_wire_write_handler(ngx_event_t *wev);
static void ngx_chat_wire_flush_handler(ngx_event_t *ev);
static ngx_int_t ngx_chat_wire_established(ngx_chat_wire_t *wire);
static void ngx_chat_wire_write(ngx_chat_wire_t *wire);
static void ngx_chat_wire_broken(ngx_chat_wire_t *wire, const char *why,
    ngx_err_t err);
static void ngx_chat_wire_done(ngx_chat_wire_t *wire);


ngx_chat_wire_t *
ngx_chat_wire_connect(ngx_addr_t *address,
    const ngx_chat_wire_upward_t *upward, ngx_log_t *log, ngx_err_t *err)
{
    ngx_int_t          rc;
    ngx_chat_wire_t   *wire;
    ngx_connection_t  *c;

    *err = 0;

    wire = ngx_calloc(sizeof(ngx_chat_wire_t), log);
    if (wire == NULL) {
        return NULL;
    }

    wire->upward = *upward;
    chat_buf_init(&wire->out, NGX_CHAT_WIRE_OUT_MAX);

    /* a server that is away is told of once, by who connects */

    wire->quiet = *log;
    wire->quiet.log_level = NGX_LOG_STDERR;

    wire->peer.sockaddr = address->sockaddr;
    wire->peer.socklen = address->socklen;
    wire->peer.name = &address->name;
    wire->peer.get = ngx_event_get_peer;
    wire->peer.log = &wire->quiet;
    wire->peer.log_error = NGX_ERROR_INFO;

    ngx_set_errno(0);
    rc = ngx_event_connect_peer(&wire->peer);

    if (rc == NGX_ERROR || rc == NGX_DECLINED) {
        *err = ngx_socket_errno;
        ngx_free(wire);
        return NULL;
    }

    c = wire->peer.connection;
    c->data = wire;
    c->log = log;
    c->read->log = log;
    c->write->log = log;
    c->read->handler = ngx_chat_wire_read_handler;
    c->write->handler = ngx_chat_wire_write_handler;
    c->read->cancelable = 1;
    c->write->cancelable = 1;

    wire->flush.handler = ngx_chat_wire_flush_handler;
    wire->flush.data = wire;
    wire->flush.log = log;

    ngx_add_timer(c->write, NGX_CHAT_WIRE_CONNECT_MS);

    if (rc == NGX_OK) {
        ngx_post_event(c->write, &ngx_posted_events);
    }

    return wire;
}


chat_buf_t *
ngx_chat_wire_out(ngx_chat_wire_t *wire)
{
    return &wire->out;
}


void
ngx_chat_wire_flush(ngx_chat_wire_t *wire)
{
    if (wire->connected && !wire->closed) {
        ngx_post_event(&wire->flush, &ngx_posted_events);
    }
}


void
ngx_chat_wire_await(ngx_chat_wire_t *wire, ngx_uint_t awaited)
{
    ngx_event_t  *rev;

    if (wire->closed) {
        return;
    }

    rev = wire->peer.connection->read;

    if (rev->timer_set) {
        ngx_del_timer(rev);
    }

    if (awaited) {
        ngx_add_timer(rev, NGX_CHAT_WIRE_ANSWER_MS);
    }
}


uint64_t
ngx_chat_wire_given(ngx_chat_wire_t *wire)
{
    return wire->written + (wire->out.len - wire->sent);
}


uint64_t
ngx_chat_wire_written(ngx_chat_wire_t *wire)
{
    return wire->written;
}


static void
ngx_chat_wire_read_handler(ngx_event_t *rev)
{
    ngx_chat_wire_t   *wire;
    ngx_connection_t  *c;

    c = rev->data;
    wire = c->data;

    wire->busy = 1;

    if (c->close) {
        ngx_chat_wire_broken(wire, "nginx is leaving", 0);

    } else if (rev->timedout) {
        ngx_chat_wire_broken(wire, "no answer", NGX_ETIMEDOUT);

    } else if (ngx_chat_wire_established(wire) == NGX_OK) {
        ngx_chat_wire_read(wire);
    }

    ngx_chat_wire_done(wire);
}


static void
ngx_chat_wire_read(ngx_chat_wire_t *wire)
{
    ssize_t            n;
    ngx_uint_t         i;
    ngx_connection_t  *c;

    static u_char  bytes[NGX_CHAT_WIRE_READ];

    c = wire->peer.connection;

    for (i = 0; i < NGX_CHAT_WIRE_READS; i++) {

        n = c->recv(c, bytes, sizeof(bytes));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_chat_wire_broken(wire, "it closed the connection",
                                 (n == 0) ? 0 : ngx_socket_errno);
            return;
        }

        wire->upward.bytes(wire->upward.data, bytes, n);

        if (wire->closed) {
            return;
        }
    }

    if (i == NGX_CHAT_WIRE_READS) {
        /* others want their turn, too */
        ngx_post_event(c->read, &ngx_posted_next_events);
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_chat_wire_broken(wire, "no memory", 0);
    }
}


static void
ngx_chat_wire_write_handler(ngx_event_t *wev)
{
    ngx_chat_wire_t   *wire;
    ngx_connection_t  *c;

    c = wev->data;
    wire = c->data;

    wire->busy = 1;

    if (wev->timedout) {
        ngx_chat_wire_broken(wire, "cannot connect", NGX_ETIMEDOUT);

    } else if (ngx_chat_wire_established(wire) == NGX_OK) {
        ngx_chat_wire_write(wire);
    }

    ngx_chat_wire_done(wire);
}


static void
ngx_chat_wire_flush_handler(ngx_event_t *ev)
{
    ngx_chat_wire_t  *wire;

    wire = ev->data;

    wire->busy = 1;
    ngx_chat_wire_write(wire);
    ngx_chat_wire_done(wire);
}


/* NGX_OK: connected, and nobody closed it. */
static ngx_int_t
ngx_chat_wire_established(ngx_chat_wire_t *wire)
{
    int                err;
    socklen_t          len;
    ngx_connection_t  *c;

    if (wire->connected) {
        return NGX_OK;
    }

    c = wire->peer.connection;
    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_chat_wire_broken(wire, "cannot connect", err);
        return NGX_DECLINED;
    }

    ngx_del_timer(c->write);
    wire->connected = 1;
    wire->upward.connected(wire->upward.data);

    return wire->closed ? NGX_DECLINED : NGX_OK;
}


static void
ngx_chat_wire_write(ngx_chat_wire_t *wire)
{
    ssize_t            n;
    chat_buf_t        *out;
    ngx_connection_t  *c;

    c = wire->peer.connection;
    out = &wire->out;

    while (wire->sent < out->len) {

        n = c->send(c, out->data + wire->sent, out->len - wire->sent);

        if (n == NGX_ERROR) {
            ngx_chat_wire_broken(wire, "cannot write", ngx_socket_errno);
            return;
        }

        if (n == NGX_AGAIN) {
            break;
        }

        wire->sent += n;
        wire->written += n;
    }

    if (wire->sent == out->len && out->cap > NGX_CHAT_WIRE_OUT_KEEP) {
        chat_buf_free(out);
        wire->sent = 0;

    } else if (wire->sent && wire->sent >= out->len / 2) {
        out->len -= wire->sent;
        ngx_memmove(out->data, out->data + wire->sent, out->len);
        wire->sent = 0;
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_chat_wire_broken(wire, "no memory", 0);
    }
}


/* In a handler only, which frees it. */
static void
ngx_chat_wire_broken(ngx_chat_wire_t *wire, const char *why, ngx_err_t err)
{
    ngx_chat_wire_close(wire);
    wire->upward.broken(wire->upward.data, why, err);
}


void
ngx_chat_wire_close(ngx_chat_wire_t *wire)
{
    if (wire->closed) {
        return;
    }

    wire->closed = 1;

    if (wire->flush.posted) {
        ngx_delete_posted_event(&wire->flush);
    }

    ngx_close_connection(wire->peer.connection);

    if (!wire->busy) {
        ngx_chat_wire_done(wire);
    }
}


static void
ngx_chat_wire_done(ngx_chat_wire_t *wire)
{
    wire->busy = 0;

    if (!wire->closed) {
        return;
    }

    wire->upward.freed(wire->upward.data);

    chat_buf_free(&wire->out);
    ngx_free(wire);
}
