
/*
 * What a WebSocket connection is made of: for the units ngx_chat_websocket*
 * alone.
 */

#ifndef NGX_CHAT_WEBSOCKET_STATE_H
#define NGX_CHAT_WEBSOCKET_STATE_H


#include "ngx_chat_websocket.h"
#include "ngx_chat_msg_queue.h"
#include "chat_ws_reader.h"


/* ngx_chat_websocket_move() is the only writer. */
typedef enum {
    NGX_CHAT_WS_UPGRADING = 0,     /* still a request; 101 not yet flushed */
    NGX_CHAT_WS_OPEN,
    NGX_CHAT_WS_HELD,              /* open, but not read */
    NGX_CHAT_WS_CLOSING,           /* our Close is queued; input is dropped */
    NGX_CHAT_WS_LINGERING,         /* it was written; waits for the end */
    NGX_CHAT_WS_ANSWERING          /* the peer's Close is being answered */
} ngx_chat_websocket_state_t;


/* Bytes that were read, but are for later: the session is held. */
typedef struct {
    u_char   *p;
    u_char   *last;
    u_char    data[];
} ngx_chat_websocket_rest_t;


struct ngx_chat_websocket_s {
    ngx_connection_t                  *connection;
    const ngx_chat_websocket_user_pt  *user;     /* NULL: gone */
    void                              *data;
    ngx_chat_loc_conf_t               *conf;
    chat_ws_reader_t                  *reader;   /* NULL: nothing unfinished */
    ngx_chat_websocket_rest_t         *rest;     /* NULL: none */
    ngx_chat_msg_queue_t               out;
    size_t                             floor;    /* of `out` when it jammed */
    size_t                             kept;     /* bytes of reader and rest */
    ngx_chat_websocket_state_t         state;
};


static ngx_inline void
ngx_chat_websocket_move(ngx_chat_websocket_t *ws,
    ngx_chat_websocket_state_t state)
{
    ws->state = state;
}


/* --- ngx_chat_websocket_read.c ------------------------------------------ */

void ngx_chat_websocket_read_handler(ngx_event_t *rev);

/* What was read and not handed on. */
void ngx_chat_websocket_forget(ngx_chat_websocket_t *ws);

/* Keeps bytes to be looked at before those still to be read. */
ngx_int_t ngx_chat_websocket_keep(ngx_chat_websocket_t *ws, u_char *p,
    u_char *last);


/* --- ngx_chat_websocket.c ----------------------------------------------- */

/* Begins a connection that was taken over. */
void ngx_chat_websocket_begin(ngx_chat_websocket_t *ws);

/* Frees it, its user hears of it; the connection stays with the caller. */
void ngx_chat_websocket_free(ngx_chat_websocket_t *ws);

/* The same, and closes the connection. */
void ngx_chat_websocket_finish(ngx_chat_websocket_t *ws, const char *why);

/* User and connection know each other no more; the user hears of it. */
void ngx_chat_websocket_part(ngx_chat_websocket_t *ws, const char *why);


/* --- ngx_chat_websocket_write.c ----------------------------------------- */

void ngx_chat_websocket_write_handler(ngx_event_t *wev);

void ngx_chat_websocket_send_control(ngx_chat_websocket_t *ws,
    chat_ws_opcode_t opcode, chat_slice_t payload);

/* Begins the closing handshake (RFC 6455, 7.1). */
void ngx_chat_websocket_fail(ngx_chat_websocket_t *ws, uint16_t code,
    const char *why);

/* Answers the peer's Close. */
void ngx_chat_websocket_peer_closes(ngx_chat_websocket_t *ws,
    chat_slice_t payload);


#endif /* NGX_CHAT_WEBSOCKET_STATE_H */
