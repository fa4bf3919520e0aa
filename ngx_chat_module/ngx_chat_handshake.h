
/*
 * Content handler of a chat_socket location.
 */

#ifndef NGX_CHAT_HANDSHAKE_H
#define NGX_CHAT_HANDSHAKE_H


#include "ngx_chat.h"


ngx_int_t ngx_chat_handshake_handler(ngx_http_request_t *r);

/* … of `chat_echo websocket`. */
ngx_int_t ngx_chat_handshake_bare_handler(ngx_http_request_t *r);


#endif /* NGX_CHAT_HANDSHAKE_H */
