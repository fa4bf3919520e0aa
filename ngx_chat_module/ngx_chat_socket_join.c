
/*
 * The answer to CONNECT: joined, refused, or another time.  The beginning is
 * one cut (docs/bus.md): what came while the worker was asked has waited, what
 * the reply already covers is dropped, the rest follows, then all is live.
 */

#include "ngx_chat_socket_state.h"
#include "ngx_chat_delivered.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_presence.h"
#include "chat_json_scan.h"


#define NGX_CHAT_OPENING_WAITING   256     /* events for one socket */
#define NGX_CHAT_OPENING_TEXT_MAX  1024    /* a refusal's message and code */


static void ngx_chat_opening_refused(ngx_chat_socket_t *socket,
    const chat_envelope_t *reply);
static void ngx_chat_opening_join(ngx_chat_socket_t *socket,
    const chat_envelope_t *reply);
static void ngx_chat_opening_grant(ngx_chat_socket_t *socket);
static void ngx_chat_opening_hear(ngx_chat_socket_t *socket,
    ngx_chat_waitings_t *list);


void
ngx_chat_opening_answered(void *data, ngx_uint_t status,
    const chat_envelope_t *reply)
{
    ngx_chat_socket_t  *socket = data;

    socket->opening->ask = NULL;
    ngx_chat_opening_next();

    if (!ngx_chat_session_is_open(socket->client->session) || socket->stale) {
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
    ngx_chat_session_hold(socket->client->session, 0);
}


static void
ngx_chat_opening_join(ngx_chat_socket_t *socket, const chat_envelope_t *reply)
{
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

    offset = opening->recovered
             ? chat_slice_of(opening->offset, opening->offset_len)
             : reply->headers[CHAT_H_OFFSET];

    ngx_chat_opening_hear(socket, &opening->missed);
    ngx_chat_opening_grant(socket);
    (void) ngx_chat_socket_packets(socket, reply,
                                   socket->member.pid.len
                                   ? offset : chat_slice_of(NULL, 0), &attach);

    /* what the reply covers is at or before its offset */
    (void) ngx_chat_offset_parse(offset, &socket->heard);
    ngx_chat_opening_hear(socket, &opening->waiting);

    ngx_chat_opening_destroy(&socket->opening);
    ngx_chat_client_expires(socket->client);
    ngx_chat_session_hold(socket->client->session, 0);
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

void
ngx_chat_opening_wait(ngx_chat_socket_t *socket, ngx_chat_event_t *event)
{
    ngx_chat_waitings_t  *waiting;

    waiting = &socket->opening->waiting;

    if (event->volatile_) {
        return;
    }

    if (waiting->count == NGX_CHAT_OPENING_WAITING) {
        ngx_chat_opening_later(socket, "too many events while joining");
        return;
    }

    if (ngx_chat_waiting_add(waiting, event) != NGX_OK) {
        ngx_chat_session_close(socket->client->session, "no memory");
    }
}


static void
ngx_chat_opening_hear(ngx_chat_socket_t *socket, ngx_chat_waitings_t *list)
{
    ngx_chat_event_t    *event;
    ngx_chat_waiting_t  *waiting;

    for (waiting = list->first; waiting; waiting = waiting->next) {
        event = waiting->event;

        if (ngx_chat_socket_hear(socket, event) && event->seq) {
            ngx_chat_delivered(event->conversation,
                               ngx_chat_claims_uid(socket->claims),
                               event->seq);
        }
    }

    ngx_chat_waiting_forget(list);
}


ngx_int_t
ngx_chat_waiting_add(ngx_chat_waitings_t *list, ngx_chat_event_t *event)
{
    ngx_chat_waiting_t  *waiting;

    waiting = ngx_alloc(sizeof(ngx_chat_waiting_t), ngx_cycle->log);
    if (waiting == NULL) {
        return NGX_ERROR;
    }

    waiting->next = NULL;
    waiting->event = ngx_chat_event_ref(event);

    if (list->last) {
        list->last->next = waiting;

    } else {
        list->first = waiting;
    }

    list->last = waiting;
    list->count++;

    return NGX_OK;
}


void
ngx_chat_waiting_forget(ngx_chat_waitings_t *list)
{
    ngx_chat_waiting_t  *waiting;

    while (list->first) {
        waiting = list->first;
        list->first = waiting->next;

        ngx_chat_event_unref(&waiting->event);
        ngx_free(waiting);
    }

    list->last = NULL;
    list->count = 0;
}
