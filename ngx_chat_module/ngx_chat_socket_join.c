
/*
 * The answer to CONNECT: joined, refused, or another time.  The beginning is
 * one cut (docs/bus.md): what came while the worker was asked has waited, what
 * the reply already covers is dropped, the rest follows, then all is live.
 */

#include "ngx_chat_socket_state.h"
#include "ngx_chat_delivered.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_presence.h"
#include "ngx_chat_rooms_seats.h"
#include "chat_json_scan.h"


#define NGX_CHAT_OPENING_WAITING   256     /* events for one socket */
#define NGX_CHAT_OPENING_TEXT_MAX  1024    /* a refusal's message and code */


static void ngx_chat_opening_refused(ngx_chat_socket_t *socket,
    const chat_envelope_t *reply);
static void ngx_chat_opening_join(ngx_chat_socket_t *socket,
    const chat_envelope_t *reply);
static void ngx_chat_opening_grant(ngx_chat_socket_t *socket);
static ngx_int_t ngx_chat_opening_thin(ngx_chat_event_list_t *list);
static ngx_uint_t ngx_chat_opening_channels(ngx_chat_socket_t *socket,
    const chat_envelope_t *reply);
static void ngx_chat_opening_hear(ngx_chat_socket_t *socket,
    ngx_chat_event_list_t *list);


void
ngx_chat_opening_answered(void *data, ngx_uint_t status,
    const chat_envelope_t *reply)
{
    ngx_chat_socket_t  *socket = data;

    socket->opening->ask = NULL;
    ngx_chat_opening_next();

    if (!ngx_chat_session_is_open(socket->client->session)) {
        return;
    }

    if (status == NGX_HTTP_OK && reply) {
        ngx_chat_opening_join(socket, reply);
        return;
    }

    if ((status == NGX_HTTP_UNAUTHORIZED || status == NGX_HTTP_FORBIDDEN)
        && reply)
    {
        ngx_chat_opening_refused(socket, reply);
        return;
    }

    ngx_chat_opening_later(socket, "CONNECT was not answered");
}


/* The worker's words: {"message": …, "code": …}. */
static void
ngx_chat_opening_refused(ngx_chat_socket_t *socket,
    const chat_envelope_t *reply)
{
    size_t             len;
    u_char             text[2][NGX_CHAT_OPENING_TEXT_MAX];
    ngx_uint_t         i;
    chat_slice_t       said[2] = { chat_slice("Not allowed"),
                                   chat_slice("forbidden") };
    chat_json_value_t  object, value;

    static const chat_slice_t  names[2] = {
        { sizeof("message") - 1, (const uint8_t *) "message" },
        { sizeof("code") - 1, (const uint8_t *) "code" }
    };

    if (chat_json_check(reply->body, &object) == CHAT_OK
        && object.type == CHAT_JSON_OBJECT)
    {
        for (i = 0; i < 2; i++) {

            if (chat_json_member(object.text, names[i], &value) == CHAT_OK
                && chat_json_string(value, text[i], sizeof(text[i]), &len)
                   == CHAT_OK)
            {
                said[i] = chat_slice_of(text[i], len);
            }
        }
    }

    ngx_chat_opening_refuse(socket, said[0], said[1]);
}


/* The connection stays: the client may try another token. */
void
ngx_chat_opening_refuse(ngx_chat_socket_t *socket, chat_slice_t message,
    chat_slice_t code)
{
    u_char        head[NGX_CHAT_HEAD_MAX];
    chat_buf_t    b;
    chat_slice_t  packet;

    ngx_chat_metric(NGX_CHAT_M_CONNECT_ERRORS);

    chat_buf_init(&b, NGX_CHAT_OPENING_TEXT_MAX * 16);
    chat_buf_slice(&b, ngx_chat_socket_head(socket, CHAT_SIO_CONNECT_ERROR, -1,
                                            head));
    chat_buf_str(&b, "{\"message\":");
    chat_buf_json(&b, message);
    chat_buf_str(&b, ",\"data\":{\"code\":");
    chat_buf_json(&b, code);
    chat_buf_str(&b, "}}");

    if (chat_buf_status(&b) == CHAT_OK) {
        packet = chat_buf_view(&b);
        ngx_chat_session_send_pieces(socket->client->session, &packet, 1);

    } else {
        ngx_chat_session_close(socket->client->session, "no memory");
    }

    chat_buf_free(&b);

    ngx_chat_socket_reset(socket);
    ngx_chat_client_hold(socket->client);
}


static void
ngx_chat_opening_join(ngx_chat_socket_t *socket, const chat_envelope_t *reply)
{
    u_char                text[NGX_CHAT_OFFSET_MAX];
    ngx_uint_t            behind;
    chat_slice_t          offset;
    chat_attach_t         attach;
    ngx_chat_opening_t   *opening;

    opening = socket->opening;

    ngx_chat_socket_move(socket, NGX_CHAT_SOCKET_JOINED);
    ngx_chat_metric_add(NGX_CHAT_M_SOCKETS, 1);
    socket->client->joined = 1;
    ngx_chat_client_changed(socket->client);

    if (ngx_chat_socket_chats(socket)) {
        ngx_chat_presence_joined(socket->member.room,
                                 ngx_chat_socket_conf(socket));
        ngx_chat_recover_begin(socket);
    }

    offset = reply->headers[CHAT_H_OFFSET];

    if (opening->recovered) {
        offset = chat_slice_of(text, ngx_sprintf(text, "%uL.%uL",
                                                 opening->claimed.epoch,
                                                 opening->claimed.n) - text);
    }

    ngx_chat_opening_hear(socket, &opening->missed);
    ngx_chat_opening_grant(socket);
    (void) ngx_chat_socket_packets(socket, reply,
                                   socket->member.pid.len
                                   ? offset : chat_slice_of(NULL, 0), &attach);

    /* what the reply covers is at or before its offset */
    (void) ngx_chat_offset_parse(offset, &socket->heard);

    behind = ngx_chat_opening_channels(socket, reply) | opening->behind;

    if (behind) {
        ngx_chat_socket_stale(socket);

    } else {
        ngx_chat_client_hold(socket->client);
    }

    ngx_chat_opening_hear(socket, &opening->waiting);

    ngx_chat_opening_destroy(&socket->opening);
    ngx_chat_client_expires(socket->client);

    if (behind) {
        ngx_chat_rooms_behind(socket->member.room);
    }
}


/*
 * The large conversations that the socket hears: `channels: <id>,…`.  What was
 * said there since the reply's offset came to nobody here, or not to this one,
 * so their logs have to be read: 1.
 */
static ngx_uint_t
ngx_chat_opening_channels(ngx_chat_socket_t *socket,
    const chat_envelope_t *reply)
{
    size_t          n;
    ngx_str_t       id;
    ngx_uint_t      some;
    chat_slice_t    list;
    const uint8_t  *end;

    some = 0;

    if (!ngx_chat_socket_chats(socket)) {
        return 0;
    }

    for (list = reply->headers[CHAT_H_CHANNELS]; list.len; /* void */) {
        end = memchr(list.data, ',', list.len);
        n = end ? (size_t) (end - list.data) : list.len;

        id.len = n;
        id.data = (u_char *) list.data;

        if (ngx_chat_seats_take(socket->member.room, id) == NGX_ERROR) {
            ngx_chat_session_close(socket->client->session, "no memory");
        }

        n += (end != NULL);
        list = chat_slice_of(list.data + n, list.len - n);
        some = 1;
    }

    return some;
}


static void
ngx_chat_opening_grant(ngx_chat_socket_t *socket)
{
    u_char        head[NGX_CHAT_HEAD_MAX];
    ngx_uint_t    n;
    chat_slice_t  pieces[6];

    pieces[0] = ngx_chat_socket_head(socket, CHAT_SIO_CONNECT, -1, head);
    pieces[1] = chat_slice("{\"sid\":\"");
    pieces[2] = chat_slice_of(socket->sid, sizeof(socket->sid));
    n = 3;

    if (socket->member.pid.len) {
        pieces[n++] = chat_slice("\",\"pid\":\"");
        pieces[n++] = ngx_chat_slice(socket->member.pid);
    }

    pieces[n++] = chat_slice("\"}");
    ngx_chat_session_send_pieces(socket->client->session, pieces, n);
}


/* --- what came meanwhile ------------------------------------------------ */

/* What is logged can be read when the socket has joined. */
void
ngx_chat_opening_wait(ngx_chat_socket_t *socket, ngx_chat_event_t *event)
{
    ngx_chat_opening_t  *opening;

    opening = socket->opening;

    if (event->volatile_ || (opening->behind && event->offset.epoch)) {
        return;
    }

    if (ngx_chat_event_list_add(&opening->waiting, event) != NGX_OK) {
        ngx_chat_session_close(socket->client->session, "no memory");
        return;
    }

    if (opening->waiting.count <= NGX_CHAT_OPENING_WAITING) {
        return;
    }

    opening->behind = 1;

    if (ngx_chat_opening_thin(&opening->waiting) != NGX_OK
        || opening->waiting.count > NGX_CHAT_OPENING_WAITING)
    {
        ngx_chat_opening_later(socket, "too many events while joining");
    }
}


/* Keeps what is in no log. */
static ngx_int_t
ngx_chat_opening_thin(ngx_chat_event_list_t *list)
{
    ngx_int_t          rc;
    ngx_uint_t         n;
    ngx_chat_event_t  *event;

    rc = NGX_OK;

    for (n = list->count; n && rc == NGX_OK; n--) {
        event = ngx_chat_event_list_take(list);

        if (event->offset.epoch == 0) {
            rc = ngx_chat_event_list_add(list, event);
        }

        ngx_chat_event_unref(&event);
    }

    return rc;
}


static void
ngx_chat_opening_hear(ngx_chat_socket_t *socket, ngx_chat_event_list_t *list)
{
    ngx_chat_event_t  *event;

    for (event = ngx_chat_event_list_take(list);
         event;
         event = ngx_chat_event_list_take(list))
    {
        if (ngx_chat_socket_hear(socket, event) && event->seq) {
            ngx_chat_delivered(event->conversation,
                               ngx_chat_claims_uid(socket->claims),
                               event->seq);
        }

        ngx_chat_event_unref(&event);
    }
}
