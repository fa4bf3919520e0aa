
/*
 * The WebSocket transport: the upgrade, then a connection taken over from
 * nginx's HTTP, which costs no request and no buffer while it is idle.
 */

#ifndef NGX_CHAT_WEBSOCKET_H
#define NGX_CHAT_WEBSOCKET_H


#include "ngx_chat_session.h"


/*
 * Answers 101 to a request that was found to be a good upgrade, and attaches
 * `s` when the answer has left; s NULL: closes the WebSocket then.  Returns
 * what a content handler returns; the session is the upgrade's in any case.
 */
ngx_int_t ngx_chat_websocket_upgrade(ngx_http_request_t *r,
    ngx_chat_session_t *s, ngx_str_t key);


#endif /* NGX_CHAT_WEBSOCKET_H */
