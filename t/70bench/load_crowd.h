#ifndef LOAD_CROWD_H
#define LOAD_CROWD_H

/* Many sockets, opened a few at a time, and what became of them. */

#include "load_socket.h"


typedef struct load_crowd_s  load_crowd_t;

struct load_crowd_s {
    load_socket_t         *sockets;
    uint32_t               count;
    uint32_t               opened;       /* begun */
    uint32_t               ready;
    uint32_t               closed;
    const char            *why;          /* of the last that was closed */
    uint64_t               open_us;      /* how long it took all together */
    load_hooks_t           hooks;
};


/*
 * Opens `count` sockets; `user_of` says whose each is.  `event` and `ack` are
 * the mode's, which finds itself in a socket's `owner`.  False, and a message
 * on stderr, if not all became ready.  In any case load_crowd_close() follows.
 */
bool load_crowd_open(load_crowd_t *crowd, const load_options_t *o,
    uint32_t count,
    uint32_t (*user_of)(const load_options_t *o, uint32_t i),
    void (*event)(load_socket_t *s, chat_slice_t name, chat_slice_t args),
    void (*ack)(load_socket_t *s, uint64_t id, chat_slice_t args));

/* True, and a message on stderr, if a socket was closed meanwhile. */
bool load_crowd_broken(const load_crowd_t *crowd);

void load_crowd_close(load_crowd_t *crowd);


#endif /* LOAD_CROWD_H */
