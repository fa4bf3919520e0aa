
/*
 * A session and the WebSocket that is its transport: each is a table of
 * functions to the other.  The handshake opens sessions this way, and an
 * upgrade gives a session that was polling its WebSocket.
 */

#include "ngx_chat_websocket.h"


static ngx_int_t ngx_chat_websocket_session_begin(void *data,
    ngx_chat_websocket_t *ws);
static void ngx_chat_websocket_session_text(void *data, chat_slice_t text);
static void ngx_chat_websocket_session_binary(void *data, chat_slice_t bytes);
static void ngx_chat_websocket_session_leave(void *data);
static void ngx_chat_websocket_session_lost(void *data, const char *why);

static ngx_int_t ngx_chat_websocket_transport_write(void *transport,
    ngx_chat_msg_t *msg);
static ngx_uint_t ngx_chat_websocket_transport_ready(void *transport);
static void ngx_chat_websocket_transport_hold(void *transport, ngx_uint_t on);
static void ngx_chat_websocket_transport_close(void *transport,
    ngx_chat_close_t how);

static ngx_int_t ngx_chat_websocket_nobody_begin(void *data,
    ngx_chat_websocket_t *ws);
static void ngx_chat_websocket_nobody_lost(void *data, const char *why);


const ngx_chat_websocket_user_pt  ngx_chat_websocket_session = {
    ngx_chat_websocket_session_begin,
    ngx_chat_websocket_session_text,
    ngx_chat_websocket_session_binary,
    NULL,
    ngx_chat_websocket_session_leave,
    ngx_chat_websocket_session_lost
};

/* It is closed at once, and hears nothing. */
const ngx_chat_websocket_user_pt  ngx_chat_websocket_nobody = {
    ngx_chat_websocket_nobody_begin,
    NULL,
    NULL,
    NULL,
    NULL,
    ngx_chat_websocket_nobody_lost
};

static const ngx_chat_transport_pt  ngx_chat_websocket_transport = {
    ngx_chat_websocket_transport_write,
    ngx_chat_websocket_transport_ready,
    ngx_chat_websocket_transport_hold,
    ngx_chat_websocket_transport_close
};


void
ngx_chat_websocket_serve(ngx_chat_websocket_t *ws, ngx_chat_session_t *s)
{
    ngx_chat_websocket_user(ws, &ngx_chat_websocket_session, s);
    ngx_chat_session_switch(s, NGX_CHAT_TRANSPORT_WEBSOCKET,
                            &ngx_chat_websocket_transport, ws);
}


/* --- the WebSocket's calls ---------------------------------------------- */

static ngx_int_t
ngx_chat_websocket_session_begin(void *data, ngx_chat_websocket_t *ws)
{
    ngx_chat_session_attach(data, &ngx_chat_websocket_transport, ws);

    return NGX_OK;
}


static void
ngx_chat_websocket_session_text(void *data, chat_slice_t text)
{
    ngx_chat_session_receive(data, text);
}


static void
ngx_chat_websocket_session_binary(void *data, chat_slice_t bytes)
{
    ngx_chat_session_receive_binary(data, bytes);
}


static void
ngx_chat_websocket_session_leave(void *data)
{
    ngx_chat_session_leave(data);
}


static void
ngx_chat_websocket_session_lost(void *data, const char *why)
{
    ngx_chat_session_lost(data, why);
}


/* --- the session's calls ------------------------------------------------ */

static ngx_int_t
ngx_chat_websocket_transport_write(void *transport, ngx_chat_msg_t *msg)
{
    return ngx_chat_websocket_send(transport, msg);
}


static ngx_uint_t
ngx_chat_websocket_transport_ready(void *transport)
{
    return ngx_chat_websocket_ready(transport);
}


static void
ngx_chat_websocket_transport_hold(void *transport, ngx_uint_t on)
{
    ngx_chat_websocket_hold(transport, on);
}


static void
ngx_chat_websocket_transport_close(void *transport, ngx_chat_close_t how)
{
    ngx_chat_websocket_close(transport, how);
}


/* --- nobody ------------------------------------------------------------- */

static ngx_int_t
ngx_chat_websocket_nobody_begin(void *data, ngx_chat_websocket_t *ws)
{
    ngx_chat_websocket_close(ws, NGX_CHAT_CLOSE_FLUSH);

    return NGX_OK;
}


static void
ngx_chat_websocket_nobody_lost(void *data, const char *why)
{
}
