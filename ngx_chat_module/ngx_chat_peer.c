
/*
 * Frames between two processes of one nginx.  A frame is read to its last byte
 * and no further, because a client's own bytes may stand behind it.  Polling
 * asks and answers over this; what its frames mean is not known here.
 */

#include "ngx_chat_peer_state.h"


static void ngx_chat_peer_read_handler(ngx_event_t *rev);
static ngx_int_t ngx_chat_peer_read(ngx_chat_peer_t *peer);
static ssize_t ngx_chat_peer_recv(ngx_chat_peer_t *peer, u_char *p, size_t n);
static void ngx_chat_peer_take_fd(ngx_chat_peer_t *peer, struct msghdr *msg);
static void ngx_chat_peer_write_handler(ngx_event_t *wev);
static ngx_int_t ngx_chat_peer_write(ngx_chat_peer_t *peer);


ngx_queue_t  ngx_chat_peers;


ngx_connection_t *
ngx_chat_peer_connection(int fd)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(fd, ngx_cycle->log);

    if (c == NULL) {
        (void) close(fd);
        return NULL;
    }

    c->recv = ngx_recv;
    c->send = ngx_send;
    c->send_chain = ngx_send_chain;
    c->log = ngx_cycle->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->write->ready = 1;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    if (ngx_nonblocking(fd) == -1 || ngx_add_conn(c) != NGX_OK) {
        ngx_close_connection(c);
        return NULL;
    }

    return c;
}


ngx_chat_peer_t *
ngx_chat_peer_create(int fd)
{
    ngx_connection_t  *c;
    ngx_chat_peer_t   *peer;

    peer = ngx_calloc(sizeof(ngx_chat_peer_t), ngx_cycle->log);

    if (peer == NULL) {
        (void) close(fd);
        return NULL;
    }

    c = ngx_chat_peer_connection(fd);

    if (c == NULL) {
        ngx_free(peer);
        return NULL;
    }

    peer->connection = c;
    peer->passed = -1;
    chat_buf_init(&peer->out, NGX_CHAT_PEER_FRAME_MAX);

    c->data = peer;
    c->read->handler = ngx_chat_peer_read_handler;
    c->write->handler = ngx_chat_peer_write_handler;

    ngx_queue_insert_tail(&ngx_chat_peers, &peer->link);

    return peer;
}


void
ngx_chat_peer_free(ngx_chat_peer_t *peer)
{
    ngx_queue_remove(&peer->link);

    if (peer->connection) {
        ngx_close_connection(peer->connection);
    }

    if (peer->passed != -1) {
        (void) close(peer->passed);
    }

    chat_buf_free(&peer->out);
    ngx_free(peer->body);
    ngx_free(peer);
}


void
ngx_chat_peer_user(ngx_chat_peer_t *peer, const ngx_chat_peer_user_pt *user,
    void *data)
{
    peer->user = user;
    peer->data = data;
}


void
ngx_chat_peer_close(ngx_chat_peer_t **peer)
{
    ngx_chat_peer_t  *closing;

    closing = *peer;
    *peer = NULL;

    closing->user = NULL;
    ngx_post_event(closing->connection->write, &ngx_posted_events);
}


/* --- reading ------------------------------------------------------------ */

static void
ngx_chat_peer_read_handler(ngx_event_t *rev)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;
    ngx_chat_peer_t   *peer;

    c = rev->data;
    peer = c->data;

    rc = (c->error || rev->timedout) ? NGX_ERROR : ngx_chat_peer_read(peer);

    if (rc == NGX_DONE) {                  /* its connection was taken */
        ngx_chat_peer_free(peer);
        return;
    }

    if (rc == NGX_AGAIN && ngx_handle_read_event(rev, 0) == NGX_OK) {
        return;
    }

    if (peer->user) {
        peer->user->closed(peer->data);
    }

    ngx_chat_peer_free(peer);
}


static ngx_int_t
ngx_chat_peer_read(ngx_chat_peer_t *peer)
{
    u_char   *p;
    size_t    n;
    ssize_t   rc;

    for ( ;; ) {

        if (peer->got < sizeof(peer->head)) {
            p = (u_char *) &peer->head + peer->got;
            n = sizeof(peer->head) - peer->got;

        } else {
            p = peer->body + (peer->got - sizeof(peer->head));
            n = peer->head.len - (peer->got - sizeof(peer->head));
        }

        if (n) {
            rc = ngx_chat_peer_recv(peer, p, n);

            if (rc <= 0) {
                return rc == NGX_AGAIN ? NGX_AGAIN : NGX_ERROR;
            }

            peer->got += rc;
        }

        if (peer->got < sizeof(peer->head)) {
            continue;
        }

        if (peer->body == NULL) {

            if (peer->head.len > NGX_CHAT_PEER_FRAME_MAX) {
                return NGX_ERROR;
            }

            peer->body = ngx_alloc(peer->head.len + 1, ngx_cycle->log);
            if (peer->body == NULL) {
                return NGX_ERROR;
            }
        }

        if (peer->got - sizeof(peer->head) < peer->head.len) {
            continue;
        }

        if (peer->user) {
            peer->user->frame(peer->data, peer->head.type,
                              chat_slice_of(peer->body, peer->head.len));
        }

        if (peer->connection == NULL) {
            return NGX_DONE;
        }

        ngx_free(peer->body);
        peer->body = NULL;
        peer->got = 0;
    }
}


/* As c->recv(), and a descriptor that comes with the bytes is kept. */
static ssize_t
ngx_chat_peer_recv(ngx_chat_peer_t *peer, u_char *p, size_t n)
{
    ssize_t        rc;
    struct iovec   iov;
    struct msghdr  msg;

    union {
        struct cmsghdr  header;
        u_char          space[CMSG_SPACE(sizeof(int))];
    } control;

    ngx_memzero(&msg, sizeof(struct msghdr));
    iov.iov_base = p;
    iov.iov_len = n;
    msg.msg_iov = &iov;
    msg.msg_iovlen = 1;
    msg.msg_control = &control;
    msg.msg_controllen = sizeof(control);

    do {
        rc = recvmsg(peer->connection->fd, &msg, MSG_CMSG_CLOEXEC);
    } while (rc == -1 && ngx_errno == NGX_EINTR);

    if (rc == -1) {

        if (ngx_errno == NGX_EAGAIN) {
            peer->connection->read->ready = 0;
            return NGX_AGAIN;
        }

        return NGX_ERROR;
    }

    ngx_chat_peer_take_fd(peer, &msg);

    return rc;
}


static void
ngx_chat_peer_take_fd(ngx_chat_peer_t *peer, struct msghdr *msg)
{
    int              fd;
    struct cmsghdr  *header;

    header = CMSG_FIRSTHDR(msg);

    if (header == NULL || header->cmsg_level != SOL_SOCKET
        || header->cmsg_type != SCM_RIGHTS
        || header->cmsg_len != CMSG_LEN(sizeof(int)))
    {
        return;
    }

    ngx_memcpy(&fd, CMSG_DATA(header), sizeof(int));

    if (peer->passed != -1) {
        (void) close(peer->passed);
    }

    peer->passed = fd;
}


/* --- writing ------------------------------------------------------------ */

void
ngx_chat_peer_send(ngx_chat_peer_t *peer, ngx_uint_t type,
    const chat_slice_t *pieces, ngx_uint_t count)
{
    ngx_chat_peer_encode(&peer->out, type, pieces, count);

    ngx_post_event(peer->connection->write, &ngx_posted_events);
}


void
ngx_chat_peer_encode(chat_buf_t *b, ngx_uint_t type,
    const chat_slice_t *pieces, ngx_uint_t count)
{
    ngx_uint_t            i;
    ngx_chat_peer_head_t  head;

    head.type = (uint32_t) type;
    head.len = 0;

    for (i = 0; i < count; i++) {
        head.len += (uint32_t) pieces[i].len;
    }

    chat_buf_put(b, &head, sizeof(head));

    for (i = 0; i < count; i++) {
        chat_buf_slice(b, pieces[i]);
    }
}


static void
ngx_chat_peer_write_handler(ngx_event_t *wev)
{
    ngx_int_t          rc;
    ngx_connection_t  *c;
    ngx_chat_peer_t   *peer;

    c = wev->data;
    peer = c->data;

    rc = ngx_chat_peer_write(peer);

    if (rc == NGX_AGAIN) {
        rc = ngx_handle_write_event(wev, 0) == NGX_OK ? NGX_AGAIN : NGX_ERROR;
    }

    if (rc == NGX_AGAIN || (rc == NGX_OK && peer->user)) {
        return;
    }

    if (peer->user) {
        c->error = 1;
        ngx_post_event(c->read, &ngx_posted_events);
        return;
    }

    ngx_chat_peer_free(peer);
}


static ngx_int_t
ngx_chat_peer_write(ngx_chat_peer_t *peer)
{
    ssize_t            n;
    ngx_connection_t  *c;

    c = peer->connection;

    if (chat_buf_status(&peer->out) != CHAT_OK) {
        return NGX_ERROR;
    }

    while (peer->sent < peer->out.len) {

        n = c->send(c, peer->out.data + peer->sent,
                    peer->out.len - peer->sent);

        if (n < 0) {
            return n == NGX_AGAIN ? NGX_AGAIN : NGX_ERROR;
        }

        peer->sent += n;
    }

    chat_buf_free(&peer->out);
    chat_buf_init(&peer->out, NGX_CHAT_PEER_FRAME_MAX);
    peer->sent = 0;

    return NGX_OK;
}
