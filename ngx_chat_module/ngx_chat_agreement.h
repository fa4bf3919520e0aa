
/*
 * Is this the right Redis: master, ours to use, prepared by workers of the
 * same version for this very run of it?
 */

#ifndef NGX_CHAT_AGREEMENT_H
#define NGX_CHAT_AGREEMENT_H


#include "ngx_chat_redis.h"


#define NGX_CHAT_AGREEMENT_DETAIL  128


typedef struct {
    const char   *why;         /* static text; NULL: we agree */
    u_char        detail[NGX_CHAT_AGREEMENT_DETAIL];
    size_t        detail_len;  /* 0: none */
    uint64_t      epoch;
    ngx_uint_t    slots;
} ngx_chat_agreement_t;


typedef void (*ngx_chat_agreement_pt)(const ngx_chat_agreement_t *agreement);


/*
 * Asks, and calls `done` with the judgement, unless the connection ends
 * before.  On a new connection we say first who we are (`sign_in`).  One
 * question at a time.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_chat_agreement_ask(ngx_chat_redis_t *redis,
    ngx_chat_main_conf_t *conf, ngx_uint_t sign_in,
    ngx_chat_agreement_pt done);


#endif /* NGX_CHAT_AGREEMENT_H */
