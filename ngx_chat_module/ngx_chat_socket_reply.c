
/*
 * What a socket says to its client: the packets that come with a reply, acks,
 * refusals of its own.  Texts written here need no escapes.
 */

#include "ngx_chat_socket_state.h"
#include "ngx_chat_delivered.h"


#define NGX_CHAT_FAILURE_MAX   512


typedef struct {
    ngx_uint_t     status;
    const char    *code;
    const char    *message;
} ngx_chat_failure_t;


static void ngx_chat_socket_lines(ngx_chat_socket_t *socket,
    chat_slice_t lines, chat_slice_t offset, ngx_uint_t unread,
    chat_attach_t *attach);
static void ngx_chat_socket_send(ngx_chat_socket_t *socket,
    chat_sio_type_t type, int64_t id, const ngx_chat_packet_t *packet,
    chat_slice_t offset, chat_attach_t *attach);
static void ngx_chat_socket_report(ngx_chat_socket_t *socket,
    chat_slice_t deliver);


static const ngx_chat_failure_t  ngx_chat_failures[] = {
    { NGX_HTTP_SERVICE_UNAVAILABLE, "unavailable",
      "The service is not available, please try again" },
    { NGX_HTTP_GATEWAY_TIME_OUT, "timeout",
      "There was no answer in time" },
    { NGX_HTTP_BAD_REQUEST, "invalid",
      "The event cannot be passed on" },
    { 0, "internal",
      "Something went wrong" }               /* any other status */
};


chat_slice_t
ngx_chat_socket_head(ngx_chat_socket_t *socket, chat_sio_type_t type,
    int64_t id, u_char text[NGX_CHAT_HEAD_MAX])
{
    chat_buf_t  b;

    chat_buf_init_fixed(&b, text, NGX_CHAT_HEAD_MAX);
    chat_sio_head_encode(&b, type, 0, ngx_chat_slice(*socket->nsp), id);

    return chat_buf_view(&b);
}


chat_slice_t
ngx_chat_socket_packets(ngx_chat_socket_t *socket,
    const chat_envelope_t *reply, chat_slice_t offset, chat_attach_t *attach)
{
    uint64_t      bytes;
    chat_slice_t  rest, lines;

    rest = reply->body;
    bytes = 0;

    if (chat_attach_cut(reply->headers[CHAT_H_ATT], &rest, attach) != CHAT_OK
        || (reply->headers[CHAT_H_PACKETS].data
            && chat_envelope_number(reply->headers[CHAT_H_PACKETS], &bytes)
               != CHAT_OK)
        || bytes > rest.len)
    {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "chat: the parts of a reply are not where it says");
        return chat_slice_of(NULL, 0);
    }

    lines = chat_slice_of(rest.data, (size_t) bytes);
    rest = chat_slice_of(rest.data + lines.len, rest.len - lines.len);

    ngx_chat_socket_lines(socket, lines, offset,
                          reply->headers[CHAT_H_DELIVER].data != NULL, attach);

    ngx_chat_socket_report(socket, reply->headers[CHAT_H_DELIVER]);

    return rest;
}


/*
 * The first packet has the offset; with unread messages among them the last
 * one: who gets no more than a part must not go on behind the rest.
 */
static void
ngx_chat_socket_lines(ngx_chat_socket_t *socket, chat_slice_t lines,
    chat_slice_t offset, ngx_uint_t unread, chat_attach_t *attach)
{
    int64_t            id;
    ngx_int_t          more;
    ngx_uint_t         here, first;
    ngx_chat_packet_t  packet, next;

    first = 1;
    more = ngx_chat_packet_next(&lines, &next);

    while (more == NGX_OK) {
        packet = next;
        more = ngx_chat_packet_next(&lines, &next);
        id = packet.asks ? ngx_chat_socket_ask(socket, &packet) : -1;
        here = id < 0 && (unread ? (more != NGX_OK) : first);
        first = 0;

        ngx_chat_socket_send(socket, CHAT_SIO_EVENT, id, &packet,
                             here ? offset : chat_slice_of(NULL, 0), attach);
    }
}


/* A packet, then its attachments: nothing comes between them. */
static void
ngx_chat_socket_send(ngx_chat_socket_t *socket, chat_sio_type_t type,
    int64_t id, const ngx_chat_packet_t *packet, chat_slice_t offset,
    chat_attach_t *attach)
{
    u_char               text[NGX_CHAT_HEAD_MAX];
    ngx_uint_t           i, n;
    chat_buf_t           head;
    chat_slice_t         bytes, pieces[NGX_CHAT_PACKET_PIECES];
    ngx_chat_session_t  *session;

    session = socket->client->session;

    if (packet->attachments) {
        type = (type == CHAT_SIO_ACK) ? CHAT_SIO_BINARY_ACK
                                      : CHAT_SIO_BINARY_EVENT;
    }

    chat_buf_init_fixed(&head, text, sizeof(text));
    chat_sio_head_encode(&head, type, packet->attachments,
                         ngx_chat_slice(*socket->nsp), id);

    /* what is acknowledged has no offset, and is not taken for one */

    n = ngx_chat_packet_pieces(chat_buf_view(&head), packet->json, offset,
                               id < 0 && socket->member.pid.len, pieces);
    ngx_chat_session_send_pieces(session, pieces, n);

    for (i = 0; i < packet->attachments; i++) {

        if (chat_attach_next(attach, &bytes) != CHAT_OK) {
            ngx_chat_session_close(session, "an attachment is missing");
            return;
        }

        ngx_chat_session_send_binary(session, bytes);
    }
}


/* deliver: <conversation>:<seq>,… */
static void
ngx_chat_socket_report(ngx_chat_socket_t *socket, chat_slice_t deliver)
{
    size_t          n;
    uint64_t        seq;
    ngx_str_t       conversation;
    chat_slice_t    number;
    const uint8_t  *end;

    while (deliver.len > CHAT_ID_LEN && deliver.data[CHAT_ID_LEN] == ':') {

        end = memchr(deliver.data, ',', deliver.len);
        n = end ? (size_t) (end - deliver.data) : deliver.len;

        if (n <= CHAT_ID_LEN) {
            return;
        }

        conversation.len = CHAT_ID_LEN;
        conversation.data = (u_char *) deliver.data;
        number = chat_slice_of(deliver.data + CHAT_ID_LEN + 1,
                               n - CHAT_ID_LEN - 1);

        if (chat_envelope_number(number, &seq) == CHAT_OK) {
            ngx_chat_delivered(conversation,
                               ngx_chat_claims_uid(socket->claims), seq);
        }

        n += (end != NULL);
        deliver = chat_slice_of(deliver.data + n, deliver.len - n);
    }
}


void
ngx_chat_socket_answer(ngx_chat_socket_t *socket, int64_t id,
    chat_slice_t line, chat_attach_t *attach)
{
    ngx_chat_packet_t  packet;

    if (ngx_chat_packet_parse(line, &packet) != NGX_OK) {
        ngx_chat_socket_failed(socket, id, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_chat_socket_send(socket, CHAT_SIO_ACK, id, &packet,
                         chat_slice_of(NULL, 0), attach);
}


void
ngx_chat_socket_failed(ngx_chat_socket_t *socket, int64_t id,
    ngx_uint_t status)
{
    const ngx_chat_failure_t  *failure;

    failure = ngx_chat_failures;

    while (failure->status && failure->status != status) {
        failure++;
    }

    ngx_chat_socket_answer_failure(socket, id, failure->code,
                                   failure->message);
}


void
ngx_chat_socket_answer_failure(ngx_chat_socket_t *socket, int64_t id,
    const char *code, const char *message)
{
    u_char      text[NGX_CHAT_FAILURE_MAX];
    chat_buf_t  b;

    if (id < 0) {
        ngx_chat_socket_error(socket, code, message);
        return;
    }

    chat_buf_init_fixed(&b, text, sizeof(text));
    chat_buf_str(&b, "[{\"ok\":false,\"error\":{\"code\":\"");
    chat_buf_str(&b, code);
    chat_buf_str(&b, "\",\"message\":\"");
    chat_buf_str(&b, message);
    chat_buf_str(&b, "\"}}]");

    ngx_chat_socket_answer(socket, id, chat_buf_view(&b), NULL);
}


void
ngx_chat_socket_limited(ngx_chat_socket_t *socket, int64_t id,
    ngx_uint_t wait_s)
{
    u_char  text[NGX_CHAT_FAILURE_MAX];

    *ngx_snprintf(text, sizeof(text) - 1,
                  "Too many events, try again in %ui s", wait_s) = '\0';

    ngx_chat_socket_error(socket, "rate_limited", (char *) text);

    if (id >= 0) {
        ngx_chat_socket_answer_failure(socket, id, "rate_limited",
                                       (char *) text);
    }
}


void
ngx_chat_socket_error(ngx_chat_socket_t *socket, const char *code,
    const char *message)
{
    u_char        head[NGX_CHAT_HEAD_MAX];
    chat_slice_t  pieces[6];

    pieces[0] = ngx_chat_socket_head(socket, CHAT_SIO_EVENT, -1, head);
    pieces[1] = chat_slice("[\"error\",{\"code\":\"");
    pieces[2] = chat_slice_of(code, ngx_strlen(code));
    pieces[3] = chat_slice("\",\"message\":\"");
    pieces[4] = chat_slice_of(message, ngx_strlen(message));
    pieces[5] = chat_slice("\"}]");

    ngx_chat_session_send_pieces(socket->client->session, pieces, 6);
}
