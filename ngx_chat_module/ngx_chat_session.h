
/*
 * An Engine.IO session (sessions of one process, which owns them): heartbeat,
 * one timer, its row in the shared zone, and the two seams
 *
 *     socket   <- packet, deadline, close -  session  (Socket.IO, above)
 *     transport <- write, hold, close -      session  (WebSocket, polling)
 *
 * A session knows nothing of frames, a transport nothing of Socket.IO.
 *
 * Closing is deferred: ngx_chat_session_close() changes the state, and at the
 * end of this turn of the event loop nobody is in the middle of anything, so
 * there socket and transport hear of it and the memory goes.  Until then all
 * calls are harmless.
 */

#ifndef NGX_CHAT_SESSION_H
#define NGX_CHAT_SESSION_H


#include "ngx_chat.h"
#include "ngx_chat_msg.h"
#include "ngx_chat_rows.h"


typedef struct ngx_chat_session_s  ngx_chat_session_t;


typedef enum {
    NGX_CHAT_CLOSE_FLUSH = 0,        /* what is queued goes out first */
    NGX_CHAT_CLOSE_ASKED,            /* the client wished it */
    NGX_CHAT_CLOSE_BROKEN,           /* it is silent, or broke the protocol */
    NGX_CHAT_CLOSE_NOW               /* the peer does not read */
} ngx_chat_close_t;


typedef struct {
    /* Queues a reference of its own; nothing is written inside the call.
     * NGX_OK; NGX_BUSY: the reader is too slow; NGX_ERROR: no memory. */
    ngx_int_t (*write)(void *transport, ngx_chat_msg_t *msg);

    /* True if what is written now leaves at the end of this turn. */
    ngx_uint_t (*ready)(void *transport);

    /* Stops (on: 1) or goes on handing packets to the session. */
    void (*hold)(void *transport, ngx_uint_t on);

    /* The session is gone; the transport ends by itself. */
    void (*close)(void *transport, ngx_chat_close_t how);
} ngx_chat_transport_pt;


typedef struct {
    /* A message of the client, behind the Engine.IO digit. */
    void (*packet)(void *socket, chat_slice_t text);
    void (*binary)(void *socket, chat_slice_t bytes);

    /* The moment given to ngx_chat_session_deadline() has come. */
    void (*deadline)(void *socket);

    /* The session is gone; `socket` is to be freed. */
    void (*close)(void *socket);
} ngx_chat_session_upward_t;


/*
 * A session whose transport is still to be attached, its row written.
 * NGX_BUSY: its address has as many as it may; NGX_ERROR: no memory, or no room
 * in the zone.
 */
ngx_int_t ngx_chat_session_create(ngx_chat_loc_conf_t *conf,
    ngx_chat_transport_t kind, ngx_str_t address, ngx_chat_session_t **s);

/* Gives it what is above it, which is the session's from the attach on. */
void ngx_chat_session_bind(ngx_chat_session_t *s,
    const ngx_chat_session_upward_t *upward, void *socket);

/* The client takes no binary messages: it is sent base64. */
void ngx_chat_session_wants_base64(ngx_chat_session_t *s);

/* Opens it: the open packet is written, the timer runs. */
void ngx_chat_session_attach(ngx_chat_session_t *s,
    const ngx_chat_transport_pt *transport, void *data);


/* --- for transports ----------------------------------------------------- */

/* What the client is to be served with from now on; nothing is sent again. */
void ngx_chat_session_switch(ngx_chat_session_t *s, ngx_chat_transport_t kind,
    const ngx_chat_transport_pt *transport, void *data);

/* One Engine.IO packet of the client: as text, as found, a binary message. */
void ngx_chat_session_receive(ngx_chat_session_t *s, chat_slice_t text);
void ngx_chat_session_packet(ngx_chat_session_t *s,
    const chat_eio_packet_t *packet);
void ngx_chat_session_receive_binary(ngx_chat_session_t *s,
    chat_slice_t bytes);

/* The client has broken Engine.IO's rules: counted, closed at once. */
void ngx_chat_session_break(ngx_chat_session_t *s, const char *why);

/* False if its time is over by now, whether or not the timer has seen it. */
ngx_uint_t ngx_chat_session_check(ngx_chat_session_t *s);

/* The transport has ended and is not called any more; the session closes. */
void ngx_chat_session_lost(ngx_chat_session_t *s, const char *why);

/* nginx wants to leave: close soon, but not all sessions at one moment. */
void ngx_chat_session_leave(ngx_chat_session_t *s);


/* --- for Socket.IO ------------------------------------------------------ */

/* Queues a message; a reader that is too slow is closed. */
void ngx_chat_session_send(ngx_chat_session_t *s, ngx_chat_msg_t *msg);

/* The same from pieces that are put together. */
void ngx_chat_session_send_pieces(ngx_chat_session_t *s,
    const chat_slice_t *pieces, ngx_uint_t count);

/* A binary message. */
void ngx_chat_session_send_binary(ngx_chat_session_t *s, chat_slice_t bytes);

/* False: it would have to wait, so what is volatile is to be dropped. */
ngx_uint_t ngx_chat_session_ready(ngx_chat_session_t *s);

/* Ends it; `why` is a static text for the log. */
void ngx_chat_session_close(ngx_chat_session_t *s, const char *why);

/* The client has broken Socket.IO's rules: counted, closed as by our wish. */
void ngx_chat_session_protocol_error(ngx_chat_session_t *s);

/* Closes it within `spread_ms` at random; what was said before counts too. */
void ngx_chat_session_close_within(ngx_chat_session_t *s, ngx_msec_t spread_ms,
    const char *why);

/*
 * Packets are not handed up while held; the pong deadline stands still, for
 * nobody reads the pong.
 */
void ngx_chat_session_hold(ngx_chat_session_t *s, ngx_uint_t on);

/* `deadline` is called in so many ms; 0: never. */
void ngx_chat_session_deadline(ngx_chat_session_t *s, ngx_msec_t in_ms);

/*
 * Who wants to join: counted from now on.  NGX_BUSY: he has as many sessions as
 * he may, and is nobody.  `uid` must live until told otherwise.
 */
ngx_int_t ngx_chat_session_admit(ngx_chat_session_t *s, ngx_str_t uid);

/* Who it is, admitted or not, len 0: nobody; and whether it has joined. */
void ngx_chat_session_identify(ngx_chat_session_t *s, ngx_str_t uid,
    ngx_uint_t joined);

ngx_uint_t ngx_chat_session_is_open(ngx_chat_session_t *s);

/* True if it is closing in this way. */
ngx_uint_t ngx_chat_session_closes(ngx_chat_session_t *s,
    ngx_chat_close_t how);

/* Engine.IO's id, a bearer secret, of CHAT_EIO_SID_LEN bytes. */
const u_char *ngx_chat_session_sid(ngx_chat_session_t *s);
ngx_chat_loc_conf_t *ngx_chat_session_conf(ngx_chat_session_t *s);
ngx_str_t ngx_chat_session_address(ngx_chat_session_t *s);


/* --- all sessions of this process --------------------------------------- */

/* nginx wants to leave; it does not wait any longer. */
void ngx_chat_session_leave_all(void);
void ngx_chat_session_stop_all(void);

/* Closes all, in small groups: their number decides how long it takes. */
void ngx_chat_session_close_all(const char *why);

ngx_int_t ngx_chat_session_init_process(ngx_cycle_t *cycle);
void ngx_chat_session_exit_process(ngx_cycle_t *cycle);


#endif /* NGX_CHAT_SESSION_H */
