
/*
 * Socket.IO on top of a session.  The session hands up messages, deadlines and
 * its end.  What is to be joined first is ngx_chat_socket_open.c's, what
 * clients emit ngx_chat_socket_event.c's, what they hear
 * ngx_chat_socket_hear.c's.  It must not know what an event means, nor how
 * bytes reach the client.
 */

#include "ngx_chat_socket_state.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_presence.h"


typedef void (*ngx_chat_socket_packet_pt)(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet);


static void ngx_chat_socket_packet(void *data, chat_slice_t text);
static void ngx_chat_socket_binary(void *data, chat_slice_t bytes);
static void ngx_chat_socket_deadline(void *data);
static void ngx_chat_socket_close(void *data);

static void ngx_chat_socket_connect(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet);
static void ngx_chat_socket_disconnect(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet);
static void ngx_chat_socket_ack(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet);
static void ngx_chat_socket_unsupported(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet);
static void ngx_chat_socket_push_close(ngx_chat_socket_t *socket);


static const ngx_chat_session_upward_t  ngx_chat_socket_upward = {
    ngx_chat_socket_packet,
    ngx_chat_socket_binary,
    ngx_chat_socket_deadline,
    ngx_chat_socket_close
};


/* By chat_sio_type_t; only CONNECT is for those who have not joined. */
static const ngx_chat_socket_packet_pt  ngx_chat_socket_packets_table[] = {
    ngx_chat_socket_connect,
    ngx_chat_socket_disconnect,
    ngx_chat_socket_event,
    ngx_chat_socket_ack,
    ngx_chat_socket_unsupported,           /* CONNECT_ERROR: ours to send */
    ngx_chat_socket_unsupported,           /* BINARY_EVENT */
    ngx_chat_socket_unsupported            /* BINARY_ACK */
};


ngx_int_t
ngx_chat_socket_create(ngx_chat_session_t *session,
    const ngx_chat_identity_t *who, ngx_str_t agent)
{
    ngx_chat_socket_t  *socket;

    socket = ngx_calloc(sizeof(ngx_chat_socket_t), ngx_cycle->log);
    if (socket == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_init(&socket->asks);
    socket->session = session;
    socket->opening = ngx_chat_opening_create(agent);

    if (who->uid.len) {
        socket->offered = ngx_chat_claims_create(who);
    }

    if (socket->opening == NULL || (who->uid.len && !socket->offered)) {
        ngx_chat_socket_close(socket);
        return NGX_ERROR;
    }

    if (socket->offered) {
        socket->offered->offered = 1;
    }

    ngx_chat_session_bind(session, &ngx_chat_socket_upward, socket);
    ngx_chat_session_deadline(session,
                         ngx_chat_session_conf(session)->connect_timeout_ms);

    return NGX_OK;
}


ngx_chat_socket_t *
ngx_chat_socket_of(ngx_chat_member_t *member)
{
    return (ngx_chat_socket_t *) ((u_char *) member
                                  - offsetof(ngx_chat_socket_t, member));
}


/* The session is gone. */
static void
ngx_chat_socket_close(void *data)
{
    ngx_chat_socket_t  *socket = data;

    ngx_chat_socket_reset(socket);

    ngx_free(socket->opening);
    ngx_free(socket->offered);
    ngx_free(socket);
}


void
ngx_chat_socket_reset(ngx_chat_socket_t *socket)
{
    ngx_str_t  nobody = ngx_null_string;

    ngx_chat_opening_cancel(socket);
    ngx_chat_socket_event_cancel(socket);

    ngx_chat_session_identify(socket->session, nobody);

    if (socket->state == NGX_CHAT_SOCKET_JOINED) {
        ngx_chat_presence_left(socket->member.room);
        ngx_chat_metric_add(NGX_CHAT_M_SOCKETS, -1);
    }

    ngx_chat_rooms_leave(&socket->member);
    socket->member.pid.len = 0;
    socket->heard.epoch = 0;

    if (socket->claims && socket->claims->offered) {
        socket->offered = socket->claims;    /* for another CONNECT */

    } else {
        ngx_free(socket->claims);
    }

    socket->claims = NULL;
    socket->stale = 0;

    ngx_chat_socket_move(socket, NGX_CHAT_SOCKET_IDLE);
}


/* Too long without a CONNECT, or the token's time is over. */
static void
ngx_chat_socket_deadline(void *data)
{
    ngx_chat_loc_conf_t  *conf;
    ngx_chat_socket_t    *socket = data;

    conf = ngx_chat_session_conf(socket->session);

    if (socket->state != NGX_CHAT_SOCKET_JOINED) {
        ngx_chat_session_close(socket->session, "no CONNECT in time");
        return;
    }

    if (!ngx_chat_claims_expired(socket->claims, conf)) {
        ngx_chat_session_deadline(socket->session,
                               ngx_chat_claims_life(socket->claims, conf));
        return;
    }

    ngx_chat_socket_error(socket, "token_expired", "The token has expired");
    ngx_chat_session_close(socket->session, "token expired");
}


/* --- packets of the client ---------------------------------------------- */

static void
ngx_chat_socket_packet(void *data, chat_slice_t text)
{
    chat_sio_packet_t   packet;
    ngx_chat_socket_t  *socket = data;

    if (chat_sio_parse(text, &packet) != CHAT_OK) {
        ngx_chat_session_protocol_error(socket->session);
        return;
    }

    if (packet.type != CHAT_SIO_CONNECT
        && (socket->state != NGX_CHAT_SOCKET_JOINED
            || !chat_slice_eq(packet.nsp, chat_slice("/"))))
    {
        ngx_chat_session_protocol_error(socket->session);
        return;
    }

    ngx_chat_socket_packets_table[packet.type](socket, &packet);
}


/* No packet that is understood here has attachments. */
static void
ngx_chat_socket_binary(void *data, chat_slice_t bytes)
{
    ngx_chat_socket_t  *socket = data;

    ngx_chat_session_protocol_error(socket->session);
}


static void
ngx_chat_socket_connect(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet)
{
    u_char        head[CHAT_SIO_NSP_MAX + 32];
    chat_buf_t    b;
    chat_slice_t  refusal;

    if (!chat_slice_eq(packet->nsp, chat_slice("/"))) {

        chat_buf_init_fixed(&b, head, sizeof(head));
        chat_sio_head_encode(&b, CHAT_SIO_CONNECT_ERROR, 0, packet->nsp, -1);
        chat_buf_str(&b, "{\"message\":\"Invalid namespace\"}");

        refusal = chat_buf_view(&b);
        ngx_chat_metric(NGX_CHAT_M_CONNECT_ERRORS);
        ngx_chat_session_send_pieces(socket->session, &refusal, 1);
        return;
    }

    if (socket->state != NGX_CHAT_SOCKET_IDLE) {
        ngx_chat_session_protocol_error(socket->session);
        return;
    }

    ngx_chat_socket_open(socket, packet->json);
}


static void
ngx_chat_socket_disconnect(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet)
{
    ngx_chat_recover_forget(socket);
    ngx_chat_socket_push_close(socket);
    ngx_chat_socket_reset(socket);

    /* the engine stays, and who has joined once need not join again */
    ngx_chat_session_deadline(socket->session, 0);
    ngx_chat_session_hold(socket->session, 0);
}


/* Nothing that is sent asks for an answer: an unknown id is ignored. */
static void
ngx_chat_socket_ack(ngx_chat_socket_t *socket, const chat_sio_packet_t *packet)
{
}


static void
ngx_chat_socket_unsupported(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet)
{
    ngx_chat_session_protocol_error(socket->session);
}


/* Says that this sid will not come back; if it cannot be said, time does. */
static void
ngx_chat_socket_push_close(ngx_chat_socket_t *socket)
{
    u_char                   generation[NGX_INT_T_LEN];
    chat_slice_t            *h;
    ngx_chat_job_t           job;
    ngx_chat_claims_text_t   text;

    ngx_memzero(&job, sizeof(ngx_chat_job_t));

    h = job.envelope.headers;
    ngx_chat_claims_headers(socket->claims, &text, &job.envelope);
    h[CHAT_H_SID] = chat_slice_of(socket->sid, sizeof(socket->sid));
    h[CHAT_H_GENERATION] = chat_slice_of(generation,
                 ngx_sprintf(generation, "%uD", socket->generation)
                 - generation);
    h[CHAT_H_NSP] = chat_slice("/");
    h[CHAT_H_STATE] = chat_slice("close");

    ngx_str_set(&job.lane, CHAT_LANE_READ);
    job.kind = "session";
    job.slot_of = h[CHAT_H_UID];

    if (ngx_chat_bus_push(&job, NULL) != NGX_OK) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "chat: the end of a socket could not be told");
    }
}
