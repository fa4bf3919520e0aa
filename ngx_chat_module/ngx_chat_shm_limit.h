
/*
 * What chat_limit keeps in the shared zone: token buckets, and how often each
 * limit has refused.
 */

#ifndef NGX_CHAT_SHM_LIMIT_H
#define NGX_CHAT_SHM_LIMIT_H


#include "ngx_chat.h"
#include "chat_rates.h"


#define NGX_CHAT_LIMITS_MAX      32     /* of a configuration */
#define NGX_CHAT_LIMIT_NAME_MAX  64


typedef struct {
    chat_key_t           key;
    const chat_rate_t   *rate;
} ngx_chat_shm_rate_t;


/* What came of asking. */
typedef struct {
    ngx_uint_t           refused;      /* which, if one was */
    ngx_msec_t           wait_ms;      /* until it is not */
    ngx_uint_t           forgotten;    /* who would have been refused */
} ngx_chat_shm_verdict_t;


/*
 * Asks several buckets at once.  NGX_OK: all have one, which is counted;
 * NGX_BUSY: one has none, and nothing is counted.
 */
ngx_int_t ngx_chat_shm_rates(const ngx_chat_shm_rate_t *rates, ngx_uint_t n,
    ngx_chat_shm_verdict_t *verdict);

/* The counter of a limit; NULL: there are too many names. */
ngx_atomic_t *ngx_chat_shm_limit_counter(ngx_str_t name);


#endif /* NGX_CHAT_SHM_LIMIT_H */
