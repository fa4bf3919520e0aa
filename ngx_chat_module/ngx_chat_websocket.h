
/*
 * WebSockets: the upgrade, then a connection taken over from nginx's HTTP,
 * which costs no request and no buffer while it is idle.
 *
 * Each has a user, who hears its messages.  Of a session's WebSocket that is
 * the session, to which it is the transport.
 */

#ifndef NGX_CHAT_WEBSOCKET_H
#define NGX_CHAT_WEBSOCKET_H


#include "ngx_chat_session.h"


typedef struct ngx_chat_websocket_s  ngx_chat_websocket_t;


typedef struct {
    /* The answer 101 has left.  NGX_DONE: the WebSocket is no more. */
    ngx_int_t (*begin)(void *data, ngx_chat_websocket_t *ws);

    /* A whole message; both may close the WebSocket. */
    void (*text)(void *data, chat_slice_t text);
    void (*binary)(void *data, chat_slice_t bytes);

    /* All that was queued has been written.  NULL: it does not matter. */
    void (*drained)(void *data);

    /* nginx wants to leave: close soon, but not all at one moment. */
    void (*leave)(void *data);

    /* It has ended, or never began; `why` is a static text. */
    void (*lost)(void *data, const char *why);
} ngx_chat_websocket_user_pt;


/* A session that is opened by this WebSocket; its data is the session. */
extern const ngx_chat_websocket_user_pt  ngx_chat_websocket_session;

/* Whoever comes is closed; its data is NULL. */
extern const ngx_chat_websocket_user_pt  ngx_chat_websocket_nobody;


/*
 * Answers 101 to a request that was found to be a good upgrade; `begin` is
 * called when the answer has left, or `lost`.  Returns what a content handler
 * returns.
 */
ngx_int_t ngx_chat_websocket_upgrade(ngx_http_request_t *r, ngx_str_t key,
    const ngx_chat_websocket_user_pt *user, void *data);

/*
 * A WebSocket of a connection that was accepted and upgraded elsewhere;
 * `early` are bytes of the client that were read there.  Takes the connection
 * in any case; `lost` may be called inside.
 */
void ngx_chat_websocket_adopt(ngx_connection_t *c, ngx_chat_loc_conf_t *conf,
    chat_slice_t early, const ngx_chat_websocket_user_pt *user, void *data);

/*
 * The other way, inside `begin`: the WebSocket is freed, its connection
 * without handlers is the caller's, so are the bytes that were read too early
 * (ngx_free).
 */
ngx_connection_t *ngx_chat_websocket_dissolve(ngx_chat_websocket_t *ws,
    u_char **early, size_t *early_len);

/* Queues a reference of its own: NGX_OK, NGX_BUSY, NGX_ERROR. */
ngx_int_t ngx_chat_websocket_send(ngx_chat_websocket_t *ws,
    ngx_chat_msg_t *msg);

/* False while what was sent before does not leave. */
ngx_uint_t ngx_chat_websocket_ready(ngx_chat_websocket_t *ws);

/* Changes who hears it. */
void ngx_chat_websocket_user(ngx_chat_websocket_t *ws,
    const ngx_chat_websocket_user_pt *user, void *data);

void ngx_chat_websocket_hold(ngx_chat_websocket_t *ws, ngx_uint_t on);

/* Its user is gone; it ends by itself (inside a call of it: not _NOW). */
void ngx_chat_websocket_close(ngx_chat_websocket_t *ws, ngx_chat_close_t how);

/* From now on it is this session's transport, instead of another. */
void ngx_chat_websocket_serve(ngx_chat_websocket_t *ws,
    ngx_chat_session_t *s);


#endif /* NGX_CHAT_WEBSOCKET_H */
