
/*
 * What polling is made of: for the units ngx_chat_polling* alone.
 */

#ifndef NGX_CHAT_POLLING_STATE_H
#define NGX_CHAT_POLLING_STATE_H


#include "ngx_chat_polling.h"
#include "ngx_chat_msg_queue.h"
#include "ngx_chat_websocket.h"


typedef struct ngx_chat_poll_s  ngx_chat_poll_t;
typedef struct ngx_chat_polling_s  ngx_chat_polling_t;
typedef struct ngx_chat_probe_s  ngx_chat_probe_t;


/* --- a request ---------------------------------------------------------- */

typedef enum {
    NGX_CHAT_POLL_PACKETS = 0,     /* of a GET: here they are */
    NGX_CHAT_POLL_TAKEN,           /* of a POST */
    NGX_CHAT_POLL_UNKNOWN,         /* there is no such session */
    NGX_CHAT_POLL_MISMATCH,        /* the session has a WebSocket */
    NGX_CHAT_POLL_REFUSED,         /* it broke the rules, and the session */
    NGX_CHAT_POLL_AWAY,            /* its owner cannot be reached now */
    NGX_CHAT_POLL_ANSWERS
} ngx_chat_poll_answer_t;


/* The owner of the session that a request is for: here, or far away. */
typedef struct {
    /* The whole body of a POST; it stays the caller's, until the answer. */
    void (*body)(ngx_chat_poll_t *poll, chat_slice_t body);

    /* The body will not come, as is allowed: the session goes on. */
    void (*drop)(ngx_chat_poll_t *poll);

    /* The request is gone before its time, and so is the session. */
    void (*abort)(ngx_chat_poll_t *poll);
} ngx_chat_poll_owner_pt;


/* A GET or a POST, until it is answered, dropped or aborted. */
struct ngx_chat_poll_s {
    const ngx_chat_poll_owner_pt   *owner;    /* NULL: no more */
    void                           *data;     /* the owner's */
    chat_slice_t                    payload;  /* of a POST */
    size_t                          at;       /* how much of it was taken */

    /* Called once, perhaps inside the call that begins. */
    void (*answer)(ngx_chat_poll_t *poll, ngx_chat_poll_answer_t answer,
        chat_slice_t packets);
};


typedef enum {
    NGX_CHAT_POLL_GET = 0,
    NGX_CHAT_POLL_POST
} ngx_chat_poll_method_t;


/* ngx_chat_polling_poll.c: begins a request for a session of this process. */
void ngx_chat_poll_begin(ngx_chat_poll_t *poll, ngx_chat_poll_method_t method,
    const u_char *sid);

/* Ends a request with its answer. */
void ngx_chat_poll_answer(ngx_chat_poll_t *poll, ngx_chat_poll_answer_t answer,
    chat_slice_t packets);


/* --- a session that polls ----------------------------------------------- */

typedef enum {
    NGX_CHAT_POLLING_OPEN = 0,
    NGX_CHAT_POLLING_DRAINING,     /* the session ended, its packets wait */
    NGX_CHAT_POLLING_GONE          /* closed by the client: one GET may come */
} ngx_chat_polling_state_t;


struct ngx_chat_polling_s {
    ngx_str_node_t          node;        /* by sid */
    ngx_chat_session_t     *session;     /* NULL: not OPEN any more */
    ngx_chat_loc_conf_t    *conf;
    ngx_chat_poll_t        *get;         /* parked; NULL: none */
    ngx_chat_poll_t        *post;        /* not answered yet; NULL: none */
    ngx_chat_probe_t       *probe;       /* an upgrade; NULL: none */
    ngx_chat_msg_queue_t    out;
    ngx_event_t             turn;        /* posted: at the end of this one */
    ngx_event_t             timer;       /* a noop is due, or it is forgotten */
    uint32_t                row;         /* of one whose session has ended */
    unsigned                state:2;
    unsigned                held:1;      /* no packets to the session */
    unsigned                probed:1;    /* the client waits for its GETs */
    u_char                  sid[CHAT_EIO_SID_LEN];
};


static ngx_inline void
ngx_chat_polling_move(ngx_chat_polling_t *p, ngx_chat_polling_state_t state)
{
    p->state = state;
}


/* ngx_chat_polling.c */
extern const ngx_chat_transport_pt  ngx_chat_polling_transport;

ngx_chat_polling_t *ngx_chat_polling_create(ngx_chat_session_t *s);
ngx_chat_polling_t *ngx_chat_polling_find(const u_char *sid);
void ngx_chat_polling_destroy(ngx_chat_polling_t *p);

/* What is to be done is done at the end of this turn of the event loop. */
void ngx_chat_polling_soon(ngx_chat_polling_t *p);

/* ngx_chat_polling_poll.c: the GET that is parked. */
void ngx_chat_polling_drain(ngx_chat_polling_t *p);
void ngx_chat_polling_say(ngx_chat_polling_t *p, chat_slice_t packets);
void ngx_chat_polling_probed(ngx_chat_polling_t *p);
void ngx_chat_polling_release(ngx_chat_polling_t *p);

/* … and the POST in flight. */
void ngx_chat_polling_take(ngx_chat_polling_t *p);

/* ngx_chat_polling_end.c */
void ngx_chat_polling_close(void *transport, ngx_chat_close_t how);
void ngx_chat_polling_farewell(ngx_chat_polling_t *p);

/* ngx_chat_polling_upgrade.c */
void ngx_chat_probe_close(ngx_chat_polling_t *p);

/* Completes an upgrade that the client has asked for: NGX_DONE, p is freed. */
ngx_int_t ngx_chat_probe_complete(ngx_chat_polling_t *p);


/* --- other processes: ngx_chat_polling_peer.c --------------------------- */

/* As ngx_chat_poll_begin(), for a session of another process. */
void ngx_chat_polling_forward(ngx_chat_poll_t *poll,
    ngx_chat_poll_method_t method, const ngx_chat_row_t *row);


#endif /* NGX_CHAT_POLLING_STATE_H */
