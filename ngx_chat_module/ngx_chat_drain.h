
/*
 * How fast clients are sent away when all have to go: chat_drain.
 */

#ifndef NGX_CHAT_DRAIN_H
#define NGX_CHAT_DRAIN_H


#include "ngx_chat.h"


/*
 * The time within which each process closes its sessions, at random, so that
 * all processes together keep to chat_drain.
 */
ngx_msec_t ngx_chat_drain_ms(void);

/* The same for a process that leaves: what it was when the first was asked. */
ngx_msec_t ngx_chat_drain_leaving_ms(void);


#endif /* NGX_CHAT_DRAIN_H */
