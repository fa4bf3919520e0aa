
/*
 * One connection to Redis: commands out, answers in, in order.  Nothing here
 * knows what the commands mean.
 */

#ifndef NGX_CHAT_REDIS_H
#define NGX_CHAT_REDIS_H


#include "ngx_chat_resp.h"


struct ngx_chat_redis_conf_s {
    ngx_array_t    addresses;      /* of ngx_addr_t: the one that is master */
    ngx_str_t      user;           /* len 0: the default user */
    ngx_str_t      password;       /* len 0: none */
    ngx_uint_t     db;
};


typedef struct ngx_chat_redis_s  ngx_chat_redis_t;


/*
 * Called once for each command, in order.  NGX_OK: `value` is the answer,
 * valid during the call.  NGX_DECLINED: the connection ended before the
 * command was written; NGX_ABORT: after, so it may have been done.
 */
typedef void (*ngx_chat_redis_answer_pt)(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);


typedef struct {
    void (*connected)(void *data);

    /* What nobody asked for: messages and confirmations of a subscriber. */
    void (*pushed)(void *data, const ngx_chat_resp_t *value);

    /* It ended by itself; comes before the answers it owes. */
    void (*broken)(void *data, const char *why, ngx_err_t err);

    void  *data;
} ngx_chat_redis_upward_t;


/* NULL: could not even begin; `err` says why (0: no memory or descriptors). */
ngx_chat_redis_t *ngx_chat_redis_connect(ngx_addr_t *address,
    const ngx_chat_redis_upward_t *upward, ngx_log_t *log, ngx_err_t *err);

/*
 * Queues a command; `answer` may be NULL.  NGX_ERROR: no memory, or closed;
 * nothing was queued.  Callbacks never run inside.
 */
ngx_int_t ngx_chat_redis_command(ngx_chat_redis_t *redis,
    const chat_slice_t *args, ngx_uint_t count,
    ngx_chat_redis_answer_pt answer, void *data);

/* The same without an answer of its own: for a subscriber. */
ngx_int_t ngx_chat_redis_send(ngx_chat_redis_t *redis,
    const chat_slice_t *args, ngx_uint_t count);

/* Ends it; the answers it owes are called, `broken` is not. */
void ngx_chat_redis_close(ngx_chat_redis_t **redis);

/* Bytes not yet written. */
size_t ngx_chat_redis_queued(ngx_chat_redis_t *redis);


#endif /* NGX_CHAT_REDIS_H */
