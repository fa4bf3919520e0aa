#ifndef LOAD_TRANSPORT_H
#define LOAD_TRANSPORT_H

/*
 * One WebSocket connection of a client: text messages out and in.  It comes
 * first in what owns it, which sets the two functions before it opens it.
 */

#include "load.h"
#include "load_loop.h"
#include "chat_buf.h"


typedef struct load_transport_s  load_transport_t;

struct load_transport_s {
    load_source_t   source;
    bool            open;
    bool            upgraded;    /* the server's 101 has come */
    bool            writing;     /* waits to go on with `out` */
    chat_buf_t      in;          /* a frame that is not whole yet */
    chat_buf_t      out;         /* what the kernel did not take */

    void          (*message)(load_transport_t *t, chat_slice_t text);

    /* once, for a failure or the server's wish, not after a close of ours */
    void          (*closed)(load_transport_t *t, const char *why);
};


/* `nth` of all connections: chooses the source address on loopback. */
void load_transport_open(load_transport_t *t, const load_options_t *o,
    uint32_t nth);
void load_transport_send(load_transport_t *t, chat_slice_t text);

/* Tells the owner why, and closes. */
void load_transport_fail(load_transport_t *t, const char *why);

/* Closes without a word; harmless if it is closed. */
void load_transport_close(load_transport_t *t);


#endif /* LOAD_TRANSPORT_H */
