
/*
 * An Engine.IO session: packets in, messages out, its end.  It lives whole in
 * the process that opened it.  Transports hand it packets and take its
 * messages; Socket.IO above it hears messages, deadlines and the end.  It must
 * not know frames, nor what is inside a message.
 */

#include "ngx_chat_session_state.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_reply.h"


#define NGX_CHAT_OPEN_MAX   256     /* bytes of the open packet */

#if (CHAT_EIO_SID_LEN != NGX_CHAT_SECRET_LEN)
#error "a sid is a secret of ngx_chat_secret()"
#endif


static void ngx_chat_session_send_new(ngx_chat_session_t *s,
    ngx_chat_msg_t *msg);
static void ngx_chat_session_send_open(ngx_chat_session_t *s);


ngx_int_t
ngx_chat_session_create(ngx_chat_loc_conf_t *conf, ngx_chat_transport_t kind,
    ngx_str_t address, ngx_chat_session_t **session)
{
    ngx_int_t            rc;
    ngx_chat_session_t  *s;

    address.len = ngx_min(address.len, (size_t) 255);

    s = ngx_calloc(sizeof(ngx_chat_session_t) + address.len, ngx_cycle->log);
    if (s == NULL) {
        return NGX_ERROR;
    }

    s->conf = conf;
    s->kind = kind;
    s->since = (uint32_t) ngx_time();
    s->address_len = (unsigned) address.len;
    ngx_memcpy(s->address, address.data, address.len);

    ngx_chat_session_timer_init(s);

    rc = ngx_chat_secret(s->sid);

    if (rc == NGX_OK) {
        rc = ngx_chat_session_enter(s);
    }

    if (rc != NGX_OK) {
        ngx_free(s);
        return rc;
    }

    *session = s;

    return NGX_OK;
}


void
ngx_chat_session_bind(ngx_chat_session_t *s,
    const ngx_chat_session_upward_t *upward, void *socket)
{
    s->upward = upward;
    s->socket = socket;
}


void
ngx_chat_session_attach(ngx_chat_session_t *s,
    const ngx_chat_transport_pt *transport, void *data)
{
    s->transport = transport;
    s->transport_data = data;

    if (s->state != NGX_CHAT_SESSION_NEW) {
        return;                            /* closed before it was opened */
    }

    ngx_chat_session_move(s, NGX_CHAT_SESSION_OPEN);
    s->heartbeat_at = ngx_current_msec + s->conf->ping_interval_ms;

    ngx_chat_session_send_open(s);
    ngx_chat_session_arm(s);
}


static void
ngx_chat_session_send_open(ngx_chat_session_t *s)
{
    u_char           text[NGX_CHAT_OPEN_MAX];
    chat_buf_t       b;
    chat_slice_t     packet;
    chat_eio_open_t  open;

    open.sid = chat_slice_of(s->sid, sizeof(s->sid));
    open.websocket = (s->kind == NGX_CHAT_TRANSPORT_POLLING
                      && (s->conf->transports & NGX_CHAT_TRANSPORTS_WEBSOCKET));
    open.ping_interval_ms = s->conf->ping_interval_ms;
    open.ping_timeout_ms = s->conf->ping_timeout_ms;
    open.max_payload_bytes = s->conf->max_payload;

    chat_buf_init_fixed(&b, text, sizeof(text));
    chat_eio_open_encode(&b, &open);

    if (chat_buf_status(&b) != CHAT_OK) {
        ngx_chat_session_end(s, "no open packet", NGX_CHAT_CLOSE_NOW);
        return;
    }

    packet = chat_buf_view(&b);
    ngx_chat_session_send_pieces(s, &packet, 1);
}


/*
 * A hold concerns the session, not the transport that was told of it; the
 * heartbeat goes on as it was.
 */
void
ngx_chat_session_switch(ngx_chat_session_t *s, ngx_chat_transport_t kind,
    const ngx_chat_transport_pt *transport, void *data)
{
    s->kind = kind;
    s->transport = transport;
    s->transport_data = data;

    ngx_chat_session_identify(s, s->uid, s->joined);

    if (s->held_at) {
        transport->hold(data, 1);
    }
}


/* --- messages out ------------------------------------------------------- */

void
ngx_chat_session_send(ngx_chat_session_t *s, ngx_chat_msg_t *msg)
{
    if (s->state == NGX_CHAT_SESSION_CLOSING || s->transport_data == NULL) {
        return;
    }

    if (msg->binary && s->base64) {
        msg = ngx_chat_msg_base64(msg);
    }

    switch (msg ? s->transport->write(s->transport_data, msg) : NGX_ERROR) {

    case NGX_OK:
        ngx_chat_metric(NGX_CHAT_M_PACKETS_OUT);
        return;

    case NGX_BUSY:
        ngx_chat_metric(NGX_CHAT_M_SLOW_CLOSED);
        ngx_chat_session_end(s, "too slow a reader", NGX_CHAT_CLOSE_NOW);
        return;

    default:
        ngx_chat_session_end(s, "no memory to send", NGX_CHAT_CLOSE_NOW);
        return;
    }
}


void
ngx_chat_session_send_pieces(ngx_chat_session_t *s, const chat_slice_t *pieces,
    ngx_uint_t count)
{
    ngx_chat_session_send_new(s, ngx_chat_msg_create(pieces, count, 0));
}


void
ngx_chat_session_send_binary(ngx_chat_session_t *s, chat_slice_t bytes)
{
    ngx_chat_session_send_new(s, ngx_chat_msg_create(&bytes, 1, 1));
}


static void
ngx_chat_session_send_new(ngx_chat_session_t *s, ngx_chat_msg_t *msg)
{
    if (msg == NULL) {
        ngx_chat_session_end(s, "no memory to send", NGX_CHAT_CLOSE_NOW);
        return;
    }

    ngx_chat_session_send(s, msg);
    ngx_chat_msg_unref(&msg);
}


ngx_uint_t
ngx_chat_session_ready(ngx_chat_session_t *s)
{
    return s->transport_data != NULL
           && s->transport->ready(s->transport_data);
}


void
ngx_chat_session_wants_base64(ngx_chat_session_t *s)
{
    s->base64 = 1;
}


/* --- its end ------------------------------------------------------------ */

void
ngx_chat_session_close(ngx_chat_session_t *s, const char *why)
{
    ngx_chat_session_end(s, why, NGX_CHAT_CLOSE_FLUSH);
}


void
ngx_chat_session_break(ngx_chat_session_t *s, const char *why)
{
    ngx_chat_metric(NGX_CHAT_M_PROTOCOL_ERRORS);
    ngx_chat_session_end(s, why, NGX_CHAT_CLOSE_BROKEN);
}


void
ngx_chat_session_protocol_error(ngx_chat_session_t *s)
{
    ngx_chat_metric(NGX_CHAT_M_PROTOCOL_ERRORS);
    ngx_chat_session_end(s, "protocol error", NGX_CHAT_CLOSE_FLUSH);
}


void
ngx_chat_session_lost(ngx_chat_session_t *s, const char *why)
{
    s->transport_data = NULL;
    ngx_chat_session_end(s, why, NGX_CHAT_CLOSE_NOW);
}


void
ngx_chat_session_end(ngx_chat_session_t *s, const char *why,
    ngx_chat_close_t how)
{
    if (s->state == NGX_CHAT_SESSION_CLOSING) {
        return;
    }

    ngx_chat_session_move(s, NGX_CHAT_SESSION_CLOSING);
    s->close_how = how;

    if (s->timer.timer_set) {
        ngx_del_timer(&s->timer);
    }

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "chat: session of \"%V\" from %*s closed: %s",
                  &s->uid, (size_t) s->address_len, s->address, why);

    ngx_chat_session_to_be_reaped(s);
}


void
ngx_chat_session_free(ngx_chat_session_t *s)
{
    if (s->transport_data) {
        s->transport->close(s->transport_data, s->close_how);
    }

    if (s->socket) {
        s->upward->close(s->socket);
    }

    ngx_chat_shm_row_free(&s->row);
    ngx_chat_metric_add(NGX_CHAT_M_SESSIONS, -1);

    ngx_free(s);
}


/* --- what others may know ----------------------------------------------- */

ngx_uint_t
ngx_chat_session_is_open(ngx_chat_session_t *s)
{
    return s->state != NGX_CHAT_SESSION_CLOSING;
}


ngx_uint_t
ngx_chat_session_closes(ngx_chat_session_t *s, ngx_chat_close_t how)
{
    return s->state == NGX_CHAT_SESSION_CLOSING && s->close_how == how;
}


const u_char *
ngx_chat_session_sid(ngx_chat_session_t *s)
{
    return s->sid;
}


ngx_chat_loc_conf_t *
ngx_chat_session_conf(ngx_chat_session_t *s)
{
    return s->conf;
}


ngx_str_t
ngx_chat_session_address(ngx_chat_session_t *s)
{
    ngx_str_t  address;

    address.len = s->address_len;
    address.data = s->address;

    return address;
}
