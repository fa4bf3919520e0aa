
/*
 * What reached somebody's socket, told to the workers: the highest seq of a
 * conversation for each user, collected for 50 ms.
 */

#ifndef NGX_CHAT_DELIVERED_H
#define NGX_CHAT_DELIVERED_H


#include "ngx_chat_bus.h"


void ngx_chat_delivered_init(ngx_cycle_t *cycle);
void ngx_chat_delivered_exit(void);

/* A conversation's id, a user's, the message's number. */
void ngx_chat_delivered(ngx_str_t conversation, ngx_str_t uid, uint64_t seq);


#endif /* NGX_CHAT_DELIVERED_H */
