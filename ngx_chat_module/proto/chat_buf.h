
/*
 * A builder of bytes that fails stickily: a failed append makes every later
 * one a no-op, so callers append freely and ask chat_buf_status() once.
 *
 * Two kinds, one type.  A fixed buffer writes into the caller's memory and
 * fails when that is full.  A growing buffer takes memory from malloc() up to
 * `max` bytes and must be given back with chat_buf_free(), failed or not.
 */

#ifndef CHAT_BUF_H
#define CHAT_BUF_H


#include "chat_slice.h"
#include "chat_status.h"


typedef struct {
    uint8_t        *data;
    size_t          len;
    size_t          cap;
    size_t          max;         /* 0: fixed, `data` is the caller's */
    chat_status_t   status;      /* CHAT_OK, or of the first failure */
} chat_buf_t;


/* Writes into [data, data + cap), which stays the caller's. */
void chat_buf_init_fixed(chat_buf_t *b, void *data, size_t cap);

/* Grows from nothing to `max` bytes (max > 0). */
void chat_buf_init(chat_buf_t *b, size_t max);

/* Frees a growing buffer; harmless on a fixed one. */
void chat_buf_free(chat_buf_t *b);

/* Empties the buffer and forgets the failure; keeps the memory. */
void chat_buf_reset(chat_buf_t *b);

/* Fails the buffer for a reason of the caller's, unless it failed before. */
void chat_buf_fail(chat_buf_t *b, chat_status_t status);

void chat_buf_put(chat_buf_t *b, const void *p, size_t n);
void chat_buf_slice(chat_buf_t *b, chat_slice_t slice);
void chat_buf_str(chat_buf_t *b, const char *text);
void chat_buf_byte(chat_buf_t *b, uint8_t byte);
void chat_buf_u64(chat_buf_t *b, uint64_t n);     /* decimal */

/* A JSON string with its quotes; `text` must be UTF-8 (RFC 8259, 7). */
void chat_buf_json(chat_buf_t *b, chat_slice_t text);

/* CHAT_OK, or why the first failing append failed. */
chat_status_t chat_buf_status(const chat_buf_t *b) CHAT_MUST_CHECK;

static inline chat_slice_t
chat_buf_view(const chat_buf_t *b)
{
    return chat_slice_of(b->data, b->len);
}


#endif /* CHAT_BUF_H */
