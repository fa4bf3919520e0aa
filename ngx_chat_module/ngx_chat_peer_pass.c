
/*
 * A client's connection goes to another process of nginx.  The kernel hands
 * its descriptor over together with a frame (unix(7), SCM_RIGHTS); from then
 * on nobody stands between.  A connection with TLS cannot go, because OpenSSL
 * has its state in this process: its bytes are pumped (ngx_chat_peer_tunnel.c).
 */

#include "ngx_chat_peer_state.h"


#define NGX_CHAT_PEER_PASS_MAX  131072   /* bytes sent too early, and more */


static ngx_int_t ngx_chat_peer_pass_fd(int fd, chat_slice_t frame,
    int passed);
static void ngx_chat_peer_forget(ngx_connection_t *c);


void
ngx_chat_peer_pass(uint16_t process, ngx_uint_t type,
    const chat_slice_t *pieces, ngx_uint_t count, ngx_connection_t *c)
{
    int                fd;
    ngx_int_t          rc;
    chat_buf_t         b;
    ngx_uint_t         secure;
    ngx_connection_t  *owner;

#if (NGX_HTTP_SSL)
    secure = (c->ssl != NULL);
#else
    secure = 0;
#endif

    fd = ngx_chat_peer_socket(process, &rc);

    if (fd == -1) {
        ngx_http_close_connection(c);
        return;
    }

    chat_buf_init(&b, NGX_CHAT_PEER_PASS_MAX);
    ngx_chat_peer_encode(&b, type, pieces, count);

    rc = (chat_buf_status(&b) == CHAT_OK)
         ? ngx_chat_peer_pass_fd(fd, chat_buf_view(&b), secure ? -1 : c->fd)
         : NGX_ERROR;

    chat_buf_free(&b);

    if (rc != NGX_OK) {
        (void) close(fd);
        ngx_http_close_connection(c);
        return;
    }

    if (!secure) {
        (void) close(fd);
        ngx_chat_peer_forget(c);
        return;
    }

    owner = ngx_chat_peer_connection(fd);

    if (owner == NULL) {
        ngx_http_close_connection(c);
        return;
    }

    ngx_chat_peer_tunnel(c, owner);
}


/* A fresh socket takes so little at once. */
static ngx_int_t
ngx_chat_peer_pass_fd(int fd, chat_slice_t frame, int passed)
{
    ssize_t          n;
    struct iovec     iov;
    struct msghdr    msg;
    struct cmsghdr  *header;

    union {
        struct cmsghdr  header;
        u_char          space[CMSG_SPACE(sizeof(int))];
    } control;

    iov.iov_base = (void *) frame.data;
    iov.iov_len = frame.len;

    ngx_memzero(&msg, sizeof(struct msghdr));
    msg.msg_iov = &iov;
    msg.msg_iovlen = 1;

    if (passed != -1) {
        ngx_memzero(&control, sizeof(control));
        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(sizeof(int));

        header = CMSG_FIRSTHDR(&msg);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        ngx_memcpy(CMSG_DATA(header), &passed, sizeof(int));
    }

    do {
        n = sendmsg(fd, &msg, MSG_NOSIGNAL);
    } while (n == -1 && ngx_errno == NGX_EINTR);

    if (n != (ssize_t) frame.len) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, n == -1 ? ngx_errno : 0,
                      "chat: a connection could not be handed over");
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * The connection lives on elsewhere, so epoll, too, has to be told: it forgets
 * by itself only what nobody has open any more.
 */
static void
ngx_chat_peer_forget(ngx_connection_t *c)
{
    ngx_pool_t  *pool;

    pool = c->pool;

    if (ngx_del_conn) {
        (void) ngx_del_conn(c, 0);
    }

    ngx_close_connection(c);
    ngx_destroy_pool(pool);
}


ngx_connection_t *
ngx_chat_peer_take(ngx_chat_peer_t *peer)
{
    ngx_connection_t  *c;

    if (peer->passed != -1) {
        c = ngx_chat_peer_connection(peer->passed);
        peer->passed = -1;

        ngx_close_connection(peer->connection);

    } else {
        c = peer->connection;

#if (NGX_STAT_STUB)
        (void) ngx_atomic_fetch_add(ngx_stat_active, 1);
#endif
    }

    peer->connection = NULL;

    if (c == NULL) {
        return NULL;
    }

    c->pool = ngx_create_pool(NGX_CHAT_PEER_POOL, ngx_cycle->log);

    if (c->pool == NULL) {
        ngx_close_connection(c);
        return NULL;
    }

    return c;
}
