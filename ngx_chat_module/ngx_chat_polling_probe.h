
/*
 * An upgrade under way, for a WebSocket that came in here or elsewhere.
 */

#ifndef NGX_CHAT_POLLING_PROBE_H
#define NGX_CHAT_POLLING_PROBE_H


#include "ngx_chat_polling_state.h"
#include "ngx_chat_shm.h"


/* A probe's WebSocket; its data is the probe. */
extern const ngx_chat_websocket_user_pt  ngx_chat_probe_user;


/* NULL: no such session, or it is no time for an upgrade. */
ngx_chat_probe_t *ngx_chat_probe_create(const u_char *sid);

/* ngx_chat_polling_peer.c: the WebSocket goes to the session's owner. */
ngx_int_t ngx_chat_polling_pass(ngx_http_request_t *r, ngx_str_t key,
    const ngx_chat_row_t *row);


#endif /* NGX_CHAT_POLLING_PROBE_H */
