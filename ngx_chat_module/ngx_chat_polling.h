
/*
 * Long polling: a session's packets wait until a GET takes them, and come in
 * POSTs; and its upgrade to a WebSocket.  Any process takes these requests and
 * hands them to the one that owns the session (docs/sessions.md).
 */

#ifndef NGX_CHAT_POLLING_H
#define NGX_CHAT_POLLING_H


#include "ngx_chat_peer.h"
#include "ngx_chat_session.h"


/*
 * These return what a content handler returns.  `row` is what was found in the
 * zone for the session's id.
 */

/* Opens the session, which is the polling's in any case; answers a GET. */
ngx_int_t ngx_chat_polling_open(ngx_http_request_t *r, ngx_chat_session_t *s);

/* A GET or a POST. */
ngx_int_t ngx_chat_polling_request(ngx_http_request_t *r,
    const ngx_chat_row_t *row);

/* A good WebSocket upgrade that names a session. */
ngx_int_t ngx_chat_polling_upgrade(ngx_http_request_t *r, ngx_str_t key,
    const ngx_chat_row_t *row);


/* What other processes want of this one. */
extern const ngx_chat_peer_upward_t  ngx_chat_polling_upward;

ngx_int_t ngx_chat_polling_init_process(ngx_cycle_t *cycle);
void ngx_chat_polling_exit_process(ngx_cycle_t *cycle);


#endif /* NGX_CHAT_POLLING_H */
