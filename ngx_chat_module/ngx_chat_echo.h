
/*
 * chat_echo: sessions and WebSockets that send back what they hear, for test
 * suites of the protocols.
 */

#ifndef NGX_CHAT_ECHO_H
#define NGX_CHAT_ECHO_H


#include "ngx_chat_websocket.h"


/* A bare WebSocket; its data is of ngx_chat_echo_create() (NULL: no memory). */
extern const ngx_chat_websocket_user_pt  ngx_chat_echo_websocket;

void *ngx_chat_echo_create(void);

/* Puts an echo above a session that is not attached yet. */
ngx_int_t ngx_chat_echo_session(ngx_chat_session_t *session);


#endif /* NGX_CHAT_ECHO_H */
