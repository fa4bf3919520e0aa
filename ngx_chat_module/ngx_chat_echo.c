
/*
 * Sends every message back: above a session (`chat_echo engine`), or on a bare
 * WebSocket (`chat_echo websocket`), which is not read until its last echo has
 * left.  The handshake puts it there; it needs neither Redis nor workers.
 */

#include "ngx_chat_echo.h"


typedef struct {
    ngx_chat_websocket_t  *ws;
} ngx_chat_echo_t;


static void ngx_chat_echo_packet(void *data, chat_slice_t text);
static void ngx_chat_echo_packet_binary(void *data, chat_slice_t bytes);
static void ngx_chat_echo_deadline(void *data);
static void ngx_chat_echo_close(void *data);

static ngx_int_t ngx_chat_echo_begin(void *data, ngx_chat_websocket_t *ws);
static void ngx_chat_echo_text(void *data, chat_slice_t text);
static void ngx_chat_echo_binary(void *data, chat_slice_t bytes);
static void ngx_chat_echo_drained(void *data);
static void ngx_chat_echo_leave(void *data);
static void ngx_chat_echo_lost(void *data, const char *why);
static void ngx_chat_echo_send(ngx_chat_echo_t *echo, chat_slice_t payload,
    ngx_uint_t binary);


static const ngx_chat_session_upward_t  ngx_chat_echo_upward = {
    ngx_chat_echo_packet,
    ngx_chat_echo_packet_binary,
    ngx_chat_echo_deadline,
    ngx_chat_echo_close
};

const ngx_chat_websocket_user_pt  ngx_chat_echo_websocket = {
    ngx_chat_echo_begin,
    ngx_chat_echo_text,
    ngx_chat_echo_binary,
    ngx_chat_echo_drained,
    ngx_chat_echo_leave,
    ngx_chat_echo_lost
};


/* --- a session ---------------------------------------------------------- */

ngx_int_t
ngx_chat_echo_session(ngx_chat_session_t *session)
{
    ngx_str_t  nobody = ngx_null_string;

    ngx_chat_session_bind(session, &ngx_chat_echo_upward, session);
    ngx_chat_session_identify(session, nobody, 1);

    return NGX_OK;
}


static void
ngx_chat_echo_packet(void *data, chat_slice_t text)
{
    chat_slice_t  pieces[2];

    pieces[0] = chat_slice("4");
    pieces[1] = text;
    ngx_chat_session_send_pieces(data, pieces, 2);
}


static void
ngx_chat_echo_packet_binary(void *data, chat_slice_t bytes)
{
    ngx_chat_session_send_binary(data, bytes);
}


/* None was set. */
static void
ngx_chat_echo_deadline(void *data)
{
}


/* It has nothing of its own. */
static void
ngx_chat_echo_close(void *data)
{
}


/* --- a bare WebSocket --------------------------------------------------- */

void *
ngx_chat_echo_create(void)
{
    return ngx_calloc(sizeof(ngx_chat_echo_t), ngx_cycle->log);
}


static ngx_int_t
ngx_chat_echo_begin(void *data, ngx_chat_websocket_t *ws)
{
    ngx_chat_echo_t  *echo = data;

    echo->ws = ws;

    return NGX_OK;
}


static void
ngx_chat_echo_text(void *data, chat_slice_t text)
{
    ngx_chat_echo_send(data, text, 0);
}


static void
ngx_chat_echo_binary(void *data, chat_slice_t bytes)
{
    ngx_chat_echo_send(data, bytes, 1);
}


static void
ngx_chat_echo_send(ngx_chat_echo_t *echo, chat_slice_t payload,
    ngx_uint_t binary)
{
    ngx_int_t        rc;
    ngx_chat_msg_t  *msg;

    msg = ngx_chat_msg_create(&payload, 1, binary);
    rc = msg ? ngx_chat_websocket_send(echo->ws, msg) : NGX_ERROR;
    ngx_chat_msg_unref(&msg);

    if (rc != NGX_OK) {
        ngx_chat_websocket_close(echo->ws, NGX_CHAT_CLOSE_BROKEN);
        ngx_free(echo);
        return;
    }

    ngx_chat_websocket_hold(echo->ws, 1);
}


static void
ngx_chat_echo_drained(void *data)
{
    ngx_chat_echo_t  *echo = data;

    ngx_chat_websocket_hold(echo->ws, 0);
}


static void
ngx_chat_echo_leave(void *data)
{
    ngx_chat_echo_t  *echo = data;

    ngx_chat_websocket_close(echo->ws, NGX_CHAT_CLOSE_FLUSH);
    ngx_free(echo);
}


static void
ngx_chat_echo_lost(void *data, const char *why)
{
    ngx_free(data);
}
