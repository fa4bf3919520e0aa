#ifndef EXACT_H
#define EXACT_H

/*
 * Bytes in memory of exactly their size, so that the sanitizer sees a unit
 * that reads one too many.
 */

#include <stdlib.h>

#include "chat_slice.h"

/* A slice in a table of cases; the text may contain NULs. */
#define BYTES(text)  { sizeof(text) - 1, (const uint8_t *) (text) }


static inline chat_slice_t
exact(chat_slice_t bytes)
{
    uint8_t  *copy;

    copy = malloc(bytes.len ? bytes.len : 1);
    if (copy == NULL) {
        abort();
    }

    if (bytes.len) {
        memcpy(copy, bytes.data, bytes.len);
    }

    return chat_slice_of(copy, bytes.len);
}


static inline void
exact_free(chat_slice_t bytes)
{
    free((void *) bytes.data);
}


#endif /* EXACT_H */
