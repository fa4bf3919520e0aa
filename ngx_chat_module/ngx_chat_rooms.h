
/*
 * The users that have sockets in this process, and who is in each room.  A
 * user's first member subscribes to the user's channel, the last one to leave
 * unsubscribes.
 */

#ifndef NGX_CHAT_ROOMS_H
#define NGX_CHAT_ROOMS_H


#include "ngx_chat_bus.h"


typedef struct ngx_chat_seat_s    ngx_chat_seat_t;    /* …rooms_seats.c */
typedef struct ngx_chat_behind_s  ngx_chat_behind_t;  /* the fan-out's */


/* Each user that is here has one: small on purpose. */
typedef struct {
    ngx_str_node_t       node;       /* uid */
    ngx_queue_t          members;    /* of ngx_chat_member_t */
    ngx_queue_t          changed;    /* ngx_chat_presence's: to be told */
    ngx_chat_seat_t     *seats;      /* a list: in large conversations */
    ngx_chat_behind_t   *behind;     /* NULL: it has heard everything */
    uint32_t             joined;     /* members that were granted CONNECT */
    unsigned             told:28;    /* ngx_chat_presence's: the last count */
    unsigned             untold:1;   /* … there is none */
    unsigned             listed:1;   /* … is in its list */
    unsigned             on:1;       /* the channel is heard */
    u_char               uid[];
} ngx_chat_room_t;


/* Part of a socket. */
typedef struct {
    ngx_queue_t       link;
    ngx_chat_room_t  *room;        /* NULL: in none */
    ngx_str_t         pid;         /* kept in Redis for it; len 0: nothing */
} ngx_chat_member_t;


/* Set once. */
typedef struct {
    /* A member has not heard everything. */
    void (*behind)(ngx_chat_room_t *room);

    /* The last member is leaving. */
    void (*left)(ngx_chat_room_t *room);
} ngx_chat_rooms_upward_t;


void ngx_chat_rooms_init(const ngx_chat_rooms_upward_t *upward);

/*
 * NGX_OK: the channel is on.  NGX_AGAIN: it will be.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_chat_rooms_enter(ngx_chat_member_t *member, ngx_str_t uid);
void ngx_chat_rooms_leave(ngx_chat_member_t *member);

/* A member has not heard everything, and is to. */
void ngx_chat_rooms_behind(ngx_chat_room_t *room);

ngx_chat_room_t *ngx_chat_rooms_find(ngx_str_t uid);

/* The rooms one by one, from NULL to NULL. */
ngx_chat_room_t *ngx_chat_rooms_next(ngx_chat_room_t *room);

ngx_uint_t ngx_chat_rooms_count(void);

/* Frees a room that nobody is in and nothing is to be told of. */
void ngx_chat_rooms_release(ngx_chat_room_t *room);


#endif /* NGX_CHAT_ROOMS_H */
