
/*
 * What a socket hears of its user's events: those that are for it, each once.
 * The fan-out hands events in, live or from the log; a socket that is still
 * joining keeps them.  What an event means, it must not know.
 */

#include "ngx_chat_socket_state.h"


static void ngx_chat_socket_release(ngx_chat_socket_t *socket);
static ngx_uint_t ngx_chat_socket_take(ngx_chat_socket_t *socket,
    ngx_chat_event_t *event);
static void ngx_chat_socket_dismiss(ngx_chat_socket_t *socket,
    const ngx_chat_event_t *event);
static ngx_uint_t ngx_chat_socket_same(ngx_str_t a, ngx_str_t b);
static ngx_uint_t ngx_chat_socket_is_for(ngx_chat_socket_t *socket,
    const ngx_chat_event_t *event);


ngx_uint_t
ngx_chat_socket_hear(ngx_chat_socket_t *socket, ngx_chat_event_t *event)
{
    if (socket->stale && event->offset.epoch) {
        return 0;
    }

    return ngx_chat_socket_take(socket, event);
}


void
ngx_chat_socket_stale(ngx_chat_socket_t *socket)
{
    if (socket->state == NGX_CHAT_SOCKET_JOINED) {
        socket->stale = 1;
        socket->held = 1;
        ngx_chat_client_hold(socket->client);

    } else if (socket->state != NGX_CHAT_SOCKET_IDLE) {
        socket->opening->behind = 1;
    }
}


static void
ngx_chat_socket_release(ngx_chat_socket_t *socket)
{
    if (socket->held) {
        socket->held = 0;
        ngx_chat_client_hold(socket->client);
    }
}


void
ngx_chat_socket_unlinked(ngx_chat_socket_t *socket)
{
    if (socket->state == NGX_CHAT_SOCKET_JOINED) {
        socket->stale = 1;
        ngx_chat_socket_release(socket);

    } else if (socket->state != NGX_CHAT_SOCKET_IDLE) {
        ngx_chat_opening_restart(socket);
    }
}


ngx_chat_offset_t
ngx_chat_socket_stale_since(ngx_chat_socket_t *socket)
{
    static const ngx_chat_offset_t  none;

    return socket->stale ? socket->heard : none;
}


ngx_uint_t
ngx_chat_socket_catch_up(ngx_chat_socket_t *socket,
    const ngx_chat_offset_t *from, ngx_chat_event_t *event)
{
    return socket->stale
           && (ngx_chat_offset_reached(from, &socket->heard)
               || !ngx_chat_socket_chats(socket))
           && ngx_chat_socket_take(socket, event);
}


void
ngx_chat_socket_caught_up(ngx_chat_socket_t *socket, ngx_uint_t whole)
{
    if (!socket->stale) {
        return;
    }

    if (!whole
        || (ngx_chat_socket_chats(socket) && socket->heard.epoch == 0))
    {
        ngx_chat_opening_later(socket, "events were lost");
        return;
    }

    socket->stale = 0;
    ngx_chat_socket_release(socket);
}


static ngx_uint_t
ngx_chat_socket_take(ngx_chat_socket_t *socket, ngx_chat_event_t *event)
{
    ngx_uint_t        i;
    ngx_chat_msg_t  **msgs;

    if (!ngx_chat_session_is_open(socket->client->session)) {
        return 0;
    }

    if (!ngx_chat_socket_chats(socket)) {

        if (event->close && ngx_chat_socket_is_for(socket, event)) {
            ngx_chat_socket_dismiss(socket, event);
        }

        return 0;
    }

    if (socket->state == NGX_CHAT_SOCKET_JOINED && event->offset.epoch) {

        if (ngx_chat_offset_reached(&event->offset, &socket->heard)) {
            return 0;
        }

        socket->heard = event->offset;
    }

    if (!ngx_chat_socket_is_for(socket, event)) {
        return 0;
    }

    if (socket->state != NGX_CHAT_SOCKET_JOINED) {

        if (event->close) {
            ngx_chat_socket_dismiss(socket, event);
            return 0;
        }

        ngx_chat_opening_wait(socket, event);
        return 0;
    }

    if (event->volatile_
        && !ngx_chat_session_ready(socket->client->session))
    {
        return 0;
    }

    msgs = ngx_chat_socket_conf(socket)->recovery_ms
           ? event->msgs : event->plain;

    for (i = 0; i < event->count; i++) {
        ngx_chat_session_send(socket->client->session, msgs[i]);
    }

    if (event->close) {
        ngx_chat_socket_dismiss(socket, event);
        return 0;
    }

    return ngx_chat_session_is_open(socket->client->session);
}


/*
 * After `41` the client does not come back to that namespace; a session that
 * was claimed has come back already.
 */
static void
ngx_chat_socket_dismiss(ngx_chat_socket_t *socket,
    const ngx_chat_event_t *event)
{
    u_char              head[NGX_CHAT_HEAD_MAX];
    chat_slice_t        farewell;
    ngx_chat_room_t    *room;
    ngx_chat_client_t  *client;

    client = socket->client;

    if (event->only_generation) {
        ngx_chat_session_close(client->session, "claimed");
        return;
    }

    room = socket->member.room;

    for (socket = ngx_chat_client_next(client, NULL);
         socket;
         socket = ngx_chat_client_next(client, socket))
    {
        if (socket->state == NGX_CHAT_SOCKET_JOINED
            && socket->member.room == room
            && ngx_chat_socket_is_for(socket, event))
        {
            farewell = ngx_chat_socket_head(socket, CHAT_SIO_DISCONNECT, -1,
                                            head);
            ngx_chat_session_send_pieces(client->session, &farewell, 1);
            ngx_chat_recover_forget(socket);
        }
    }

    ngx_chat_session_close(client->session, "closed by the worker");
}


static ngx_uint_t
ngx_chat_socket_is_for(ngx_chat_socket_t *socket,
    const ngx_chat_event_t *event)
{
    ngx_str_t  sid, session;

    sid.len = sizeof(socket->sid);
    sid.data = socket->sid;
    session = ngx_chat_claims_session(socket->claims);

    if (event->exclude.len && ngx_chat_socket_same(event->exclude, sid)) {
        return 0;
    }

    return (event->only_sid.len == 0
            || ngx_chat_socket_same(event->only_sid, sid))
           && (event->only_generation == 0
               || event->only_generation == socket->generation)
           && (event->only_session.len == 0
               || ngx_chat_socket_same(event->only_session, session));
}


static ngx_uint_t
ngx_chat_socket_same(ngx_str_t a, ngx_str_t b)
{
    return a.len == b.len && ngx_memcmp(a.data, b.data, a.len) == 0;
}
