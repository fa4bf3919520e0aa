
/*
 * The link to Redis was lost and came back in the same epoch: what was
 * published meanwhile is in the logs.  The fan-out says which rooms are behind;
 * their sockets hear nothing live, because the log has it too, and it is read
 * until nothing came in between.  Sockets drop what they have heard.  A log
 * that lacks something ends the sessions: they come back.
 */

#include "ngx_chat_fanout_catch_up.h"
#include "ngx_chat_delivered.h"
#include "ngx_chat_socket.h"


#define NGX_CHAT_CATCH_UP_BYTES  "262144"


typedef struct {
    size_t   uid_len;
    u_char   uid[];
} ngx_chat_catch_up_t;


static ngx_int_t ngx_chat_catch_up_read(ngx_chat_room_t *room);
static void ngx_chat_catch_up_answered(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static ngx_int_t ngx_chat_catch_up_hear(ngx_chat_room_t *room,
    const ngx_chat_resp_t *events);
static void ngx_chat_catch_up_end(ngx_chat_room_t *room, ngx_uint_t whole);


void
ngx_chat_catch_up(ngx_chat_room_t *room)
{
    room->behind = 1;

    if (ngx_chat_catch_up_read(room) != NGX_OK) {
        ngx_chat_catch_up_end(room, 0);
    }
}


static ngx_int_t
ngx_chat_catch_up_read(ngx_chat_room_t *room)
{
    u_char                text[NGX_INT64_LEN * 2 + 1];
    ngx_queue_t          *q;
    chat_slice_t          args[3];
    ngx_chat_offset_t     first, heard;
    ngx_chat_member_t    *member;
    ngx_chat_catch_up_t  *one;

    first.epoch = 0;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        heard = ngx_chat_socket_heard(ngx_chat_socket_of(member));

        if (heard.epoch && (first.epoch == 0
                            || ngx_chat_offset_reached(&heard, &first)))
        {
            first = heard;
        }
    }

    room->more = 0;

    if (first.epoch == 0) {                /* nobody has joined */
        ngx_chat_catch_up_end(room, 0);
        return NGX_OK;
    }

    one = ngx_alloc(sizeof(ngx_chat_catch_up_t) + room->node.str.len,
                    ngx_cycle->log);
    if (one == NULL) {
        return NGX_ERROR;
    }

    one->uid_len = room->node.str.len;
    ngx_memcpy(one->uid, room->node.str.data, one->uid_len);

    args[0] = ngx_chat_slice(room->node.str);
    args[1] = chat_slice_of(text, ngx_sprintf(text, "%uL.%uL", first.epoch,
                                              first.n) - text);
    args[2] = chat_slice(NGX_CHAT_CATCH_UP_BYTES);

    if (ngx_chat_bus_call("read", args, 3, ngx_chat_catch_up_answered, one)
        != NGX_OK)
    {
        ngx_free(one);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_chat_catch_up_answered(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value)
{
    ngx_chat_catch_up_t *one = data;

    ngx_str_t         uid;
    ngx_chat_room_t  *room;

    uid.len = one->uid_len;
    uid.data = one->uid;

    room = ngx_chat_rooms_find(uid);
    ngx_free(one);

    /* with the next link it is done again */
    if (rc != NGX_OK || room == NULL || !room->behind) {
        return;
    }

    if (value->type != NGX_CHAT_RESP_ARRAY || value->count != 1
        || value->items[0]->type != NGX_CHAT_RESP_ARRAY
        || ngx_chat_catch_up_hear(room, value->items[0]) != NGX_OK)
    {
        ngx_chat_catch_up_end(room, 0);
        return;
    }

    if (!room->more) {
        ngx_chat_catch_up_end(room, 1);
        return;
    }

    if (ngx_chat_catch_up_read(room) != NGX_OK) {
        ngx_chat_catch_up_end(room, 0);
    }
}


static ngx_int_t
ngx_chat_catch_up_hear(ngx_chat_room_t *room, const ngx_chat_resp_t *events)
{
    ngx_uint_t          i, heard;
    ngx_queue_t        *q;
    ngx_chat_event_t   *event;
    ngx_chat_member_t  *member;

    for (i = 0; i < events->count; i++) {

        event = ngx_chat_event_read(ngx_chat_resp_text(events, i));
        if (event == NULL) {
            return NGX_ERROR;
        }

        heard = 0;

        for (q = ngx_queue_head(&room->members);
             q != ngx_queue_sentinel(&room->members);
             q = ngx_queue_next(q))
        {
            member = ngx_queue_data(q, ngx_chat_member_t, link);
            heard += ngx_chat_socket_catch_up(ngx_chat_socket_of(member),
                                              event);
        }

        if (heard && event->seq) {
            ngx_chat_delivered(event->conversation, room->node.str, event->seq);
        }

        ngx_chat_event_unref(&event);
    }

    return NGX_OK;
}


static void
ngx_chat_catch_up_end(ngx_chat_room_t *room, ngx_uint_t whole)
{
    ngx_queue_t        *q;
    ngx_chat_member_t  *member;

    room->behind = 0;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        ngx_chat_socket_caught_up(ngx_chat_socket_of(member), whole);
    }
}
