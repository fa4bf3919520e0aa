
/*
 * Memory that lives as long as one batch: allocated piecemeal, given back at
 * once.  Nothing from a pool may be kept in the roster or anywhere that
 * outlives the batch.
 */

#ifndef POOL_H
#define POOL_H


#include "chat_slice.h"


typedef struct pool_s  pool_t;


pool_t *pool_create(void);
void pool_destroy(pool_t **pool);

/* Gives back everything; the pool stays usable. */
void pool_reset(pool_t *pool);

/* Zeroed memory aligned for any type; never NULL (exits when out of memory,
 * as a worker may die at any instruction). */
void *pool_alloc(pool_t *pool, size_t size);

/* A copy ended by NUL. */
char *pool_strndup(pool_t *pool, const void *p, size_t n);
char *pool_slice(pool_t *pool, chat_slice_t slice);
char *pool_printf(pool_t *pool, const char *format, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* POOL_H */
