
/*
 * A client of REST that knows what nginx sends: a status line, headers, and a
 * body whose length is told in Content-Length.  Anything else is an error.
 */

#define _GNU_SOURCE

#include "load_http.h"
#include "chat_envelope.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>


#define LOAD_HTTP_ANSWER_MAX   (8 * 1024 * 1024)
#define LOAD_HTTP_REQUEST_MAX  4096
#define LOAD_HTTP_READ_SIZE    65536
#define LOAD_HTTP_LENGTH       "\r\nContent-Length: "


static void load_http_ready(load_source_t *source, uint32_t events);


static void
load_http_fail(load_http_t *h, const char *why)
{
    load_http_close(h);
    h->failed(h, why);
}


static void
load_http_headers(load_http_t *h, const load_options_t *o, uint32_t user)
{
    char    token[LOAD_TOKEN_MAX], address[INET_ADDRSTRLEN];
    size_t  n;

    n = load_user_token(&o->users, user, token);
    inet_ntop(AF_INET, &o->server.sin_addr, address, sizeof(address));

    chat_buf_init(&h->headers, LOAD_HTTP_REQUEST_MAX);
    chat_buf_str(&h->headers, " HTTP/1.1\r\nHost: ");
    chat_buf_str(&h->headers, address);
    chat_buf_str(&h->headers, "\r\nAuthorization: Bearer ");
    chat_buf_put(&h->headers, token, n);
    chat_buf_str(&h->headers, "\r\n\r\n");
}


static void
load_http_request(load_http_t *h, chat_slice_t path)
{
    chat_buf_reset(&h->request);
    chat_buf_str(&h->request, "GET ");
    chat_buf_slice(&h->request, path);
    chat_buf_slice(&h->request, chat_buf_view(&h->headers));
    h->written = 0;
    h->sent_us = load_now_us();
}


void
load_http_open(load_http_t *h, const load_options_t *o, chat_slice_t path,
    uint32_t user)
{
    int  on = 1;

    chat_buf_init(&h->in, LOAD_HTTP_ANSWER_MAX);
    chat_buf_init(&h->request, LOAD_HTTP_REQUEST_MAX);
    load_http_headers(h, o, user);
    load_http_request(h, path);

    h->source.ready = load_http_ready;
    h->source.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                          0);
    h->open = (h->source.fd != -1);
    h->writing = true;

    if (!h->open || chat_buf_status(&h->request) != CHAT_OK) {
        load_http_fail(h, "no socket, or the request is too long");
        return;
    }

    (void) setsockopt(h->source.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    if ((connect(h->source.fd, (const struct sockaddr *) &o->server,
                 sizeof(o->server)) == -1 && errno != EINPROGRESS)
        || !load_loop_add(&h->source, EPOLLIN|EPOLLOUT))
    {
        load_http_fail(h, strerror(errno));
    }
}


void
load_http_close(load_http_t *h)
{
    if (h->open) {
        close(h->source.fd);
    }

    h->open = false;
    chat_buf_free(&h->headers);
    chat_buf_free(&h->request);
    chat_buf_free(&h->in);
}


static void
load_http_write(load_http_t *h)
{
    bool     rest;
    ssize_t  n;

    n = send(h->source.fd, h->request.data + h->written,
             h->request.len - h->written, MSG_NOSIGNAL);

    if (n == -1 && errno != EAGAIN) {
        load_http_fail(h, strerror(errno));
        return;
    }

    h->written += (n == -1) ? 0 : (size_t) n;
    rest = (h->written < h->request.len);

    if (rest != h->writing) {
        h->writing = rest;
        load_loop_change(&h->source, rest ? EPOLLIN|EPOLLOUT : EPOLLIN);
    }
}


void
load_http_get(load_http_t *h, chat_slice_t path)
{
    load_http_request(h, path);
    load_http_write(h);
}


/* CHAT_AGAIN until the answer is whole. */
static chat_status_t
load_http_parse(chat_slice_t in, uint32_t *status, chat_slice_t *body)
{
    size_t          n, head;
    uint64_t        length, code;
    const uint8_t  *end, *p;

    end = memmem(in.data, in.len, "\r\n\r\n", 4);

    if (end == NULL) {
        return CHAT_AGAIN;
    }

    head = (size_t) (end + 4 - in.data);
    p = memmem(in.data, head, LOAD_HTTP_LENGTH, sizeof(LOAD_HTTP_LENGTH) - 1);

    if (p == NULL || head < 13 || memcmp(in.data, "HTTP/1.1 ", 9) != 0
        || chat_envelope_number(chat_slice_of(in.data + 9, 3), &code)
           != CHAT_OK)
    {
        return CHAT_BAD;
    }

    p += sizeof(LOAD_HTTP_LENGTH) - 1;
    n = (size_t) ((const uint8_t *) memchr(p, '\r', (size_t) (end + 4 - p))
                  - p);

    if (chat_envelope_number(chat_slice_of(p, n), &length) != CHAT_OK) {
        return CHAT_BAD;
    }

    if (in.len - head < length) {
        return CHAT_AGAIN;
    }

    *status = (uint32_t) code;
    *body = chat_slice_of(in.data + head, (size_t) length);

    return (in.len - head == length) ? CHAT_OK : CHAT_BAD;
}


static void
load_http_read(load_http_t *h)
{
    ssize_t        n;
    uint32_t       status;
    chat_slice_t   body;
    chat_status_t  rc;

    static uint8_t  bytes[LOAD_HTTP_READ_SIZE];

    n = recv(h->source.fd, bytes, sizeof(bytes), 0);

    if (n == -1 && errno == EAGAIN) {
        return;
    }

    if (n <= 0) {
        load_http_fail(h, n ? strerror(errno) : "the connection ended");
        return;
    }

    chat_buf_put(&h->in, bytes, (size_t) n);
    rc = load_http_parse(chat_buf_view(&h->in), &status, &body);

    if (rc == CHAT_BAD || chat_buf_status(&h->in) != CHAT_OK) {
        load_http_fail(h, "an answer of another kind");
        return;
    }

    if (rc == CHAT_OK) {
        chat_buf_reset(&h->in);      /* the bytes stay until they are read */
        h->answered(h, status, body);
    }
}


static void
load_http_ready(load_source_t *source, uint32_t events)
{
    load_http_t  *h = (load_http_t *) source;

    if (h->open && (events & EPOLLOUT)) {
        load_http_write(h);
    }

    if (h->open && (events & ~(uint32_t) EPOLLOUT)) {
        load_http_read(h);
    }
}
