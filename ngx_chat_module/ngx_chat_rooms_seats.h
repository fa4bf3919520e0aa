
/*
 * Large conversations (docs/bus.md) and the rooms of this process that hear
 * them.  One subscription each, for as long as a seat is taken.
 */

#ifndef NGX_CHAT_ROOMS_SEATS_H
#define NGX_CHAT_ROOMS_SEATS_H


#include "ngx_chat_rooms.h"


typedef struct {
    ngx_str_node_t   node;         /* id */
    ngx_queue_t      seats;
    ngx_uint_t       on;           /* the channel is heard */
    u_char           id[];
} ngx_chat_conversation_t;


/* A room's, in a conversation; or the place of who walks along the others. */
struct ngx_chat_seat_s {
    ngx_queue_t               link;          /* of the conversation */
    ngx_chat_seat_t          *next;          /* of the room */
    ngx_chat_room_t          *room;          /* NULL: who walks */
    ngx_chat_conversation_t  *conversation;
};


void ngx_chat_seats_init(void);

/*
 * NGX_DECLINED: the room has that seat, or this is no id.  NGX_OK: now it has,
 * and the channel is on.  NGX_AGAIN: it will be.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_chat_seats_take(ngx_chat_room_t *room, ngx_str_t id);

/* One, or all of them. */
void ngx_chat_seats_leave(ngx_chat_room_t *room, ngx_str_t id);
void ngx_chat_seats_leave_all(ngx_chat_room_t *room);

/* True if all channels of the room's seats are on. */
ngx_uint_t ngx_chat_seats_on(const ngx_chat_room_t *room);

/* NULL: nobody here hears it. */
ngx_chat_conversation_t *ngx_chat_seats_find(ngx_str_t id);

/*
 * Walks along the rooms of a conversation, over several turns of the event
 * loop if need be; rooms may come and go meanwhile.  To be walked to the end.
 */
void ngx_chat_seats_walk(ngx_chat_conversation_t *conversation,
    ngx_chat_seat_t *walk);

/* The next room; NULL: that was the end. */
ngx_chat_room_t *ngx_chat_seats_walk_on(ngx_chat_seat_t *walk);

/* Conversations one by one, from NULL to NULL. */
ngx_chat_conversation_t *ngx_chat_seats_next(ngx_chat_conversation_t *one);

ngx_uint_t ngx_chat_seats_conversations(void);


#endif /* NGX_CHAT_ROOMS_SEATS_H */
