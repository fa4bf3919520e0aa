
/*
 * What makes a request a WebSocket's (RFC 6455, 4.2.1).
 */

#ifndef NGX_CHAT_HANDSHAKE_UPGRADE_H
#define NGX_CHAT_HANDSHAKE_UPGRADE_H


#include "ngx_chat.h"


/* True if it asks for a WebSocket at all. */
ngx_uint_t ngx_chat_handshake_upgrades(ngx_http_request_t *r);

/*
 * NGX_OK and the client's key; NGX_DECLINED: the request is not as it should
 * be, and headers that say so were added to its answer.
 */
ngx_int_t ngx_chat_handshake_key(ngx_http_request_t *r, ngx_str_t *key);


#endif /* NGX_CHAT_HANDSHAKE_UPGRADE_H */
