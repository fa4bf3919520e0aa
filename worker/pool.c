
/*
 * Memory of one batch: blocks that are filled from the front and given back
 * all at once.  Every unit of the worker may ask; child says when the batch
 * is over.  The blocks are kept for the next batch: freeing ones of this size
 * makes malloc() tidy up all that it has.
 */

#include "pool.h"
#include "log.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>


#define POOL_BLOCK   (64 * 1024)
#define POOL_SPARE   64                  /* blocks that are kept, empty */
#define POOL_LARGE   (POOL_BLOCK / 4)    /* from here on a block of its own */
#define POOL_ALIGN   alignof(max_align_t)
#define POOL_SMALL   256                 /* a text that is formatted once */


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
    pool_block_t  *spare;
    uint32_t       spare_count;
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
    pool->spare = NULL;
    pool->spare_count = 0;

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
    pool_block_free((*pool)->spare);
    free(*pool);
    *pool = NULL;
}


static void
pool_put_aside(pool_t *pool, pool_block_t *block)
{
    if (pool->spare_count == POOL_SPARE) {
        free(block);
        return;
    }

    block->next = pool->spare;
    pool->spare = block;
    pool->spare_count++;
}


void
pool_reset(pool_t *pool)
{
    pool_block_t  *block;

    pool_block_free(pool->large);
    pool->large = NULL;

    while (pool->blocks->next) {
        block = pool->blocks;
        pool->blocks = block->next;
        pool_put_aside(pool, block);
    }

    pool->blocks->used = 0;
}


static void
pool_next_block(pool_t *pool)
{
    pool_block_t  *block;

    block = pool->spare;

    if (block == NULL) {
        pool->blocks = pool_block_create(POOL_BLOCK, pool->blocks);
        return;
    }

    pool->spare = block->next;
    pool->spare_count--;

    block->next = pool->blocks;
    block->used = 0;
    pool->blocks = block;
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

    if (size > POOL_BLOCK - pool->blocks->used) {
        pool_next_block(pool);
    }

    block = pool->blocks;
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
    char    *text, small[POOL_SMALL];
    va_list  args;

    va_start(args, format);
    n = vsnprintf(small, sizeof(small), format, args);
    va_end(args);

    if (n < 0) {
        log_error("pool: cannot format \"%s\"", format);
        abort();
    }

    if (n < POOL_SMALL) {
        return pool_strndup(pool, small, (size_t) n);
    }

    text = pool_alloc(pool, (size_t) n + 1);

    va_start(args, format);
    vsnprintf(text, (size_t) n + 1, format, args);
    va_end(args);

    return text;
}
