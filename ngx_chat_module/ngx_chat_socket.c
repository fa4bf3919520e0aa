
/*
 * A socket: one namespace of a client.  How it is joined stands in
 * ngx_chat_socket_open.c and _join.c, what its client emits in _event.c, what
 * it hears in _hear.c; here is how it is left, and what all its jobs say.
 */

#include "ngx_chat_socket_state.h"
#include "ngx_chat_metrics.h"
#include "ngx_chat_presence.h"


static void ngx_chat_socket_push_close(ngx_chat_socket_t *socket);


void
ngx_chat_socket_init(ngx_chat_socket_t *socket, ngx_chat_client_t *client,
    const ngx_str_t *nsp)
{
    ngx_queue_init(&socket->asks);
    ngx_queue_init(&socket->asked);
    socket->client = client;
    socket->nsp = nsp;
}


ngx_chat_socket_t *
ngx_chat_socket_of(ngx_chat_member_t *member)
{
    return (ngx_chat_socket_t *) ((u_char *) member
                                  - offsetof(ngx_chat_socket_t, member));
}


void
ngx_chat_socket_reset(ngx_chat_socket_t *socket)
{
    ngx_chat_opening_cancel(socket);
    ngx_chat_socket_event_cancel(socket);
    ngx_chat_socket_ack_cancel(socket);

    if (socket->state == NGX_CHAT_SOCKET_JOINED) {
        ngx_chat_metric_add(NGX_CHAT_M_SOCKETS, -1);

        if (ngx_chat_socket_chats(socket)) {
            ngx_chat_presence_left(socket->member.room);
        }
    }

    ngx_chat_socket_move(socket, NGX_CHAT_SOCKET_IDLE);
    ngx_chat_client_changed(socket->client);

    ngx_chat_rooms_leave(&socket->member);
    socket->member.pid.len = 0;
    socket->heard.epoch = 0;
    socket->stale = 0;
    socket->held = 0;

    ngx_chat_claims_drop(&socket->claims);
}


void
ngx_chat_socket_disconnect(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet, const chat_attach_t *attach)
{
    ngx_chat_recover_forget(socket);
    ngx_chat_socket_push_close(socket);
    ngx_chat_socket_reset(socket);

    /* the engine stays, and who has joined once need not join again */
    ngx_chat_client_expires(socket->client);
}


/* Says that this sid will not come back; if it cannot be said, time does. */
static void
ngx_chat_socket_push_close(ngx_chat_socket_t *socket)
{
    u_char                   generation[NGX_INT_T_LEN];
    chat_slice_t            *h;
    ngx_chat_job_t           job;
    ngx_chat_claims_text_t   text;

    ngx_chat_socket_job(socket, &job, &text);

    h = job.envelope.headers;
    h[CHAT_H_GENERATION] = chat_slice_of(generation,
                 ngx_sprintf(generation, "%uD", socket->generation)
                 - generation);
    h[CHAT_H_STATE] = chat_slice("close");

    ngx_str_set(&job.lane, CHAT_LANE_READ);
    job.kind = "session";

    if (ngx_chat_bus_push(&job, NULL) != NGX_OK) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "chat: the end of a socket could not be told");
    }
}


void
ngx_chat_socket_job(ngx_chat_socket_t *socket, ngx_chat_job_t *job,
    ngx_chat_claims_text_t *text)
{
    chat_slice_t  *h;

    ngx_memzero(job, sizeof(ngx_chat_job_t));
    ngx_chat_claims_headers(socket->claims, text, &job->envelope);

    h = job->envelope.headers;
    h[CHAT_H_SID] = chat_slice_of(socket->sid, sizeof(socket->sid));
    h[CHAT_H_NSP] = ngx_chat_slice(*socket->nsp);
    h[CHAT_H_IP] = ngx_chat_slice(
                             ngx_chat_session_address(socket->client->session));

    job->slot_of = h[CHAT_H_UID].len ? h[CHAT_H_UID] : h[CHAT_H_SID];
}
