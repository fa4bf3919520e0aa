
/*
 * Memory of one batch: blocks that are filled from the front and given back
 * all at once.  Every unit of the worker may ask; child says when the batch
 * is over.  Knows nothing of what is in it.
 */

#include "pool.h"
#include "log.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>


#define POOL_BLOCK   (64 * 1024)
#define POOL_LARGE   (POOL_BLOCK / 4)    /* from here on a block of its own */
#define POOL_ALIGN   alignof(max_align_t)


typedef struct pool_block_s  pool_block_t;

struct pool_block_s {
    pool_block_t             *next;
    size_t                    used;
    alignas(max_align_t)
    unsigned char             data[];
};


struct pool_s {
    pool_block_t  *blocks;       /* the first one is being filled */
    pool_block_t  *large;
};


static void *
pool_malloc(size_t size)
{
    void  *p;

    p = malloc(size);

    if (p == NULL) {
        log_error("pool: no memory for %zu bytes", size);
        abort();
    }

    return p;
}


static pool_block_t *
pool_block_create(size_t size, pool_block_t *next)
{
    pool_block_t  *block;

    block = pool_malloc(sizeof(pool_block_t) + size);
    block->next = next;
    block->used = 0;

    return block;
}


static void
pool_block_free(pool_block_t *block)
{
    pool_block_t  *next;

    for ( /* void */ ; block; block = next) {
        next = block->next;
        free(block);
    }
}


pool_t *
pool_create(void)
{
    pool_t  *pool;

    pool = pool_malloc(sizeof(pool_t));
    pool->blocks = pool_block_create(POOL_BLOCK, NULL);
    pool->large = NULL;

    return pool;
}


void
pool_destroy(pool_t **pool)
{
    if (*pool == NULL) {
        return;
    }

    pool_block_free((*pool)->blocks);
    pool_block_free((*pool)->large);
    free(*pool);
    *pool = NULL;
}


void
pool_reset(pool_t *pool)
{
    pool_block_free(pool->large);
    pool->large = NULL;

    pool_block_free(pool->blocks->next);
    pool->blocks->next = NULL;
    pool->blocks->used = 0;
}


void *
pool_alloc(pool_t *pool, size_t size)
{
    void          *p;
    pool_block_t  *block;

    if (size >= POOL_LARGE) {
        pool->large = pool_block_create(size, pool->large);
        return memset(pool->large->data, 0, size);
    }

    size = (size + POOL_ALIGN - 1) & ~(POOL_ALIGN - 1);
    block = pool->blocks;

    if (size > POOL_BLOCK - block->used) {
        block = pool_block_create(POOL_BLOCK, block);
        pool->blocks = block;
    }

    p = block->data + block->used;
    block->used += size;

    return memset(p, 0, size);
}


char *
pool_strndup(pool_t *pool, const void *p, size_t n)
{
    char  *copy;

    copy = pool_alloc(pool, n + 1);

    if (n > 0) {
        memcpy(copy, p, n);
    }

    return copy;
}


char *
pool_slice(pool_t *pool, chat_slice_t slice)
{
    return pool_strndup(pool, slice.data, slice.len);
}


char *
pool_printf(pool_t *pool, const char *format, ...)
{
    int      n;
    char    *text;
    va_list  args;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);

    if (n < 0) {
        log_error("pool: cannot format \"%s\"", format);
        abort();
    }

    text = pool_alloc(pool, (size_t) n + 1);

    va_start(args, format);
    vsnprintf(text, (size_t) n + 1, format, args);
    va_end(args);

    return text;
}
