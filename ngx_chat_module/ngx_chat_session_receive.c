
/*
 * What an Engine.IO packet of the client does to its session.  Transports hand
 * packets in; messages go up, the heartbeat stays here.
 */

#include "ngx_chat_session_state.h"


static void ngx_chat_session_receive_base64(ngx_chat_session_t *s,
    chat_slice_t text);
static void ngx_chat_session_alive(ngx_chat_session_t *s);
static void ngx_chat_session_pong(ngx_chat_session_t *s);


void
ngx_chat_session_receive(ngx_chat_session_t *s, chat_slice_t text)
{
    chat_eio_packet_t  packet;

    if (chat_eio_parse(text, &packet) != CHAT_OK) {
        ngx_chat_session_break(s, "not a packet");
        return;
    }

    ngx_chat_session_packet(s, &packet);
}


void
ngx_chat_session_packet(ngx_chat_session_t *s, const chat_eio_packet_t *packet)
{
    if (s->state == NGX_CHAT_SESSION_CLOSING) {
        return;
    }

    if (packet->binary) {
        ngx_chat_session_receive_base64(s, packet->data);
        return;
    }

    switch (packet->type) {

    case CHAT_EIO_MESSAGE:
        ngx_chat_session_alive(s);
        s->upward->packet(s->socket, packet->data);
        return;

    case CHAT_EIO_PONG:
        ngx_chat_session_pong(s);
        return;

    case CHAT_EIO_CLOSE:
        ngx_chat_session_end(s, "closed by the client", NGX_CHAT_CLOSE_ASKED);
        return;

    case CHAT_EIO_PING:                    /* the wrong way round */
        ngx_chat_session_break(s, "a ping of the client");
        return;

    case CHAT_EIO_OPEN:
    case CHAT_EIO_UPGRADE:
    case CHAT_EIO_NOOP:
        return;
    }
}


/* Binary in a text: always on polling, as a client's wish on WebSocket. */
static void
ngx_chat_session_receive_base64(ngx_chat_session_t *s, chat_slice_t text)
{
    size_t   cap, len;
    u_char  *bytes;

    cap = text.len / 4 * 3 + 3;

    bytes = ngx_alloc(cap, ngx_cycle->log);
    if (bytes == NULL) {
        ngx_chat_session_end(s, "no memory", NGX_CHAT_CLOSE_BROKEN);
        return;
    }

    if (chat_eio_base64_decode(text, bytes, cap, &len) == CHAT_OK) {
        ngx_chat_session_receive_binary(s, chat_slice_of(bytes, len));

    } else {
        ngx_chat_session_break(s, "not base64");
    }

    ngx_free(bytes);
}


void
ngx_chat_session_receive_binary(ngx_chat_session_t *s, chat_slice_t bytes)
{
    if (s->state == NGX_CHAT_SESSION_CLOSING) {
        return;
    }

    ngx_chat_session_alive(s);
    s->upward->binary(s->socket, bytes);
}


/*
 * Something else than the pong that is waited for: the link is slow, not dead.
 * That counts once a ping.
 */
static void
ngx_chat_session_alive(ngx_chat_session_t *s)
{
    if (s->state == NGX_CHAT_SESSION_PINGED && !s->extended) {
        s->extended = 1;
        s->heartbeat_at = ngx_current_msec + s->conf->ping_timeout_ms;
        ngx_chat_session_arm(s);
    }
}


/* An unasked pong is accepted too, and puts off the next ping. */
static void
ngx_chat_session_pong(ngx_chat_session_t *s)
{
    ngx_chat_session_move(s, NGX_CHAT_SESSION_OPEN);
    s->heartbeat_at = ngx_current_msec + s->conf->ping_interval_ms;
    ngx_chat_session_arm(s);
}
