
/*
 * The Socket.IO side of a session: CONNECT, events and their answers,
 * DISCONNECT.
 */

#ifndef NGX_CHAT_SOCKET_H
#define NGX_CHAT_SOCKET_H


#include "ngx_chat_event.h"
#include "ngx_chat_rooms.h"
#include "ngx_chat_session.h"


typedef struct ngx_chat_socket_s  ngx_chat_socket_t;


/*
 * Puts a socket above a session that is not attached yet.  `who` is the
 * handshake's verified identity (uid.len 0: none), for a CONNECT without a
 * token.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_chat_socket_create(ngx_chat_session_t *session,
    const ngx_chat_identity_t *who, ngx_str_t agent);

ngx_chat_socket_t *ngx_chat_socket_of(ngx_chat_member_t *member);

/* The channel of the socket's user is on (again). */
void ngx_chat_socket_subscribed(ngx_chat_socket_t *socket);

/* The link to Redis was lost: who has joined is stale, and what it says fails;
 * who is joining begins again when the link is back. */
void ngx_chat_socket_unlinked(ngx_chat_socket_t *socket);

/* An event of the socket's user; 1 if the socket was written to. */
ngx_uint_t ngx_chat_socket_hear(ngx_chat_socket_t *socket,
    ngx_chat_event_t *event);

/*
 * A socket that has joined is to be brought up to date now: it hears nothing
 * that is logged until the logs were read, and is not listened to.  One that is
 * joining is to be when it has.
 */
void ngx_chat_socket_stale(ngx_chat_socket_t *socket);

/* Up to where a stale one has heard everything; epoch 0: it is none. */
ngx_chat_offset_t ngx_chat_socket_stale_since(ngx_chat_socket_t *socket);

/* An event of the logs, for a stale one that has heard all up to `from`. */
ngx_uint_t ngx_chat_socket_catch_up(ngx_chat_socket_t *socket,
    const ngx_chat_offset_t *from, ngx_chat_event_t *event);

/* It goes on, or if not all was there to be heard, the client comes back. */
void ngx_chat_socket_caught_up(ngx_chat_socket_t *socket, ngx_uint_t whole);

/*
 * Asks the worker who is online, in this socket's name, as ngx_chat_bus_push()
 * does.  NGX_DECLINED: it has not joined.
 */
ngx_int_t ngx_chat_socket_ask_again(ngx_chat_socket_t *socket,
    ngx_chat_reply_pt done, void *data, ngx_chat_ask_t **ask);


#endif /* NGX_CHAT_SOCKET_H */
