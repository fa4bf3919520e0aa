
/*
 * What the sockets of a session are made of: for the units ngx_chat_socket*
 * alone.
 */

#ifndef NGX_CHAT_SOCKET_STATE_H
#define NGX_CHAT_SOCKET_STATE_H


#include "ngx_chat_packet.h"
#include "ngx_chat_reply.h"
#include "ngx_chat_socket.h"
#include "ngx_chat_event_list.h"
#include "ngx_chat_socket_claims.h"
#include "chat_sio_packet.h"


#define NGX_CHAT_SOCKET_SID_LEN  NGX_CHAT_SECRET_LEN     /* of a pid, too */
#define NGX_CHAT_OFFSET_MAX      40      /* bytes of an offset's text */


typedef struct ngx_chat_client_s  ngx_chat_client_t;


/* ngx_chat_socket_move() is the only writer. */
typedef enum {
    NGX_CHAT_SOCKET_IDLE = 0,      /* not connected: not yet, or not any more */
    NGX_CHAT_SOCKET_SUBSCRIBING,   /* until the user's channel is on */
    NGX_CHAT_SOCKET_CLAIMING,      /* Redis is asked for its session */
    NGX_CHAT_SOCKET_QUEUED,        /* behind other session jobs */
    NGX_CHAT_SOCKET_ASKING,        /* the session job is on its way */
    NGX_CHAT_SOCKET_JOINED
} ngx_chat_socket_state_t;


/* A claim under way. */
typedef struct {
    ngx_chat_socket_t     *socket;       /* NULL: it is gone */
} ngx_chat_claim_t;


/* What is needed until the socket has joined. */
typedef struct {
    ngx_queue_t            link;         /* QUEUED */
    ngx_chat_socket_t     *socket;       /* … */
    ngx_chat_ask_t        *ask;          /* ASKING */
    ngx_chat_event_list_t  waiting;      /* what came by the channel */
    ngx_chat_claim_t      *claim;        /* CLAIMING */
    ngx_chat_event_list_t  missed;       /* what it brought */
    ngx_chat_offset_t      claimed;      /* … up to there */
    ngx_str_t              auth;         /* CONNECT's payload, on the heap */
    size_t                 offset_len;
    u_char                 offset[NGX_CHAT_OFFSET_MAX];    /* the client's */
    u_char                 pid[NGX_CHAT_SOCKET_SID_LEN];   /* the client's */
    unsigned               wish:1;       /* pid and offset were given */
    unsigned               recovered:1;  /* and are good */
    unsigned               behind:1;     /* what is logged does not wait: the
                                            logs will be read */
    size_t                 agent_len;
    u_char                 agent[];
} ngx_chat_opening_t;


typedef struct ngx_chat_assembly_s  ngx_chat_assembly_t;

/* A packet of the server that its client is to answer. */
typedef struct {
    ngx_queue_t            link;
    int64_t                id;
    size_t                 name_len;
    u_char                 name[];       /* of the event */
} ngx_chat_asked_t;


/* A namespace of a session. */
struct ngx_chat_socket_s {
    ngx_chat_member_t      member;       /* of a user's room, if there is one */
    ngx_chat_client_t     *client;
    ngx_chat_socket_t     *next;         /* in the client's list */
    const ngx_str_t       *nsp;
    ngx_chat_claims_t     *claims;       /* who joins or joined; NULL: IDLE */
    ngx_chat_opening_t    *opening;      /* NULL: joined once */
    ngx_queue_t            asks;         /* events unanswered */
    ngx_queue_t            asked;        /* of ours; the oldest first */
    unsigned               state:8;
    unsigned               stale:1;      /* has joined and may have missed
                                            something: hears nothing that is
                                            logged until the logs were read */
    unsigned               held:1;       /* … nor says anything */
    uint32_t               generation;   /* raised by each claim */
    ngx_chat_offset_t      heard;        /* the last; epoch 0: none yet */
    u_char                 sid[NGX_CHAT_SOCKET_SID_LEN];
    u_char                 pid[NGX_CHAT_SOCKET_SID_LEN];   /* a secret */
};


/* Who is at the other end of a session. */
struct ngx_chat_client_s {
    ngx_chat_session_t    *session;
    ngx_chat_claims_t     *offered;      /* the handshake's; NULL: none */
    ngx_chat_socket_t     *others;       /* of namespaces that it asked for */
    ngx_chat_assembly_t   *assembly;     /* half of a binary packet; NULL */
    uint32_t               asks_count;   /* of all its sockets */
    unsigned               joined:1;     /* some namespace, once */
    ngx_chat_socket_t      root;         /* of `/` */
};


static ngx_inline void
ngx_chat_socket_move(ngx_chat_socket_t *socket, ngx_chat_socket_state_t state)
{
    socket->state = state;
}


static ngx_inline ngx_chat_loc_conf_t *
ngx_chat_socket_conf(ngx_chat_socket_t *socket)
{
    return ngx_chat_session_conf(socket->client->session);
}


/*
 * The chat is in `/`, and for users: its events, their log, presence.  Asked
 * when it is known who joins.
 */
static ngx_inline ngx_uint_t
ngx_chat_socket_chats(ngx_chat_socket_t *socket)
{
    return socket == &socket->client->root && socket->claims->uid_len != 0;
}


/* --- ngx_chat_socket_client.c ------------------------------------------- */

/* Called whenever it may have to be held, or need not be any more. */
void ngx_chat_client_hold(ngx_chat_client_t *client);

/* The session's deadline is when the first token expires. */
void ngx_chat_client_expires(ngx_chat_client_t *client);

/* A socket has shown a good token, joined, or is left. */
void ngx_chat_client_changed(ngx_chat_client_t *client);

/* The next socket, from NULL to NULL; `/` is the first. */
ngx_chat_socket_t *ngx_chat_client_next(ngx_chat_client_t *client,
    ngx_chat_socket_t *socket);


/* A binary packet that is whole; its namespace has been joined. */
void ngx_chat_client_take(ngx_chat_client_t *client,
    const chat_sio_packet_t *packet, const chat_attach_t *attach);


/* --- ngx_chat_socket_namespace.c ---------------------------------------- */

/* CONNECT. */
void ngx_chat_client_connect(ngx_chat_client_t *client,
    const chat_sio_packet_t *packet);

/* The socket of that namespace; NULL: it was never asked for. */
ngx_chat_socket_t *ngx_chat_client_find(ngx_chat_client_t *client,
    chat_slice_t nsp);


/* --- ngx_chat_socket_binary.c ------------------------------------------- */

/*
 * The text of a binary packet: it is taken when its attachments have come.
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_chat_assembly_begin(ngx_chat_client_t *client,
    chat_slice_t text);

/* An attachment of it. */
void ngx_chat_assembly_add(ngx_chat_client_t *client, chat_slice_t bytes);

/* Forgets it, if there is one. */
void ngx_chat_assembly_end(ngx_chat_client_t *client);


/* --- ngx_chat_socket.c -------------------------------------------------- */

/* IDLE, of that namespace. */
void ngx_chat_socket_init(ngx_chat_socket_t *socket, ngx_chat_client_t *client,
    const ngx_str_t *nsp);

/* From whatever state to IDLE: nothing asked, in no room, nobody. */
void ngx_chat_socket_reset(ngx_chat_socket_t *socket);

/* DISCONNECT by the client. */
void ngx_chat_socket_disconnect(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet, const chat_attach_t *attach);

/*
 * What all jobs of a socket say of it, and the slot of who is in none of the
 * chat: one for each socket, so that its jobs stay in order.
 */
void ngx_chat_socket_job(ngx_chat_socket_t *socket, ngx_chat_job_t *job,
    ngx_chat_claims_text_t *text);


/* --- ngx_chat_socket_open.c: until the worker is asked ------------------ */

/* CONNECT, with its payload. */
void ngx_chat_socket_open(ngx_chat_socket_t *socket, chat_slice_t auth);

ngx_chat_opening_t *ngx_chat_opening_create(ngx_str_t agent);
void ngx_chat_opening_destroy(ngx_chat_opening_t **opening);

/* Takes back what is asked, and forgets what waits. */
void ngx_chat_opening_cancel(ngx_chat_socket_t *socket);

/* To SUBSCRIBING, also from further on: what was asked is asked again. */
void ngx_chat_opening_restart(ngx_chat_socket_t *socket);

/* All is known that the worker is to be asked with. */
void ngx_chat_opening_ready(ngx_chat_socket_t *socket);

/* A session job has ended: the next may begin. */
void ngx_chat_opening_next(void);

/* Neither granted nor refused: the client is to come back. */
void ngx_chat_opening_later(ngx_chat_socket_t *socket, const char *why);


/* --- ngx_chat_socket_join.c: when it has answered ----------------------- */

void ngx_chat_opening_answered(void *data, ngx_uint_t status,
    const chat_envelope_t *reply);

/* CONNECT_ERROR; the connection stays: the client may try another token. */
void ngx_chat_opening_refuse(ngx_chat_socket_t *socket, chat_slice_t message,
    chat_slice_t code);

/* Keeps an event for when the socket has joined. */
void ngx_chat_opening_wait(ngx_chat_socket_t *socket,
    ngx_chat_event_t *event);


/* --- ngx_chat_socket_recover.c ------------------------------------------ */

/* Finds out whether the CONNECT with this payload wants to go on. */
void ngx_chat_recover_wish(ngx_chat_socket_t *socket, chat_slice_t auth);

/* Asks for the session; ngx_chat_opening_ready() is called in any case. */
void ngx_chat_recover_claim(ngx_chat_socket_t *socket);
void ngx_chat_recover_cancel(ngx_chat_opening_t *opening);

/* The socket has joined: gives it a pid, so that it can be claimed. */
void ngx_chat_recover_begin(ngx_chat_socket_t *socket);

/* It ended for good. */
void ngx_chat_recover_forget(ngx_chat_socket_t *socket);


/* --- ngx_chat_socket_token.c -------------------------------------------- */

/*
 * Who wants to CONNECT; NULL: nobody who may, *why for the client.  *found is
 * the token in its payload as it stands there, absent if none was looked at.
 */
ngx_chat_claims_t *ngx_chat_socket_identify(ngx_chat_socket_t *socket,
    chat_slice_t auth, chat_slice_t *found, const char **why);

/* The event `authenticate` {token}. */
void ngx_chat_socket_authenticate(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet);


/* --- ngx_chat_socket_event.c -------------------------------------------- */

/* EVENT: a job, or `authenticate`. */
void ngx_chat_socket_event(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet, const chat_attach_t *attach);

typedef struct {
    const char            *kind;         /* of the job */
    chat_slice_t           name;         /* of the event */
    int64_t                id;           /* of the ack; -1: none is awaited */
    chat_slice_t           array;        /* of arguments, from `from` on */
    size_t                 from;
    const chat_attach_t   *attach;
} ngx_chat_emission_t;

/* What a client says becomes a job. */
void ngx_chat_socket_emit(ngx_chat_socket_t *socket,
    const ngx_chat_emission_t *emission);

/*
 * The first element of a checked array, and where the others begin, behind the
 * comma.
 */
chat_slice_t ngx_chat_socket_first(chat_slice_t array, size_t *rest);

/* Nobody waits for the answers any more. */
void ngx_chat_socket_event_cancel(ngx_chat_socket_t *socket);


/* --- ngx_chat_socket_ack.c ---------------------------------------------- */

/* An id for a packet that asks for an ack; -1: no memory. */
int64_t ngx_chat_socket_ask(ngx_chat_socket_t *socket,
    const ngx_chat_packet_t *packet);

/* ACK: a job, if it was asked for. */
void ngx_chat_socket_ack(ngx_chat_socket_t *socket,
    const chat_sio_packet_t *packet, const chat_attach_t *attach);

/* No answer is awaited any more. */
void ngx_chat_socket_ack_cancel(ngx_chat_socket_t *socket);


/* --- ngx_chat_socket_reply.c -------------------------------------------- */

#define NGX_CHAT_HEAD_MAX  (CHAT_SIO_NSP_MAX + 32)

/* What stands before the JSON of a packet without attachments, in `text`. */
chat_slice_t ngx_chat_socket_head(ngx_chat_socket_t *socket,
    chat_sio_type_t type, int64_t id, u_char text[NGX_CHAT_HEAD_MAX]);

/*
 * Sends the packets that a reply carries, and reports what they deliver;
 * returns what stands behind them, and in *attach the attachments of that.
 * `offset`: what the client is to come back with, len 0: nothing.
 */
chat_slice_t ngx_chat_socket_packets(ngx_chat_socket_t *socket,
    const chat_envelope_t *reply, chat_slice_t offset, chat_attach_t *attach);

/* An ack: `line` is a packet (ngx_chat_packet.h) of arguments. */
void ngx_chat_socket_answer(ngx_chat_socket_t *socket, int64_t id,
    chat_slice_t line, chat_attach_t *attach);

/* That there is no answer: an ack, or `error` if none is awaited (id -1). */
void ngx_chat_socket_failed(ngx_chat_socket_t *socket, int64_t id,
    ngx_uint_t status);
void ngx_chat_socket_answer_failure(ngx_chat_socket_t *socket, int64_t id,
    const char *code, const char *message);

/* That there were too many: an event `error`, and an ack if one is awaited. */
void ngx_chat_socket_limited(ngx_chat_socket_t *socket, int64_t id,
    ngx_uint_t wait_s);

/* An event `error` {code, message}. */
void ngx_chat_socket_error(ngx_chat_socket_t *socket, const char *code,
    const char *message);


#endif /* NGX_CHAT_SOCKET_STATE_H */
