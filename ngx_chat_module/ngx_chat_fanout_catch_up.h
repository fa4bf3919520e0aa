
/*
 * Rooms that missed events while the link to Redis was away.
 */

#ifndef NGX_CHAT_FANOUT_CATCH_UP_H
#define NGX_CHAT_FANOUT_CATCH_UP_H


#include "ngx_chat_rooms.h"


/*
 * Brings the room's sockets up to date from the user's log; room->behind until
 * then.  Who hands events to the room meanwhile sets room->more.
 */
void ngx_chat_catch_up(ngx_chat_room_t *room);


#endif /* NGX_CHAT_FANOUT_CATCH_UP_H */
