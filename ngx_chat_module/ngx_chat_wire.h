
/*
 * Bytes to and from Redis: an nginx connection with a buffer for what goes
 * out.  What is given in one turn of the event loop leaves in one write.
 */

#ifndef NGX_CHAT_WIRE_H
#define NGX_CHAT_WIRE_H


#include "ngx_chat.h"
#include "chat_buf.h"


typedef struct ngx_chat_wire_s  ngx_chat_wire_t;


/* None of these runs inside a call of this unit but ngx_chat_wire_close(). */
typedef struct {
    void (*connected)(void *data);
    void (*bytes)(void *data, u_char *p, size_t n);

    /* It ended by itself. */
    void (*broken)(void *data, const char *why, ngx_err_t err);

    /* After `broken` or a close: nobody uses `data` any more; the last call. */
    void (*freed)(void *data);

    void  *data;
} ngx_chat_wire_upward_t;


/* NULL: could not even begin; `err` says why (0: no memory or descriptors). */
ngx_chat_wire_t *ngx_chat_wire_connect(ngx_addr_t *address,
    const ngx_chat_wire_upward_t *upward, ngx_log_t *log, ngx_err_t *err);

/* What goes out: append to it, then say so. */
chat_buf_t *ngx_chat_wire_out(ngx_chat_wire_t *wire);
void ngx_chat_wire_flush(ngx_chat_wire_t *wire);

/* `awaited`: more bytes have to come in time, or the wire is broken. */
void ngx_chat_wire_await(ngx_chat_wire_t *wire, ngx_uint_t awaited);

/* Bytes given in all, and of them bytes written. */
uint64_t ngx_chat_wire_given(ngx_chat_wire_t *wire);
uint64_t ngx_chat_wire_written(ngx_chat_wire_t *wire);

void ngx_chat_wire_close(ngx_chat_wire_t *wire);


#endif /* NGX_CHAT_WIRE_H */
