
/*
 * What a connection between processes is made of: for ngx_chat_peer* alone.
 */

#ifndef NGX_CHAT_PEER_STATE_H
#define NGX_CHAT_PEER_STATE_H


#include "ngx_chat_peer.h"
#include "ngx_chat_shm.h"
#include "chat_buf.h"


#define NGX_CHAT_PEER_POOL       256     /* of a connection taken over */
#define NGX_CHAT_PEER_FRAME_MAX  (256u * 1024 * 1024)


/* Both ends are of one machine and one zone. */
typedef struct {
    uint32_t   type;
    uint32_t   len;             /* of the body behind it */
} ngx_chat_peer_head_t;


struct ngx_chat_peer_s {
    ngx_queue_t                    link;       /* of all */
    ngx_connection_t              *connection; /* NULL: taken */
    const ngx_chat_peer_user_pt   *user;       /* NULL: it is closing */
    void                          *data;
    chat_buf_t                     out;
    size_t                         sent;       /* bytes of `out` */
    int                            passed;     /* a descriptor; -1: none */
    size_t                         got;        /* bytes of head and body */
    ngx_chat_peer_head_t           head;
    u_char                        *body;
};


extern ngx_queue_t  ngx_chat_peers;


/* Makes a peer, or nginx's connection, of a socket, which is theirs. */
ngx_chat_peer_t *ngx_chat_peer_create(int fd);
ngx_connection_t *ngx_chat_peer_connection(int fd);
void ngx_chat_peer_free(ngx_chat_peer_t *peer);

/* Appends a frame. */
void ngx_chat_peer_encode(chat_buf_t *b, ngx_uint_t type,
    const chat_slice_t *pieces, ngx_uint_t count);

/* A connected socket, or -1; *rc as of ngx_chat_peer_connect(). */
int ngx_chat_peer_socket(uint16_t process, ngx_int_t *rc);

/* The process at the other end, as the kernel says. */
ngx_pid_t ngx_chat_peer_pid(int fd);

/* ngx_chat_peer_tunnel.c: both connections are the tunnel's. */
void ngx_chat_peer_tunnel(ngx_connection_t *client, ngx_connection_t *owner);


#endif /* NGX_CHAT_PEER_STATE_H */
