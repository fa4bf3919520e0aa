
/*
 * Channels of this process: which are wished for, which Redis has confirmed.
 * The wishes outlive the link; with a new one they are subscribed anew.
 */

#ifndef NGX_CHAT_CHANNEL_H
#define NGX_CHAT_CHANNEL_H


#include "ngx_chat_resp.h"


typedef enum {
    NGX_CHAT_CHANNEL_USER = 0,         /* user:<uid> */
    NGX_CHAT_CHANNEL_CONVERSATION,     /* conv:<id> */
    NGX_CHAT_CHANNEL_REPLY,            /* reply:<incarnation>; the bus's own */
    NGX_CHAT_CHANNEL_ALL               /* all; the bus's own */
} ngx_chat_channel_t;


/* Set once. */
typedef struct {
    void (*message)(ngx_chat_channel_t kind, ngx_str_t id, ngx_str_t payload);

    /* Confirmed after an NGX_AGAIN; not called for what is subscribed anew. */
    void (*subscribed)(ngx_chat_channel_t kind, ngx_str_t id);

    /* After ngx_chat_channel_resume(): all that was wished for is on. */
    void (*resumed)(void);
} ngx_chat_channel_upward_t;


void ngx_chat_channel_init_process(ngx_cycle_t *cycle, ngx_str_t prefix,
    const ngx_chat_channel_upward_t *upward);
void ngx_chat_channel_exit_process(void);

/* NGX_OK: is on.  NGX_AGAIN: will be told.  NGX_ERROR: no memory. */
ngx_int_t ngx_chat_channel_subscribe(ngx_chat_channel_t kind, ngx_str_t id);
void ngx_chat_channel_unsubscribe(ngx_chat_channel_t kind, ngx_str_t id);

/* The link is up: subscribes anew; the link is down. */
void ngx_chat_channel_resume(void);
void ngx_chat_channel_suspend(void);

void ngx_chat_channel_pushed(const ngx_chat_resp_t *value);


#endif /* NGX_CHAT_CHANNEL_H */
