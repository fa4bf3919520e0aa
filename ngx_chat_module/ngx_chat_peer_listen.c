
/*
 * Where a process of nginx is reached by the others, and how it reaches them.
 * The socket has a name of the abstract kind: nothing is left on the disk, and
 * no path can be too long.  Such a name is open to the whole machine, so both
 * ends ask the kernel who is at the other one: it has to be a process of this
 * zone, and of the connecting side the very one that was looked for.
 *
 * A process that leaves listens until its end, because its sessions' requests
 * come in at the new ones.
 */

#include "ngx_chat_peer_state.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_reply.h"


#define NGX_CHAT_PEER_PREFIX   "ngx_chat."
#define NGX_CHAT_PEER_BACKLOG  4096
#define NGX_CHAT_PEER_WAIT_MS  1260000     /* longer than any GET is parked */


static socklen_t ngx_chat_peer_address(struct sockaddr_un *address,
    const u_char name[NGX_CHAT_PEER_NAME_LEN]);
static void ngx_chat_peer_listen_handler(ngx_event_t *rev);
static void ngx_chat_peer_accept(int fd);


static const ngx_chat_peer_upward_t  *ngx_chat_peer_upward;
static ngx_connection_t              *ngx_chat_peer_listener;


ngx_int_t
ngx_chat_peer_init_process(ngx_cycle_t *cycle,
    const ngx_chat_peer_upward_t *upward)
{
    int                  fd;
    u_char               name[NGX_CHAT_PEER_NAME_LEN];
    u_char               random[NGX_CHAT_PEER_NAME_LEN / 2];
    socklen_t            len;
    ngx_connection_t    *c;
    struct sockaddr_un   address;

    ngx_queue_init(&ngx_chat_peers);
    ngx_chat_peer_upward = upward;

    if (ngx_chat_random(random, sizeof(random)) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_hex_dump(name, random, sizeof(random));
    len = ngx_chat_peer_address(&address, name);

    fd = socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (fd == -1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "chat: socket() for other processes failed");
        return NGX_ERROR;
    }

    if (bind(fd, (struct sockaddr *) &address, len) == -1
        || listen(fd, NGX_CHAT_PEER_BACKLOG) == -1)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "chat: cannot listen for other processes");
        (void) close(fd);
        return NGX_ERROR;
    }

    c = ngx_get_connection(fd, cycle->log);

    if (c == NULL) {
        (void) close(fd);
        return NGX_ERROR;
    }

    c->read->handler = ngx_chat_peer_listen_handler;
    c->read->log = cycle->log;
    c->log = cycle->log;

    /* a process that is to leave calls the handlers of idle connections */
    c->idle = 1;

    ngx_chat_peer_listener = c;

    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_chat_shm_peer_listens(name);

    return NGX_OK;
}


void
ngx_chat_peer_exit_process(ngx_cycle_t *cycle)
{
    ngx_queue_t  *q;

    if (ngx_chat_peer_listener == NULL) {
        return;
    }

    while (!ngx_queue_empty(&ngx_chat_peers)) {
        q = ngx_queue_head(&ngx_chat_peers);
        ngx_chat_peer_free(ngx_queue_data(q, ngx_chat_peer_t, link));
    }

    ngx_close_connection(ngx_chat_peer_listener);
    ngx_chat_peer_listener = NULL;
}


/* The name begins with a NUL and has no end but its length (unix(7)). */
static socklen_t
ngx_chat_peer_address(struct sockaddr_un *address,
    const u_char name[NGX_CHAT_PEER_NAME_LEN])
{
    u_char  *p;

    ngx_memzero(address, sizeof(struct sockaddr_un));
    address->sun_family = AF_UNIX;

    p = (u_char *) address->sun_path + 1;
    p = ngx_cpymem(p, NGX_CHAT_PEER_PREFIX, sizeof(NGX_CHAT_PEER_PREFIX) - 1);
    p = ngx_cpymem(p, name, NGX_CHAT_PEER_NAME_LEN);

    return (socklen_t) (p - (u_char *) address);
}


ngx_pid_t
ngx_chat_peer_pid(int fd)
{
    socklen_t     len;
    struct ucred  who;

    len = sizeof(struct ucred);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0
           ? who.pid : NGX_INVALID_PID;
}


/* --- others come -------------------------------------------------------- */

static void
ngx_chat_peer_listen_handler(ngx_event_t *rev)
{
    int                fd;
    ngx_connection_t  *c;

    c = rev->data;

    if (c->close) {
        c->close = 0;
        c->idle = 0;

        if (c->error) {                    /* worker_shutdown_timeout */
            ngx_chat_peer_upward->stop();

        } else {
            ngx_chat_peer_upward->leave();
        }

        return;
    }

    for ( ;; ) {

        fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK|SOCK_CLOEXEC);

        if (fd == -1) {
            return;                        /* what is left is told again */
        }

        ngx_chat_peer_accept(fd);
    }
}


static void
ngx_chat_peer_accept(int fd)
{
    ngx_chat_peer_t  *peer;

    if (!ngx_chat_shm_peer_known(ngx_chat_peer_pid(fd))) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "chat: process %P is no process of this nginx and was"
                      " turned away", ngx_chat_peer_pid(fd));
        (void) close(fd);
        return;
    }

    peer = ngx_chat_peer_create(fd);

    if (peer) {
        ngx_chat_peer_upward->accepted(peer);
    }
}


/* --- we go -------------------------------------------------------------- */

ngx_int_t
ngx_chat_peer_connect(uint16_t process, const ngx_chat_peer_user_pt *user,
    void *data, ngx_chat_peer_t **peer)
{
    int        fd;
    ngx_int_t  rc;

    fd = ngx_chat_peer_socket(process, &rc);

    if (fd == -1) {
        return rc;
    }

    *peer = ngx_chat_peer_create(fd);

    if (*peer == NULL) {
        return NGX_ERROR;
    }

    ngx_chat_peer_user(*peer, user, data);

    /* nginx does not end a process that has a timer, but one that just waits */
    ngx_add_timer((*peer)->connection->read, NGX_CHAT_PEER_WAIT_MS);

    return NGX_OK;
}


/* The connection is there at once, or not at all. */
int
ngx_chat_peer_socket(uint16_t process, ngx_int_t *rc)
{
    int                  fd;
    u_char               name[NGX_CHAT_PEER_NAME_LEN];
    socklen_t            len;
    ngx_pid_t            pid;
    struct sockaddr_un   address;

    *rc = ngx_chat_shm_peer_find(process, &pid, name);

    if (*rc != NGX_OK) {
        return -1;
    }

    *rc = NGX_ERROR;
    len = ngx_chat_peer_address(&address, name);

    fd = socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (fd == -1) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                      "chat: socket() to process %P failed", pid);
        return -1;
    }

    if (connect(fd, (struct sockaddr *) &address, len) == -1) {
        *rc = (ngx_errno == NGX_ECONNREFUSED) ? NGX_DECLINED : NGX_ERROR;

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                      "chat: process %P cannot be reached", pid);
        (void) close(fd);
        return -1;
    }

    if (ngx_chat_peer_pid(fd) != pid) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "chat: process %P listens for process %P",
                      ngx_chat_peer_pid(fd), pid);
        (void) close(fd);
        return -1;
    }

    ngx_chat_metric(NGX_CHAT_M_FORWARDED);

    return fd;
}
