
/*
 * Events that wait, in order; all zero is an empty list.
 */

#ifndef NGX_CHAT_EVENT_LIST_H
#define NGX_CHAT_EVENT_LIST_H


#include "ngx_chat_event.h"


typedef struct ngx_chat_event_item_s  ngx_chat_event_item_t;

struct ngx_chat_event_item_s {
    ngx_chat_event_item_t   *next;
    ngx_chat_event_t        *event;
};


typedef struct {
    ngx_chat_event_item_t   *first;
    ngx_chat_event_item_t   *last;
    ngx_uint_t               count;
} ngx_chat_event_list_t;


/* Takes a reference of its own.  NGX_ERROR: no memory. */
ngx_int_t ngx_chat_event_list_add(ngx_chat_event_list_t *list,
    ngx_chat_event_t *event);

/* The first, taken off: the reference is the caller's.  NULL: none left. */
ngx_chat_event_t *ngx_chat_event_list_take(ngx_chat_event_list_t *list);

void ngx_chat_event_list_forget(ngx_chat_event_list_t *list);


#endif /* NGX_CHAT_EVENT_LIST_H */
