
/*
 * A room that is behind, and what it still has to hear: for the fan-out's
 * units alone.
 */

#ifndef NGX_CHAT_FANOUT_BEHIND_H
#define NGX_CHAT_FANOUT_BEHIND_H


#include "ngx_chat_ask.h"
#include "ngx_chat_event_list.h"
#include "ngx_chat_rooms_seats.h"


typedef enum {
    NGX_CHAT_LOGS_HEARD = 0,
    NGX_CHAT_LOGS_WAIT,            /* for a channel to be on, or the link */
    NGX_CHAT_LOGS_READ             /* Redis is asked */
} ngx_chat_logs_t;


typedef enum {
    NGX_CHAT_ONLINE_TOLD = 0,
    NGX_CHAT_ONLINE_QUEUED,        /* behind other rooms */
    NGX_CHAT_ONLINE_ASKED          /* the worker is asked */
} ngx_chat_online_t;


struct ngx_chat_behind_s {
    ngx_chat_room_t        *room;      /* NULL: nobody is in it any more */

    /* ngx_chat_fanout_catch_up.c's */
    ngx_chat_logs_t         logs;
    ngx_chat_offset_t       from;      /* READ: from here on */
    ngx_chat_event_list_t   live;      /* … logged events that came since */
    ngx_uint_t              more;      /* … once is not enough */

    /* ngx_chat_fanout_online.c's */
    ngx_chat_online_t       online;
    ngx_queue_t             link;      /* QUEUED */
    ngx_chat_ask_t         *ask;       /* ASKED */
    ngx_chat_event_list_t   unlogged;  /* … events that came since */
};


/* The room's, made if there is none; NULL: no memory. */
ngx_chat_behind_t *ngx_chat_behind_of(ngx_chat_room_t *room);

/* Frees it if nothing of it is left to do. */
void ngx_chat_behind_release(ngx_chat_behind_t *behind);


#endif /* NGX_CHAT_FANOUT_BEHIND_H */
