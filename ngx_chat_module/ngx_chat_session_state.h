
/*
 * What a session is made of: for the units ngx_chat_session* alone.
 */

#ifndef NGX_CHAT_SESSION_STATE_H
#define NGX_CHAT_SESSION_STATE_H


#include "ngx_chat_session.h"
#include "ngx_chat_shm.h"


/* ngx_chat_session_move() is the only writer. */
typedef enum {
    NGX_CHAT_SESSION_NEW = 0,      /* no transport yet */
    NGX_CHAT_SESSION_OPEN,         /* heartbeat_at: the next ping */
    NGX_CHAT_SESSION_PINGED,       /* heartbeat_at: the pong's deadline */
    NGX_CHAT_SESSION_CLOSING       /* in the list of those to be reaped */
} ngx_chat_session_state_t;


struct ngx_chat_session_s {
    ngx_queue_t                       link;     /* of all, or of the closing */
    ngx_event_t                       timer;
    const ngx_chat_transport_pt      *transport;
    void                             *transport_data;   /* NULL: none */
    const ngx_chat_session_upward_t  *upward;
    void                             *socket;           /* NULL: none */
    ngx_chat_loc_conf_t              *conf;
    ngx_msec_t                        heartbeat_at;
    ngx_msec_t                        deadline_at;      /* 0: none */
    ngx_msec_t                        close_at;         /* 0: not asked for */
    ngx_msec_t                        held_at;          /* 0: packets flow */
    const char                       *why;              /* of the close */
    ngx_str_t                         uid;              /* the socket's */
    uint32_t                          row;
    uint32_t                          since;
    u_char                            sid[CHAT_EIO_SID_LEN];
    unsigned                          state:2;
    unsigned                          close_how:2;
    unsigned                          kind:1;       /* ngx_chat_transport_t */
    unsigned                          joined:1;     /* a namespace */
    unsigned                          extended:1;   /* the pong's deadline */
    unsigned                          base64:1;     /* no binary messages */
    unsigned                          address_len:8;
    u_char                            address[];
};


static ngx_inline void
ngx_chat_session_move(ngx_chat_session_t *s, ngx_chat_session_state_t state)
{
    s->state = state;
}


/* 0 says "none", so a moment that happens to be 0 is put off by 1 ms. */
static ngx_inline ngx_msec_t
ngx_chat_session_in(ngx_msec_t ms)
{
    return (ngx_current_msec + ms) ? ngx_current_msec + ms : 1;
}


/* Ends a session at the end of this turn; harmless when it has ended. */
void ngx_chat_session_end(ngx_chat_session_t *s, const char *why,
    ngx_chat_close_t how);

/* ngx_chat_session_timer.c: sets the timer to the nearest moment. */
void ngx_chat_session_arm(ngx_chat_session_t *s);
void ngx_chat_session_timer_init(ngx_chat_session_t *s);

/* ngx_chat_session_row.c: NGX_OK, or what ngx_chat_session_create() says. */
ngx_int_t ngx_chat_session_enter(ngx_chat_session_t *s);
void ngx_chat_session_row_again(ngx_chat_session_t *s);

/* ngx_chat_session_list.c: a session is in the list that fits its state. */
void ngx_chat_session_list(ngx_chat_session_t *s);
void ngx_chat_session_to_be_reaped(ngx_chat_session_t *s);

/* Of those that have not joined; NULL: there is none. */
ngx_chat_session_t *ngx_chat_session_oldest_fresh(void);

/* Tells transport and socket that it is over, and frees it. */
void ngx_chat_session_free(ngx_chat_session_t *s);


#endif /* NGX_CHAT_SESSION_STATE_H */
