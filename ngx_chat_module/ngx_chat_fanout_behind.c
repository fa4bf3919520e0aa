
/*
 * Makes and frees what a room has while it is behind; in between it is
 * ngx_chat_fanout_catch_up.c's and ngx_chat_fanout_online.c's.
 */

#include "ngx_chat_fanout_behind.h"


ngx_chat_behind_t *
ngx_chat_behind_of(ngx_chat_room_t *room)
{
    if (room->behind == NULL) {
        room->behind = ngx_calloc(sizeof(ngx_chat_behind_t), ngx_cycle->log);

        if (room->behind) {
            room->behind->room = room;
        }
    }

    return room->behind;
}


void
ngx_chat_behind_release(ngx_chat_behind_t *behind)
{
    if (behind->online != NGX_CHAT_ONLINE_TOLD
        || behind->logs == NGX_CHAT_LOGS_READ
        || (behind->room && behind->logs == NGX_CHAT_LOGS_WAIT))
    {
        return;
    }

    if (behind->room) {
        behind->room->behind = NULL;
    }

    ngx_free(behind);
}
