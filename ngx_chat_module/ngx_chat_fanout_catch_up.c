
/*
 * What sockets have not heard stands in logs: of their user, of his large
 * conversations.  A socket that lacks something is stale and hears nothing of
 * what is logged, for it drops what is at or before what it heard last.  When
 * all channels are on, Redis merges the logs behind what the first of the
 * stale ones has heard; what comes live meanwhile is kept, heard after it, and
 * they go on.  A log that lacks something ends the sessions: they come back.
 */

#include "ngx_chat_fanout_catch_up.h"
#include "ngx_chat_delivered.h"
#include "ngx_chat_fanout_behind.h"
#include "ngx_chat_socket.h"


#define NGX_CHAT_CATCH_UP_BYTES  "262144"
#define NGX_CHAT_CATCH_UP_LIVE   256


static void ngx_chat_catch_up_waited(ngx_chat_room_t *room);
static void ngx_chat_catch_up_go_on(ngx_chat_behind_t *behind);
static ngx_uint_t ngx_chat_catch_up_from(ngx_chat_behind_t *behind);
static ngx_int_t ngx_chat_catch_up_ask(ngx_chat_behind_t *behind);
static void ngx_chat_catch_up_answered(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value);
static ngx_int_t ngx_chat_catch_up_read(ngx_chat_behind_t *behind,
    const ngx_chat_resp_t *value);
static ngx_int_t ngx_chat_catch_up_hear(ngx_chat_behind_t *behind,
    ngx_chat_event_t *event);
static void ngx_chat_catch_up_end(ngx_chat_room_t *room, ngx_uint_t whole);


void
ngx_chat_catch_up(ngx_chat_room_t *room)
{
    ngx_chat_behind_t  *behind;

    behind = ngx_chat_behind_of(room);

    if (behind == NULL) {
        ngx_chat_catch_up_end(room, 0);
        return;
    }

    if (behind->logs == NGX_CHAT_LOGS_READ) {
        behind->more = 1;
        return;
    }

    ngx_chat_catch_up_go_on(behind);
}


void
ngx_chat_catch_up_subscribed(ngx_chat_conversation_t *conversation)
{
    ngx_queue_t      *q;
    ngx_chat_seat_t  *seat;

    conversation->on = 1;

    for (q = ngx_queue_head(&conversation->seats);
         q != ngx_queue_sentinel(&conversation->seats);
         q = ngx_queue_next(q))
    {
        seat = ngx_queue_data(q, ngx_chat_seat_t, link);

        if (seat->room) {
            ngx_chat_catch_up_waited(seat->room);
        }
    }
}


/* For a channel that is on now, or not wished for any more. */
static void
ngx_chat_catch_up_waited(ngx_chat_room_t *room)
{
    if (room->behind && room->behind->logs == NGX_CHAT_LOGS_WAIT) {
        ngx_chat_catch_up_go_on(room->behind);
    }
}


void
ngx_chat_catch_up_note(ngx_chat_room_t *room, ngx_chat_event_t *event)
{
    ngx_chat_behind_t  *behind;

    behind = room->behind;

    if (behind->logs != NGX_CHAT_LOGS_READ || behind->more) {
        return;
    }

    /* the log has it all the same */

    if (behind->live.count == NGX_CHAT_CATCH_UP_LIVE
        || ngx_chat_event_list_add(&behind->live, event) != NGX_OK)
    {
        behind->more = 1;
    }
}


void
ngx_chat_catch_up_move(ngx_chat_room_t *room, const ngx_chat_event_t *event)
{
    ngx_int_t           rc;
    ngx_queue_t        *q;
    ngx_chat_member_t  *member;

    if (event->leave) {
        ngx_chat_seats_leave(room, event->conversation);
        ngx_chat_catch_up_waited(room);
        return;
    }

    rc = ngx_chat_seats_take(room, event->conversation);

    if (rc == NGX_OK || rc == NGX_DECLINED) {
        return;                            /* it is heard from here on */
    }

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        ngx_chat_socket_stale(ngx_chat_socket_of(member));
    }

    if (rc == NGX_AGAIN) {
        ngx_chat_catch_up(room);

    } else {
        ngx_chat_catch_up_end(room, 0);
    }
}


void
ngx_chat_catch_up_left(ngx_chat_room_t *room)
{
    ngx_chat_behind_t  *behind;

    ngx_chat_seats_leave_all(room);

    behind = room->behind;

    if (behind) {
        room->behind = NULL;
        behind->room = NULL;
        ngx_chat_event_list_forget(&behind->live);
        ngx_chat_behind_release(behind);
    }
}


/* --- reading ------------------------------------------------------------ */

static void
ngx_chat_catch_up_go_on(ngx_chat_behind_t *behind)
{
    behind->more = 0;
    behind->logs = NGX_CHAT_LOGS_WAIT;

    if (!ngx_chat_bus_ready() || !ngx_chat_seats_on(behind->room)) {
        return;
    }

    if (!ngx_chat_catch_up_from(behind)
        || ngx_chat_catch_up_ask(behind) != NGX_OK)
    {
        ngx_chat_catch_up_end(behind->room, 0);
    }
}


/* False if nobody is stale who knows since when. */
static ngx_uint_t
ngx_chat_catch_up_from(ngx_chat_behind_t *behind)
{
    ngx_queue_t        *q;
    ngx_chat_room_t    *room;
    ngx_chat_offset_t   heard;
    ngx_chat_member_t  *member;

    room = behind->room;
    behind->from.epoch = 0;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        heard = ngx_chat_socket_stale_since(ngx_chat_socket_of(member));

        if (heard.epoch
            && (behind->from.epoch == 0
                || ngx_chat_offset_reached(&heard, &behind->from)))
        {
            behind->from = heard;
        }
    }

    return behind->from.epoch != 0;
}


static ngx_int_t
ngx_chat_catch_up_ask(ngx_chat_behind_t *behind)
{
    u_char        text[NGX_INT64_LEN * 2 + 1];
    chat_slice_t  args[3];

    args[0] = ngx_chat_slice(behind->room->node.str);
    args[1] = chat_slice_of(text, ngx_sprintf(text, "%uL.%uL",
                                              behind->from.epoch,
                                              behind->from.n) - text);
    args[2] = chat_slice(NGX_CHAT_CATCH_UP_BYTES);

    if (ngx_chat_bus_call("read", args, 3, ngx_chat_catch_up_answered, behind)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    behind->logs = NGX_CHAT_LOGS_READ;

    return NGX_OK;
}


static void
ngx_chat_catch_up_answered(void *data, ngx_int_t rc,
    const ngx_chat_resp_t *value)
{
    ngx_chat_behind_t *behind = data;

    behind->logs = NGX_CHAT_LOGS_WAIT;

    if (behind->room == NULL) {
        ngx_chat_behind_release(behind);
        return;
    }

    if (rc != NGX_OK) {                    /* with the next link, again */
        ngx_chat_event_list_forget(&behind->live);
        return;
    }

    if (ngx_chat_catch_up_read(behind, value) != NGX_OK) {
        ngx_chat_catch_up_end(behind->room, 0);
        return;
    }

    if (behind->more || !ngx_chat_seats_on(behind->room)) {
        ngx_chat_catch_up_go_on(behind);
        return;
    }

    ngx_chat_catch_up_end(behind->room, 1);
}


/* [ [ event... ] ], then what came live. */
static ngx_int_t
ngx_chat_catch_up_read(ngx_chat_behind_t *behind, const ngx_chat_resp_t *value)
{
    ngx_int_t               rc;
    ngx_uint_t              i;
    ngx_chat_event_t       *event;
    const ngx_chat_resp_t  *events;

    if (value->type != NGX_CHAT_RESP_ARRAY || value->count != 1
        || value->items[0]->type != NGX_CHAT_RESP_ARRAY)
    {
        return NGX_ERROR;
    }

    events = value->items[0];
    rc = NGX_OK;

    for (i = 0; i < events->count && rc == NGX_OK; i++) {
        event = ngx_chat_event_read(ngx_chat_resp_text(events, i));
        rc = event ? ngx_chat_catch_up_hear(behind, event) : NGX_ERROR;
        ngx_chat_event_unref(&event);
    }

    for (event = ngx_chat_event_list_take(&behind->live);
         event && rc == NGX_OK;
         event = ngx_chat_event_list_take(&behind->live))
    {
        rc = ngx_chat_catch_up_hear(behind, event);
        ngx_chat_event_unref(&event);
    }

    ngx_chat_event_unref(&event);

    return rc;
}


/*
 * To those whose gap begins here or later.  A conversation that they begin to
 * hear by the log has said more by now: it is read once more.
 */
static ngx_int_t
ngx_chat_catch_up_hear(ngx_chat_behind_t *behind, ngx_chat_event_t *event)
{
    ngx_int_t           rc;
    ngx_uint_t          heard;
    ngx_queue_t        *q;
    ngx_chat_room_t    *room;
    ngx_chat_member_t  *member;

    room = behind->room;
    heard = 0;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        heard += ngx_chat_socket_catch_up(ngx_chat_socket_of(member),
                                          &behind->from, event);
    }

    if (heard && event->seq) {
        ngx_chat_delivered(event->conversation, room->node.str, event->seq);
    }

    if (event->leave) {
        ngx_chat_seats_leave(room, event->conversation);
    }

    if (!event->join) {
        return NGX_OK;
    }

    rc = ngx_chat_seats_take(room, event->conversation);
    behind->more |= (rc == NGX_OK || rc == NGX_AGAIN);

    return (rc == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


static void
ngx_chat_catch_up_end(ngx_chat_room_t *room, ngx_uint_t whole)
{
    ngx_queue_t        *q;
    ngx_chat_member_t  *member;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        ngx_chat_socket_caught_up(ngx_chat_socket_of(member), whole);
    }

    if (room->behind && room->behind->logs != NGX_CHAT_LOGS_READ) {
        room->behind->logs = NGX_CHAT_LOGS_HEARD;
        ngx_chat_event_list_forget(&room->behind->live);
        ngx_chat_behind_release(room->behind);
    }
}
