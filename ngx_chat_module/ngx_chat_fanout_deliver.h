
/*
 * From an event to the sockets that hear it.
 */

#ifndef NGX_CHAT_FANOUT_DELIVER_H
#define NGX_CHAT_FANOUT_DELIVER_H


#include "ngx_chat_bus.h"


void ngx_chat_deliver_init(ngx_cycle_t *cycle);

/* `id` is of a user or conversation, as the channel is; else empty. */
void ngx_chat_deliver(ngx_chat_channel_t kind, ngx_str_t id,
    const chat_envelope_t *envelope);


#endif /* NGX_CHAT_FANOUT_DELIVER_H */
