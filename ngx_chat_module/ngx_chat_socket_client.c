
/*
 * Socket.IO on top of a session: a client has a socket for each namespace that
 * it joins.  The session hands up messages, deadlines and its end; here a
 * packet finds its socket.  `/` is part of the client, because everybody joins
 * it; others are added when they are asked for, and stay.  It must not know
 * what an event means, nor how bytes reach the client.
 */

#include "ngx_chat_socket_state.h"


typedef void (*ngx_chat_client_packet_pt)(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet, const chat_attach_t *attach);


static void ngx_chat_client_packet(void *data, chat_slice_t text);
static void ngx_chat_client_binary(void *data, chat_slice_t bytes);
static void ngx_chat_client_deadline(void *data);
static void ngx_chat_client_close(void *data);

static void ngx_chat_client_refuse(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet, const chat_attach_t *attach);


static const ngx_chat_session_upward_t  ngx_chat_client_upward = {
    ngx_chat_client_packet,
    ngx_chat_client_binary,
    ngx_chat_client_deadline,
    ngx_chat_client_close
};

/* By chat_sio_type_t, for those who have joined. */
static const ngx_chat_client_packet_pt  ngx_chat_client_packets[] = {
    ngx_chat_client_refuse,                /* CONNECT: a second one */
    ngx_chat_socket_disconnect,
    ngx_chat_socket_event,
    ngx_chat_socket_ack,
    ngx_chat_client_refuse,                /* CONNECT_ERROR: ours to send */
    ngx_chat_socket_event,                 /* BINARY_EVENT */
    ngx_chat_socket_ack                    /* BINARY_ACK */
};

static const ngx_str_t  ngx_chat_client_root = ngx_string("/");


ngx_int_t
ngx_chat_socket_create(ngx_chat_session_t *session,
    const ngx_chat_identity_t *who, ngx_str_t agent)
{
    ngx_chat_client_t  *client;

    client = ngx_calloc(sizeof(ngx_chat_client_t), ngx_cycle->log);
    if (client == NULL) {
        return NGX_ERROR;
    }

    client->session = session;
    ngx_chat_socket_init(&client->root, client, &ngx_chat_client_root);

    client->root.opening = ngx_chat_opening_create(agent);
    client->offered = who->uid.len ? ngx_chat_claims_create(who) : NULL;

    if (client->root.opening == NULL || (who->uid.len && !client->offered)) {
        ngx_chat_client_close(client);
        return NGX_ERROR;
    }

    if (client->offered) {
        client->offered->shared = 1;
    }

    ngx_chat_session_bind(session, &ngx_chat_client_upward, client);
    ngx_chat_session_deadline(session,
                         ngx_chat_session_conf(session)->connect_timeout_ms);

    return NGX_OK;
}


ngx_chat_socket_t *
ngx_chat_client_next(ngx_chat_client_t *client, ngx_chat_socket_t *socket)
{
    if (socket == NULL) {
        return &client->root;
    }

    return (socket == &client->root) ? client->others : socket->next;
}


/* The session is gone. */
static void
ngx_chat_client_close(void *data)
{
    ngx_chat_client_t *client = data;

    ngx_chat_socket_t  *socket, *next;

    for (socket = &client->root;
         socket;
         socket = ngx_chat_client_next(client, socket))
    {
        ngx_chat_socket_reset(socket);
        ngx_chat_opening_destroy(&socket->opening);
    }

    for (socket = client->others; socket; socket = next) {
        next = socket->next;
        ngx_free(socket);
    }

    ngx_chat_assembly_end(client);
    ngx_free(client->offered);
    ngx_free(client);
}


/*
 * A session has one user: that of the first socket which has one.  Who has come
 * with a good token counts as joined before the worker has said so: when many
 * come back at once, that takes time.
 */
void
ngx_chat_client_changed(ngx_chat_client_t *client)
{
    ngx_str_t           uid = ngx_null_string;
    ngx_uint_t          joined;
    ngx_chat_socket_t  *socket;

    joined = 0;

    for (socket = &client->root;
         socket;
         socket = ngx_chat_client_next(client, socket))
    {
        joined |= (socket->state != NGX_CHAT_SOCKET_IDLE);

        if (socket->state >= NGX_CHAT_SOCKET_QUEUED && socket->member.room
            && uid.len == 0)
        {
            uid = socket->member.room->node.str;
        }
    }

    ngx_chat_session_identify(client->session, uid, joined);
}


/*
 * While a CONNECT is decided, while a socket is behind, or with too many
 * events unanswered, no packets of the client are taken: TCP tells it.
 */
void
ngx_chat_client_hold(ngx_chat_client_t *client)
{
    ngx_uint_t          on;
    ngx_chat_socket_t  *socket;

    on = (client->asks_count >= NGX_CHAT_EVENTS_PENDING);

    for (socket = &client->root;
         socket;
         socket = ngx_chat_client_next(client, socket))
    {
        on |= socket->held || (socket->state != NGX_CHAT_SOCKET_IDLE
                               && socket->state != NGX_CHAT_SOCKET_JOINED);
    }

    ngx_chat_session_hold(client->session, on);
}


/* --- moments ------------------------------------------------------------ */

void
ngx_chat_client_expires(ngx_chat_client_t *client)
{
    ngx_msec_t          first, life;
    ngx_chat_socket_t  *socket;

    first = 0;

    for (socket = &client->root;
         socket;
         socket = ngx_chat_client_next(client, socket))
    {
        if (socket->state != NGX_CHAT_SOCKET_JOINED) {
            continue;
        }

        life = ngx_chat_claims_life(socket->claims,
                                    ngx_chat_socket_conf(socket));

        if (life && (first == 0 || life < first)) {
            first = life;
        }
    }

    ngx_chat_session_deadline(client->session, first);
}


/* Too long without a CONNECT, or a token's time is over. */
static void
ngx_chat_client_deadline(void *data)
{
    ngx_chat_client_t *client = data;

    ngx_chat_socket_t  *socket;

    if (!client->joined) {
        ngx_chat_session_close(client->session, "no CONNECT in time");
        return;
    }

    for (socket = &client->root;
         socket;
         socket = ngx_chat_client_next(client, socket))
    {
        if (socket->state == NGX_CHAT_SOCKET_JOINED
            && ngx_chat_claims_expired(socket->claims,
                                       ngx_chat_socket_conf(socket)))
        {
            ngx_chat_socket_error(socket, "token_expired",
                                  "The token has expired");
            ngx_chat_session_close(client->session, "token expired");
        }
    }

    ngx_chat_client_expires(client);
}


/* --- packets of the client ---------------------------------------------- */

static void
ngx_chat_client_packet(void *data, chat_slice_t text)
{
    ngx_chat_client_t *client = data;

    chat_attach_t       none;
    chat_sio_packet_t   packet;
    ngx_chat_socket_t  *socket;

    /* nothing stands between a packet and its attachments */

    if (client->assembly || chat_sio_parse(text, &packet) != CHAT_OK) {
        ngx_chat_session_protocol_error(client->session);
        return;
    }

    if (packet.type == CHAT_SIO_CONNECT) {
        ngx_chat_client_connect(client, &packet);
        return;
    }

    socket = ngx_chat_client_find(client, packet.nsp);

    if (socket == NULL || socket->state != NGX_CHAT_SOCKET_JOINED) {
        ngx_chat_session_protocol_error(client->session);
        return;
    }

    if (packet.attachments == 0) {
        ngx_memzero(&none, sizeof(chat_attach_t));
        ngx_chat_client_packets[packet.type](socket, &packet, &none);
        return;
    }

    if (ngx_chat_assembly_begin(client, text) != NGX_OK) {
        ngx_chat_session_close(client->session, "no memory");
    }
}


void
ngx_chat_client_take(ngx_chat_client_t *client,
    const chat_sio_packet_t *packet, const chat_attach_t *attach)
{
    ngx_chat_socket_t  *socket;

    socket = ngx_chat_client_find(client, packet->nsp);

    ngx_chat_client_packets[packet->type](socket, packet, attach);
}


static void
ngx_chat_client_binary(void *data, chat_slice_t bytes)
{
    ngx_chat_client_t *client = data;

    if (client->assembly == NULL) {
        ngx_chat_session_protocol_error(client->session);
        return;
    }

    ngx_chat_assembly_add(client, bytes);
}


static void
ngx_chat_client_refuse(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet, const chat_attach_t *attach)
{
    ngx_chat_session_protocol_error(socket->client->session);
}
