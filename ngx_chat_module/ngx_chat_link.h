
/*
 * The link to Redis: one connection for commands and one that subscribes, both
 * or none, to a Redis that we agree with.  Comes back by itself.
 */

#ifndef NGX_CHAT_LINK_H
#define NGX_CHAT_LINK_H


#include "ngx_chat_agreement.h"


/* Set once. */
typedef struct {
    /* Both connections are there; nothing is subscribed yet. */
    void (*up)(void);

    /* After `up`, before what is owed is answered. */
    void (*down)(void);

    /* What comes on the subscribing connection. */
    void (*pushed)(const ngx_chat_resp_t *value);
} ngx_chat_link_upward_t;


ngx_int_t ngx_chat_link_init_process(ngx_cycle_t *cycle,
    ngx_chat_main_conf_t *conf, const ngx_chat_link_upward_t *upward);
void ngx_chat_link_exit_process(void);

/* NULL while the link is down. */
ngx_chat_redis_t *ngx_chat_link_commands(void);
ngx_chat_redis_t *ngx_chat_link_subscriber(void);

/* All that was wished for is subscribed: the link is in use from now on. */
void ngx_chat_link_settled(void);

/* Gives up the link as it is, soon, and begins anew; `why`: static text. */
void ngx_chat_link_fail(const char *why);

/* The last one; its epoch is 0 if there was none. */
const ngx_chat_agreement_t *ngx_chat_link_agreement(void);

/* Why it is down, as static text. */
const char *ngx_chat_link_why(void);


#endif /* NGX_CHAT_LINK_H */
