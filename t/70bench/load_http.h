#ifndef LOAD_HTTP_H
#define LOAD_HTTP_H

/*
 * One HTTP/1.1 connection that is kept: a GET, its whole answer, the next GET.
 */

#include "chat_buf.h"
#include "load.h"
#include "load_loop.h"


typedef struct load_http_s  load_http_t;

struct load_http_s {
    load_source_t   source;
    uint32_t        index;
    uint64_t        sent_us;
    bool            open;
    bool            writing;     /* waits to go on with the request */
    void           *owner;
    chat_buf_t      headers;     /* the same each time */
    chat_buf_t      request;
    size_t          written;     /* of it */
    chat_buf_t      in;

    /* a whole answer came; the next page is asked for by load_http_get() */
    void          (*answered)(load_http_t *h, uint32_t status,
                              chat_slice_t body);
    void          (*failed)(load_http_t *h, const char *why);
};


/* Connects and asks for `path`; the owner has set index, owner and the two
 * functions. */
void load_http_open(load_http_t *h, const load_options_t *o,
    chat_slice_t path, uint32_t user);
void load_http_get(load_http_t *h, chat_slice_t path);
void load_http_close(load_http_t *h);


#endif /* LOAD_HTTP_H */
