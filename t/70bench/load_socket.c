
/*
 * A Socket.IO client reduced to what a load needs, on the same units as the
 * module: it is strict where they are, so a server that says something wrong is
 * noticed.
 */

#include "load_socket.h"
#include "chat_eio_packet.h"
#include "chat_json_scan.h"
#include "chat_sio_packet.h"


#define LOAD_PACKET_MAX  (1024 * 1024)


static void load_socket_message(load_transport_t *t, chat_slice_t text);
static void load_socket_closed(load_transport_t *t, const char *why);


void
load_socket_open(load_socket_t *s, const load_options_t *o, uint32_t user,
    uint32_t index, const load_hooks_t *hooks, void *owner)
{
    memset(s, 0, sizeof(load_socket_t));

    s->options = o;
    s->user = user;
    s->index = index;
    s->hooks = hooks;
    s->owner = owner;
    s->transport.message = load_socket_message;
    s->transport.closed = load_socket_closed;

    load_transport_open(&s->transport, o, index);
}


void
load_socket_reopen(load_socket_t *s)
{
    memset(&s->transport, 0, sizeof(load_transport_t));

    s->ready = false;
    s->recovered = false;
    s->transport.message = load_socket_message;
    s->transport.closed = load_socket_closed;

    load_transport_open(&s->transport, s->options, s->index);
}


void
load_socket_close(load_socket_t *s)
{
    load_transport_close(&s->transport);
}


static void
load_socket_closed(load_transport_t *t, const char *why)
{
    load_socket_t  *s = (load_socket_t *) t;

    s->hooks->closed(s, why);
}


static void
load_socket_join(load_socket_t *s)
{
    char        token[LOAD_TOKEN_MAX];
    size_t      n;
    uint8_t     packet[LOAD_TOKEN_MAX + LOAD_PID_MAX + LOAD_OFFSET_MAX + 64];
    chat_buf_t  b;

    n = load_user_token(&s->options->users, s->user, token);

    chat_buf_init_fixed(&b, packet, sizeof(packet));
    chat_sio_head_encode(&b, CHAT_SIO_CONNECT, 0, chat_slice("/"), -1);
    chat_buf_str(&b, "{\"token\":");
    chat_buf_json(&b, chat_slice_of(token, n));

    if (s->pid_len && s->offset_len) {
        chat_buf_str(&b, ",\"pid\":");
        chat_buf_json(&b, chat_slice_of(s->pid, s->pid_len));
        chat_buf_str(&b, ",\"offset\":");
        chat_buf_json(&b, chat_slice_of(s->offset, s->offset_len));
    }

    chat_buf_byte(&b, '}');

    load_transport_send(&s->transport, chat_buf_view(&b));
}


uint64_t
load_socket_emit(load_socket_t *s, const char *name, chat_slice_t payload)
{
    uint64_t    id;
    chat_buf_t  b;

    id = s->next_id++;

    chat_buf_init(&b, LOAD_PACKET_MAX);
    chat_sio_head_encode(&b, CHAT_SIO_EVENT, 0, chat_slice("/"), (int64_t) id);
    chat_buf_byte(&b, '[');
    chat_buf_json(&b, chat_slice_of(name, strlen(name)));
    chat_buf_byte(&b, ',');
    chat_buf_slice(&b, payload);
    chat_buf_byte(&b, ']');

    if (chat_buf_status(&b) == CHAT_OK) {
        load_transport_send(&s->transport, chat_buf_view(&b));

    } else {
        load_transport_fail(&s->transport, "an event is too large");
    }

    chat_buf_free(&b);

    return id;
}


/* A string of ours, or nothing if it is none, or too long. */
static void
load_socket_keep(chat_json_value_t value, char *text, size_t size, size_t *len)
{
    if (chat_json_string(value, (uint8_t *) text, size, len) != CHAT_OK) {
        *len = 0;
    }
}


/* What an event ends with, if it is a string, is where the client stands. */
static void
load_socket_note(load_socket_t *s, chat_slice_t args)
{
    size_t             at;
    chat_json_value_t  value, last;

    at = 0;
    last.type = CHAT_JSON_NULL;

    while (chat_json_element(args, &at, &value) == CHAT_OK) {
        last = value;
    }

    if (s->pid_len && last.type == CHAT_JSON_STRING) {
        load_socket_keep(last, s->offset, sizeof(s->offset), &s->offset_len);
    }
}


static void
load_socket_connected(load_socket_t *s, chat_slice_t json)
{
    chat_json_value_t  pid;

    s->pid_len = 0;

    if (chat_json_member(json, chat_slice("pid"), &pid) == CHAT_OK) {
        load_socket_keep(pid, s->pid, sizeof(s->pid), &s->pid_len);
    }
}


static void
load_socket_begun(load_socket_t *s, chat_slice_t args)
{
    size_t             at;
    chat_json_value_t  value, recovered;

    at = 0;

    s->ready = true;
    s->recovered = chat_json_element(args, &at, &value) == CHAT_OK
                   && chat_json_element(args, &at, &value) == CHAT_OK
                   && chat_json_member(value.text, chat_slice("recovered"),
                                       &recovered) == CHAT_OK
                   && chat_slice_eq(recovered.text, chat_slice("true"));

    s->hooks->ready(s);
}


static void
load_socket_packet(load_socket_t *s, chat_slice_t text)
{
    chat_sio_packet_t  packet;

    if (chat_sio_parse(text, &packet) != CHAT_OK) {
        load_transport_fail(&s->transport, "refused, or no Socket.IO packet");
        return;
    }

    switch (packet.type) {

    case CHAT_SIO_CONNECT:
        load_socket_connected(s, packet.json);
        return;

    case CHAT_SIO_EVENT:
        load_socket_note(s, packet.json);

        if (!s->ready
            && chat_slice_eq(packet.event, chat_slice("authenticated")))
        {
            load_socket_begun(s, packet.json);
            return;
        }

        s->hooks->event(s, packet.event, packet.json);
        return;

    case CHAT_SIO_ACK:
        s->hooks->ack(s, (uint64_t) packet.id, packet.json);
        return;

    default:
        load_transport_fail(&s->transport, "disconnected by the server");
    }
}


static void
load_socket_message(load_transport_t *t, chat_slice_t text)
{
    load_socket_t      *s = (load_socket_t *) t;
    chat_eio_packet_t   packet;

    if (chat_eio_parse(text, &packet) != CHAT_OK) {
        load_transport_fail(t, "no Engine.IO packet");
        return;
    }

    switch (packet.type) {

    case CHAT_EIO_OPEN:
        load_socket_join(s);
        return;

    case CHAT_EIO_PING:
        load_transport_send(t, chat_slice("3"));
        return;

    case CHAT_EIO_MESSAGE:
        load_socket_packet(s, packet.data);
        return;

    default:
        return;
    }
}


bool
load_ack_ok(chat_slice_t args)
{
    size_t             at;
    chat_json_value_t  answer, ok;

    at = 0;

    return chat_json_element(args, &at, &answer) == CHAT_OK
           && chat_json_member(answer.text, chat_slice("ok"), &ok) == CHAT_OK
           && chat_slice_eq(ok.text, chat_slice("true"));
}
