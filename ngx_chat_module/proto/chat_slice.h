
/*
 * Bytes that belong to somebody else.  A slice owns nothing and is valid as
 * long as the buffer it was cut from; it is never terminated by a NUL.
 */

#ifndef CHAT_SLICE_H
#define CHAT_SLICE_H


#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>


typedef struct {
    size_t          len;
    const uint8_t  *data;        /* NULL only together with len 0: absent */
} chat_slice_t;


#define chat_slice(text)                                                      \
    (chat_slice_t) { sizeof(text) - 1, (const uint8_t *) (text) }


static inline chat_slice_t
chat_slice_of(const void *p, size_t n)
{
    chat_slice_t  slice;

    slice.len = n;
    slice.data = p;

    return slice;
}


static inline bool
chat_slice_eq(chat_slice_t a, chat_slice_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


#endif /* CHAT_SLICE_H */
