
/*
 * Rooms some of whose sockets have not heard everything: the link to Redis was
 * away, or a conversation's channel is new to them.
 */

#ifndef NGX_CHAT_FANOUT_CATCH_UP_H
#define NGX_CHAT_FANOUT_CATCH_UP_H


#include "ngx_chat_event.h"
#include "ngx_chat_rooms_seats.h"


/*
 * Brings the room's stale sockets up to date from the logs, then they hear
 * what is live.  To be called again when others become stale.
 */
void ngx_chat_catch_up(ngx_chat_room_t *room);

/* A logged event of a room that is behind. */
void ngx_chat_catch_up_note(ngx_chat_room_t *room, ngx_chat_event_t *event);

/* The user begins or ends to hear a conversation, as a live event says. */
void ngx_chat_catch_up_move(ngx_chat_room_t *room,
    const ngx_chat_event_t *event);

/* A conversation's channel is on. */
void ngx_chat_catch_up_subscribed(ngx_chat_conversation_t *conversation);

/* Nobody is in the room any more. */
void ngx_chat_catch_up_left(ngx_chat_room_t *room);


#endif /* NGX_CHAT_FANOUT_CATCH_UP_H */
