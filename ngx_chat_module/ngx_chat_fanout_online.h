
/*
 * Who is online, said again to those who may have missed some of it: that
 * people come and go is in no log.
 */

#ifndef NGX_CHAT_FANOUT_ONLINE_H
#define NGX_CHAT_FANOUT_ONLINE_H


#include "ngx_chat_event.h"
#include "ngx_chat_rooms.h"


void ngx_chat_online_init(ngx_cycle_t *cycle);
void ngx_chat_online_exit(void);

/* The room's sockets are to be told. */
void ngx_chat_online(ngx_chat_room_t *room);

/* An event that is not logged, of a room that is behind: true if it is kept,
 * to be heard behind the answer. */
ngx_uint_t ngx_chat_online_keep(ngx_chat_room_t *room,
    ngx_chat_event_t *event);

/* The link is lost, or nobody is in the room any more. */
void ngx_chat_online_cancel(ngx_chat_room_t *room);


#endif /* NGX_CHAT_FANOUT_ONLINE_H */
