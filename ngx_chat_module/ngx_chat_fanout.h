
/*
 * From the bus to the sockets: an event is encoded once and queued on each
 * socket of its user.
 */

#ifndef NGX_CHAT_FANOUT_H
#define NGX_CHAT_FANOUT_H


#include "ngx_chat_bus.h"


/* What ngx_chat_bus_init_process() is given. */
extern const ngx_chat_bus_upward_t  ngx_chat_fanout_upward;

/*
 * Prepares rooms, presence and delivery reports too: called before the bus is
 * started, after the zone.  The exit is called before the bus is stopped.
 */
ngx_int_t ngx_chat_fanout_init_process(ngx_cycle_t *cycle);
void ngx_chat_fanout_exit_process(ngx_cycle_t *cycle);


#endif /* NGX_CHAT_FANOUT_H */
