
/*
 * From process to process of one nginx: short frames over a Unix socket that
 * each process listens on, and client connections handed over.  A connection
 * is made for one matter, and closed when that is done: so its end says that
 * who asked, or who was asked, is gone.
 */

#ifndef NGX_CHAT_PEER_H
#define NGX_CHAT_PEER_H


#include "ngx_chat.h"
#include "chat_slice.h"


typedef struct ngx_chat_peer_s  ngx_chat_peer_t;


typedef struct {
    /* The body is valid inside the call. */
    void (*frame)(void *data, ngx_uint_t type, chat_slice_t body);

    /* The other side is gone; the peer is freed behind the call. */
    void (*closed)(void *data);
} ngx_chat_peer_user_pt;


/* Set once in init_process. */
typedef struct {
    /* Somebody of this zone has come; ngx_chat_peer_user() is to be called. */
    void (*accepted)(ngx_chat_peer_t *peer);

    /* nginx has told this process to leave; it is to leave at once. */
    void (*leave)(void);
    void (*stop)(void);
} ngx_chat_peer_upward_t;


ngx_int_t ngx_chat_peer_init_process(ngx_cycle_t *cycle,
    const ngx_chat_peer_upward_t *upward);
void ngx_chat_peer_exit_process(ngx_cycle_t *cycle);


/*
 * `process` is a number of the zone's table.  NGX_DECLINED: it is dead;
 * NGX_ERROR: it cannot be reached now.
 */
ngx_int_t ngx_chat_peer_connect(uint16_t process,
    const ngx_chat_peer_user_pt *user, void *data, ngx_chat_peer_t **peer);

void ngx_chat_peer_user(ngx_chat_peer_t *peer,
    const ngx_chat_peer_user_pt *user, void *data);

/*
 * Copies the body's pieces; what does not leave is noticed as the peer's end.
 */
void ngx_chat_peer_send(ngx_chat_peer_t *peer, ngx_uint_t type,
    const chat_slice_t *pieces, ngx_uint_t count);

/* What was sent still leaves; its user is not called any more. */
void ngx_chat_peer_close(ngx_chat_peer_t **peer);


/* --- client connections ------------------------------------------------- */

/*
 * Hands a client's connection to another process, with a frame: itself, or
 * with TLS, whose state cannot be moved, its bytes as long as it lives.  Takes
 * the connection in any case.
 */
void ngx_chat_peer_pass(uint16_t process, ngx_uint_t type,
    const chat_slice_t *pieces, ngx_uint_t count, ngx_connection_t *c);

/*
 * Inside `frame`: takes the connection that was handed over with it, as one of
 * nginx's own.  The peer is freed behind the call.  NULL: there is none.
 */
ngx_connection_t *ngx_chat_peer_take(ngx_chat_peer_t *peer);


#endif /* NGX_CHAT_PEER_H */
