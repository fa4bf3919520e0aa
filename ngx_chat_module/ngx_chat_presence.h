
/*
 * How many sockets each user has in this process, told to the workers, and
 * that this process lives (docs/bus.md, "Presence").
 */

#ifndef NGX_CHAT_PRESENCE_H
#define NGX_CHAT_PRESENCE_H


#include "ngx_chat_rooms.h"


void ngx_chat_presence_init(ngx_cycle_t *cycle);
void ngx_chat_presence_exit(void);

/* A socket of the room's user was granted CONNECT, or leaves. */
void ngx_chat_presence_joined(ngx_chat_room_t *room,
    ngx_chat_loc_conf_t *conf);
void ngx_chat_presence_left(ngx_chat_room_t *room);

/* The link to Redis is there (again): all is told anew. */
void ngx_chat_presence_ready(void);
void ngx_chat_presence_lost(void);

/* How long a user's log and session are kept behind the last lease. */
ngx_msec_t ngx_chat_presence_log_life(ngx_chat_loc_conf_t *conf);


#endif /* NGX_CHAT_PRESENCE_H */
