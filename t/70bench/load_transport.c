
/*
 * Bytes of one WebSocket: connect, upgrade, frames.  Ten thousand of these fit
 * in little memory, because one that is idle has no buffers: bytes are read
 * into one place for all, and only half a frame is kept.
 */

#include "load_transport.h"
#include "load_frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>


#define LOAD_IN_MAX       (16 * 1024 * 1024)
#define LOAD_OUT_MAX      (4 * 1024 * 1024)
#define LOAD_REQUEST_PAD  1800      /* what a browser sends, cookie included */
#define LOAD_READ_SIZE    262144
#define LOAD_PER_ADDRESS  20000     /* sockets from one source address */


static void load_transport_ready(load_source_t *source, uint32_t events);


/* The ports of one address do not suffice for all: loopback has many. */
static void
load_transport_bind(load_transport_t *t, const load_options_t *o,
    uint32_t nth)
{
    int                 on = 1;
    struct sockaddr_in  source;

    if (ntohl(o->server.sin_addr.s_addr) >> 24 != 127) {
        return;
    }

    memset(&source, 0, sizeof(source));
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + nth / LOAD_PER_ADDRESS);

    (void) setsockopt(t->source.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
                      sizeof(on));
    (void) bind(t->source.fd, (struct sockaddr *) &source, sizeof(source));
}


void
load_transport_open(load_transport_t *t, const load_options_t *o,
    uint32_t nth)
{
    int  on = 1;

    t->source.ready = load_transport_ready;
    t->source.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                          0);
    if (t->source.fd == -1) {
        t->closed(t, strerror(errno));
        return;
    }

    t->open = true;
    t->upgraded = false;
    t->writing = true;
    chat_buf_init(&t->in, LOAD_IN_MAX);
    chat_buf_init(&t->out, LOAD_OUT_MAX);

    load_transport_bind(t, o, nth);
    (void) setsockopt(t->source.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    load_request_encode(&t->out, &o->server, o->path,
                        o->token_pad ? LOAD_REQUEST_PAD : 0);

    if ((connect(t->source.fd, (const struct sockaddr *) &o->server,
                 sizeof(o->server)) == -1 && errno != EINPROGRESS)
        || !load_loop_add(&t->source, EPOLLIN|EPOLLOUT))
    {
        load_transport_fail(t, strerror(errno));
    }
}


void
load_transport_close(load_transport_t *t)
{
    if (!t->open) {
        return;
    }

    t->open = false;
    close(t->source.fd);
    chat_buf_free(&t->in);
    chat_buf_free(&t->out);
}


void
load_transport_fail(load_transport_t *t, const char *why)
{
    load_transport_close(t);
    t->closed(t, why);
}


/* What the kernel takes; the rest stays, and is waited for. */
static void
load_transport_flush(load_transport_t *t)
{
    bool     rest;
    ssize_t  n;

    n = send(t->source.fd, t->out.data, t->out.len, MSG_NOSIGNAL);

    if (n == -1 && errno != EAGAIN) {
        load_transport_fail(t, strerror(errno));
        return;
    }

    n = (n == -1) ? 0 : n;
    rest = ((size_t) n < t->out.len);

    if (rest) {
        memmove(t->out.data, t->out.data + n, t->out.len - (size_t) n);
        t->out.len -= (size_t) n;

    } else {
        chat_buf_free(&t->out);
    }

    if (rest != t->writing) {
        t->writing = rest;
        load_loop_change(&t->source, rest ? EPOLLIN|EPOLLOUT : EPOLLIN);
    }
}


void
load_transport_send(load_transport_t *t, chat_slice_t text)
{
    if (!t->open) {
        return;                  /* its owner was told, and sees it yet */
    }

    load_frame_encode(&t->out, CHAT_WS_TEXT, text);

    if (chat_buf_status(&t->out) != CHAT_OK) {
        load_transport_fail(t, "the server does not read");
        return;
    }

    if (!t->writing) {
        load_transport_flush(t);
    }
}


/* Serves whole frames at the beginning of [p, p + n); returns their bytes. */
static size_t
load_transport_frames(load_transport_t *t, const uint8_t *p, size_t n)
{
    size_t         at;
    load_frame_t   frame;
    chat_status_t  rc;

    for (at = 0; t->open; at += frame.size) {

        rc = t->upgraded
             ? load_frame_parse(p + at, n - at, LOAD_IN_MAX, &frame)
             : load_response_parse(p + at, n - at, &frame);

        if (rc == CHAT_AGAIN) {
            break;
        }

        if (rc != CHAT_OK) {
            load_transport_fail(t, t->upgraded ? "a frame that is none"
                                               : "no upgrade");
            break;
        }

        if (!t->upgraded) {
            t->upgraded = true;
            continue;
        }

        if (frame.opcode == CHAT_WS_CLOSE) {
            load_transport_fail(t, "closed by the server");
            break;
        }

        if (frame.opcode == CHAT_WS_TEXT) {
            t->message(t, frame.payload);
        }
    }

    return at;
}


static void
load_transport_keep(load_transport_t *t, const uint8_t *p, size_t n)
{
    chat_buf_put(&t->in, p, n);

    if (chat_buf_status(&t->in) != CHAT_OK) {
        load_transport_fail(t, "a frame is too large");
    }
}


static void
load_transport_read(load_transport_t *t)
{
    size_t   used, n;
    ssize_t  got;

    static uint8_t  bytes[LOAD_READ_SIZE];

    got = recv(t->source.fd, bytes, sizeof(bytes), 0);

    if (got == -1 && errno == EAGAIN) {
        return;
    }

    if (got <= 0) {
        load_transport_fail(t, got ? strerror(errno) : "the connection ended");
        return;
    }

    n = (size_t) got;

    if (t->in.len == 0) {
        used = load_transport_frames(t, bytes, n);

        if (t->open) {
            load_transport_keep(t, bytes + used, n - used);
        }

        return;
    }

    load_transport_keep(t, bytes, n);
    used = load_transport_frames(t, t->in.data, t->in.len);

    if (!t->open) {
        return;
    }

    if (used == t->in.len) {
        chat_buf_free(&t->in);
        return;
    }

    memmove(t->in.data, t->in.data + used, t->in.len - used);
    t->in.len -= used;
}


static void
load_transport_ready(load_source_t *source, uint32_t events)
{
    load_transport_t  *t = (load_transport_t *) source;

    /* one of a batch of events may have closed another's connection */

    if (t->open && (events & EPOLLOUT)) {
        load_transport_flush(t);
    }

    if (t->open && (events & ~(uint32_t) EPOLLOUT)) {
        load_transport_read(t);
    }
}
