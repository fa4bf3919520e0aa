
/*
 * The users that have sockets in this process, and who is in each room.  A
 * user's first member subscribes to the user's channel, the last one to leave
 * unsubscribes.
 */

#ifndef NGX_CHAT_ROOMS_H
#define NGX_CHAT_ROOMS_H


#include "ngx_chat_bus.h"


typedef struct {
    ngx_str_node_t   node;         /* uid */
    ngx_queue_t      members;      /* of ngx_chat_member_t */
    ngx_uint_t       joined;       /* members that were granted CONNECT */

    ngx_queue_t      changed;      /* ngx_chat_presence's: to be told */
    ngx_uint_t       told;         /* … the count that was told last */

    unsigned         on:1;         /* the channel is heard */
    unsigned         behind:1;     /* ngx_chat_catch_up's: events were lost */
    unsigned         more:1;       /* … and others came meanwhile */
    unsigned         listed:1;     /* in the list of changed rooms */
    u_char           uid[];
} ngx_chat_room_t;


/* Part of a socket. */
typedef struct {
    ngx_queue_t       link;
    ngx_chat_room_t  *room;        /* NULL: in none */
    ngx_str_t         pid;         /* kept in Redis for it; len 0: nothing */
} ngx_chat_member_t;


void ngx_chat_rooms_init(void);

/*
 * NGX_OK: the channel is on.  NGX_AGAIN: it will be.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_chat_rooms_enter(ngx_chat_member_t *member, ngx_str_t uid);
void ngx_chat_rooms_leave(ngx_chat_member_t *member);

ngx_chat_room_t *ngx_chat_rooms_find(ngx_str_t uid);

/* The rooms one by one, from NULL to NULL. */
ngx_chat_room_t *ngx_chat_rooms_next(ngx_chat_room_t *room);

ngx_uint_t ngx_chat_rooms_count(void);

/* Frees a room that nobody is in and nothing is to be told of. */
void ngx_chat_rooms_release(ngx_chat_room_t *room);


#endif /* NGX_CHAT_ROOMS_H */
