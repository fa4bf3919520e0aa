#ifndef LOAD_SOCKET_H
#define LOAD_SOCKET_H

/*
 * One Socket.IO client: connects, authenticates, answers pings, emits events
 * that are acknowledged.  Its owner hears of it through the four functions of
 * load_hooks_t; after `closed` it is never called again.
 */

#include "load_transport.h"


#define LOAD_PID_MAX     32
#define LOAD_OFFSET_MAX  64


typedef struct load_socket_s  load_socket_t;

typedef struct {
    /* `authenticated` came: events can be sent and are heard */
    void (*ready)(load_socket_t *s);

    /* `args`: the JSON array of the event, its name included */
    void (*event)(load_socket_t *s, chat_slice_t name, chat_slice_t args);
    void (*ack)(load_socket_t *s, uint64_t id, chat_slice_t args);
    void (*closed)(load_socket_t *s, const char *why);
} load_hooks_t;

struct load_socket_s {
    load_transport_t       transport;
    bool                   ready;
    uint32_t               user;         /* index into the list of users */
    uint32_t               index;        /* the owner's */
    uint64_t               next_id;      /* of the next emit */
    bool                   recovered;    /* goes on where it was */
    size_t                 pid_len;      /* 0: cannot go on */
    char                   pid[LOAD_PID_MAX];
    size_t                 offset_len;
    char                   offset[LOAD_OFFSET_MAX];
    void                  *owner;
    const load_hooks_t    *hooks;
    const load_options_t  *options;
};


/*
 * Begins to connect.  The struct belongs to the caller, who keeps it where it
 * is until load_socket_close(); a failure at once is told by `closed` too.
 */
void load_socket_open(load_socket_t *s, const load_options_t *o,
    uint32_t user, uint32_t index, const load_hooks_t *hooks, void *owner);

/* Connects one that was closed again, to go on where it was. */
void load_socket_reopen(load_socket_t *s);

/* Closes without a word; harmless if it is closed. */
void load_socket_close(load_socket_t *s);

/* Emits [name, payload] and asks for an ack; returns its id. */
uint64_t load_socket_emit(load_socket_t *s, const char *name,
    chat_slice_t payload);

/* True if the ack's first argument says "ok": true. */
bool load_ack_ok(chat_slice_t args);


#endif /* LOAD_SOCKET_H */
