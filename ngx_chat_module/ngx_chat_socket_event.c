
/*
 * What clients emit: an event, or the ack of one of ours, becomes a job, its
 * reply the packets it carries
 * and the ack.  A socket with too many unanswered events is not read until
 * answers come: TCP tells the client.  `authenticate` is answered here, being
 * about this socket alone.  It must not know any other event's meaning.
 */

#include "ngx_chat_socket_state.h"
#include "ngx_chat_limit.h"
#include "ngx_chat_metrics.h"
#include "chat_json_scan.h"
#include "chat_target.h"


typedef struct {
    ngx_queue_t          link;
    ngx_chat_socket_t   *socket;
    ngx_chat_ask_t      *ask;
    int64_t              id;          /* of the ack; -1: none is awaited */
} ngx_chat_emitted_t;


static ngx_int_t ngx_chat_emitted_push(ngx_chat_emitted_t *e,
    const ngx_chat_emission_t *emission, chat_slice_t body);
static void ngx_chat_emitted_answered(void *data, ngx_uint_t status,
    const chat_envelope_t *reply);
static ngx_chat_socket_t *ngx_chat_emitted_end(ngx_chat_emitted_t *e);


void
ngx_chat_socket_event(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet, const chat_attach_t *attach)
{
    ngx_uint_t           wait_s;
    ngx_chat_emission_t  emission;

    ngx_chat_metric(NGX_CHAT_M_EVENTS_IN);

    if (ngx_chat_limit_event(ngx_chat_socket_conf(socket), packet->event,
                             ngx_chat_claims_uid(socket->claims),
                             ngx_chat_session_address(socket->client->session),
                             &wait_s)
        != NGX_OK)
    {
        ngx_chat_socket_limited(socket, packet->id, wait_s);
        return;
    }

    if (socket->claims->uid_len
        && chat_slice_eq(packet->event, chat_slice("authenticate")))
    {
        ngx_chat_socket_authenticate(socket, packet);
        return;
    }

    emission.kind = "event";
    emission.name = packet->event;
    emission.id = packet->id;
    emission.array = packet->json;
    emission.attach = attach;

    (void) ngx_chat_socket_first(packet->json, &emission.from);

    ngx_chat_socket_emit(socket, &emission);
}


/* --- event to job ------------------------------------------------------- */

void
ngx_chat_socket_emit(ngx_chat_socket_t *socket,
    const ngx_chat_emission_t *emission)
{
    ngx_int_t            rc;
    chat_buf_t           body;
    chat_slice_t         args;
    ngx_chat_emitted_t  *e;

    /* to have written counts as having read, what was missed too */

    e = socket->stale ? NULL
                      : ngx_alloc(sizeof(ngx_chat_emitted_t), ngx_cycle->log);
    if (e == NULL) {
        ngx_chat_socket_failed(socket, emission->id,
                               NGX_HTTP_SERVICE_UNAVAILABLE);
        return;
    }

    e->socket = socket;
    e->id = emission->id;

    args = chat_slice_of(emission->array.data + emission->from,
                         emission->array.len - emission->from);

    chat_buf_init(&body, 1 + args.len + emission->attach->bytes.len);
    chat_buf_byte(&body, '[');
    chat_buf_slice(&body, args);
    chat_buf_slice(&body, emission->attach->bytes);

    rc = (chat_buf_status(&body) == CHAT_OK)
         ? ngx_chat_emitted_push(e, emission, chat_buf_view(&body)) : NGX_BUSY;

    chat_buf_free(&body);

    if (rc != NGX_OK) {
        ngx_free(e);
        ngx_chat_socket_failed(socket, emission->id,
                               rc == NGX_BUSY ? NGX_HTTP_SERVICE_UNAVAILABLE
                                              : NGX_HTTP_BAD_REQUEST);
        return;
    }

    ngx_queue_insert_tail(&socket->asks, &e->link);

    if (++socket->client->asks_count == NGX_CHAT_EVENTS_PENDING) {
        ngx_chat_client_hold(socket->client);
    }
}


chat_slice_t
ngx_chat_socket_first(chat_slice_t array, size_t *rest)
{
    size_t             at;
    chat_slice_t       first;
    chat_json_value_t  value;

    at = 0;
    first = chat_slice_of(NULL, 0);

    if (chat_json_element(array, &at, &value) == CHAT_OK) {
        first = value.text;
    }

    while (at < array.len && array.data[at] != ',' && array.data[at] != ']') {
        at++;
    }

    if (at < array.len && array.data[at] == ',') {
        at++;
    }

    *rest = at;

    return first;
}


static ngx_int_t
ngx_chat_emitted_push(ngx_chat_emitted_t *e,
    const ngx_chat_emission_t *emission, chat_slice_t body)
{
    size_t                   rest;
    char                     conversation[CHAT_ID_LEN];
    chat_slice_t            *h, first;
    ngx_chat_job_t           job;
    ngx_chat_claims_text_t   text;

    ngx_chat_socket_job(e->socket, &job, &text);

    h = job.envelope.headers;
    h[CHAT_H_NAME] = emission->name;

    if (e->id >= 0) {
        h[CHAT_H_ACK] = chat_slice("1");
    }

    if (emission->attach->lengths.len) {
        h[CHAT_H_ATT] = emission->attach->lengths;
    }

    first = ngx_chat_socket_first(chat_slice_of(body.data, body.len
                                               - emission->attach->bytes.len),
                                  &rest);

    if (chat_target_of_json(first, h[CHAT_H_UID], conversation) == CHAT_OK) {
        job.slot_of = chat_slice_of(conversation, sizeof(conversation));
    }

    ngx_str_set(&job.lane, CHAT_LANE_DEFAULT);
    job.kind = emission->kind;
    job.ttl_ms = ngx_chat_socket_conf(e->socket)->timeout_ms;
    job.envelope.body = body;
    job.done = ngx_chat_emitted_answered;
    job.data = e;

    return ngx_chat_bus_push(&job, &e->ask);
}


void
ngx_chat_socket_event_cancel(ngx_chat_socket_t *socket)
{
    ngx_queue_t         *q;
    ngx_chat_emitted_t  *e;

    while (!ngx_queue_empty(&socket->asks)) {
        q = ngx_queue_head(&socket->asks);
        e = ngx_queue_data(q, ngx_chat_emitted_t, link);

        ngx_chat_bus_cancel(e->ask);
        ngx_queue_remove(q);
        ngx_free(e);
        socket->client->asks_count--;
    }
}


/* --- reply to ack ------------------------------------------------------- */

static void
ngx_chat_emitted_answered(void *data, ngx_uint_t status,
    const chat_envelope_t *reply)
{
    int64_t              id;
    chat_slice_t         args;
    chat_attach_t        attach;
    ngx_chat_socket_t   *socket;
    ngx_chat_emitted_t  *e = data;

    id = e->id;
    socket = ngx_chat_emitted_end(e);

    args = reply ? ngx_chat_socket_packets(socket, reply,
                                           chat_slice_of(NULL, 0), &attach)
                 : chat_slice_of(NULL, 0);

    if (args.len == 0) {
        ngx_chat_socket_failed(socket, id, status);
        return;
    }

    if (id >= 0) {
        ngx_chat_socket_answer(socket, id, args, &attach);
    }
}


static ngx_chat_socket_t *
ngx_chat_emitted_end(ngx_chat_emitted_t *e)
{
    ngx_chat_socket_t  *socket;

    socket = e->socket;

    ngx_queue_remove(&e->link);
    ngx_free(e);

    if (socket->client->asks_count-- == NGX_CHAT_EVENTS_PENDING) {
        ngx_chat_client_hold(socket->client);
    }

    return socket;
}
