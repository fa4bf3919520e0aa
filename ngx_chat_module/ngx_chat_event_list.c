
/*
 * Events that wait until their listener may hear them: of a socket that is
 * joining, of a room that reads its logs.  What an event is, it must not know.
 */

#include "ngx_chat_event_list.h"


ngx_int_t
ngx_chat_event_list_add(ngx_chat_event_list_t *list, ngx_chat_event_t *event)
{
    ngx_chat_event_item_t  *item;

    item = ngx_alloc(sizeof(ngx_chat_event_item_t), ngx_cycle->log);
    if (item == NULL) {
        return NGX_ERROR;
    }

    item->next = NULL;
    item->event = ngx_chat_event_ref(event);

    if (list->last) {
        list->last->next = item;

    } else {
        list->first = item;
    }

    list->last = item;
    list->count++;

    return NGX_OK;
}


ngx_chat_event_t *
ngx_chat_event_list_take(ngx_chat_event_list_t *list)
{
    ngx_chat_event_t       *event;
    ngx_chat_event_item_t  *item;

    item = list->first;

    if (item == NULL) {
        return NULL;
    }

    event = item->event;
    list->first = item->next;
    list->count--;

    if (list->first == NULL) {
        list->last = NULL;
    }

    ngx_free(item);

    return event;
}


void
ngx_chat_event_list_forget(ngx_chat_event_list_t *list)
{
    ngx_chat_event_t  *event;

    for (event = ngx_chat_event_list_take(list);
         event;
         event = ngx_chat_event_list_take(list))
    {
        ngx_chat_event_unref(&event);
    }
}
