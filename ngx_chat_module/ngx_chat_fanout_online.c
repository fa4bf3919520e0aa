
/*
 * The event `online-users` once more, after the link to Redis was lost: a
 * session job `again` for each user, asked in the name of one of his sockets,
 * heard by all.  What is told meanwhile may be newer than the answer, so it is
 * heard behind it.  Called by the fan-out; what the packets say, it must not
 * know.
 */

#include "ngx_chat_fanout_online.h"
#include "ngx_chat_fanout_behind.h"
#include "ngx_chat_socket.h"


#define NGX_CHAT_ONLINE_JOBS      50       /* under way */
#define NGX_CHAT_ONLINE_RETRY_MS  1000
#define NGX_CHAT_ONLINE_UNLOGGED  256      /* events kept for a room */


static void ngx_chat_online_handler(ngx_event_t *ev);
static void ngx_chat_online_next(void);
static ngx_int_t ngx_chat_online_ask(ngx_chat_behind_t *behind);
static void ngx_chat_online_answered(void *data, ngx_uint_t status,
    const chat_envelope_t *reply);
static void ngx_chat_online_packets(ngx_chat_room_t *room,
    const chat_envelope_t *reply);
static void ngx_chat_online_queue(ngx_chat_behind_t *behind);
static void ngx_chat_online_end(ngx_chat_behind_t *behind);
static void ngx_chat_online_hear(ngx_chat_room_t *room,
    ngx_chat_event_t *event);


static ngx_queue_t   ngx_chat_online_waiting;
static ngx_uint_t    ngx_chat_online_asked;
static ngx_event_t   ngx_chat_online_event;


void
ngx_chat_online_init(ngx_cycle_t *cycle)
{
    ngx_queue_init(&ngx_chat_online_waiting);

    ngx_chat_online_event.handler = ngx_chat_online_handler;
    ngx_chat_online_event.log = cycle->log;
    ngx_chat_online_event.data = &ngx_chat_online_event;
    ngx_chat_online_event.cancelable = 1;
}


void
ngx_chat_online_exit(void)
{
    if (ngx_chat_online_event.timer_set) {
        ngx_del_timer(&ngx_chat_online_event);
    }
}


void
ngx_chat_online(ngx_chat_room_t *room)
{
    ngx_chat_behind_t  *behind;

    behind = ngx_chat_behind_of(room);

    /* without memory its sockets are closed by who reads its logs */

    if (behind && behind->online == NGX_CHAT_ONLINE_TOLD) {
        ngx_chat_online_queue(behind);
        ngx_chat_online_next();
    }
}


ngx_uint_t
ngx_chat_online_keep(ngx_chat_room_t *room, ngx_chat_event_t *event)
{
    ngx_chat_behind_t  *behind;

    behind = room->behind;

    return behind->online == NGX_CHAT_ONLINE_ASKED
           && !event->volatile_
           && behind->unlogged.count < NGX_CHAT_ONLINE_UNLOGGED
           && ngx_chat_event_list_add(&behind->unlogged, event) == NGX_OK;
}


void
ngx_chat_online_cancel(ngx_chat_room_t *room)
{
    ngx_chat_behind_t  *behind;

    behind = room->behind;

    if (behind == NULL) {
        return;
    }

    if (behind->online == NGX_CHAT_ONLINE_QUEUED) {
        ngx_queue_remove(&behind->link);
    }

    if (behind->online == NGX_CHAT_ONLINE_ASKED) {
        ngx_chat_bus_cancel(behind->ask);
        ngx_chat_online_asked--;
        ngx_chat_event_list_forget(&behind->unlogged);
    }

    ngx_chat_online_end(behind);
}


/* --- asking ------------------------------------------------------------- */

static void
ngx_chat_online_queue(ngx_chat_behind_t *behind)
{
    behind->online = NGX_CHAT_ONLINE_QUEUED;
    ngx_queue_insert_tail(&ngx_chat_online_waiting, &behind->link);
}


static void
ngx_chat_online_handler(ngx_event_t *ev)
{
    ngx_chat_online_next();
}


static void
ngx_chat_online_next(void)
{
    ngx_queue_t        *q;
    ngx_chat_behind_t  *behind;

    while (ngx_chat_online_asked < NGX_CHAT_ONLINE_JOBS
           && !ngx_queue_empty(&ngx_chat_online_waiting)
           && !ngx_chat_online_event.timer_set)
    {
        q = ngx_queue_head(&ngx_chat_online_waiting);
        behind = ngx_queue_data(q, ngx_chat_behind_t, link);
        ngx_queue_remove(q);

        switch (ngx_chat_online_ask(behind)) {

        case NGX_OK:
            behind->online = NGX_CHAT_ONLINE_ASKED;
            ngx_chat_online_asked++;
            break;

        case NGX_DECLINED:
            ngx_chat_online_end(behind);
            break;

        default:
            ngx_chat_online_queue(behind);
            ngx_add_timer(&ngx_chat_online_event, NGX_CHAT_ONLINE_RETRY_MS);
        }
    }
}


/* NGX_DECLINED: nobody has joined. */
static ngx_int_t
ngx_chat_online_ask(ngx_chat_behind_t *behind)
{
    ngx_int_t           rc;
    ngx_queue_t        *q;
    ngx_chat_room_t    *room;
    ngx_chat_member_t  *member;

    room = behind->room;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);

        rc = ngx_chat_socket_ask_again(ngx_chat_socket_of(member),
                                       ngx_chat_online_answered, behind,
                                       &behind->ask);
        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return NGX_DECLINED;
}


static void
ngx_chat_online_answered(void *data, ngx_uint_t status,
    const chat_envelope_t *reply)
{
    ngx_chat_behind_t *behind = data;

    ngx_chat_event_t  *event;

    ngx_chat_online_asked--;

    if (status == NGX_HTTP_OK && reply) {
        ngx_chat_online_packets(behind->room, reply);
    }

    for (event = ngx_chat_event_list_take(&behind->unlogged);
         event;
         event = ngx_chat_event_list_take(&behind->unlogged))
    {
        ngx_chat_online_hear(behind->room, event);
        ngx_chat_event_unref(&event);
    }

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE
        || status == NGX_HTTP_GATEWAY_TIME_OUT)
    {
        ngx_chat_online_queue(behind);

        if (!ngx_chat_online_event.timer_set) {
            ngx_add_timer(&ngx_chat_online_event, NGX_CHAT_ONLINE_RETRY_MS);
        }

        return;
    }

    ngx_chat_online_end(behind);
    ngx_chat_online_next();
}


static void
ngx_chat_online_end(ngx_chat_behind_t *behind)
{
    behind->online = NGX_CHAT_ONLINE_TOLD;
    ngx_chat_behind_release(behind);
}


/* --- the answer --------------------------------------------------------- */

static void
ngx_chat_online_packets(ngx_chat_room_t *room, const chat_envelope_t *reply)
{
    chat_envelope_t    envelope;
    ngx_chat_event_t  *event;

    ngx_memzero(&envelope, sizeof(chat_envelope_t));
    envelope.body = reply->body;

    event = ngx_chat_event_create(&envelope);

    if (event) {
        ngx_chat_online_hear(room, event);
        ngx_chat_event_unref(&event);
    }
}


static void
ngx_chat_online_hear(ngx_chat_room_t *room, ngx_chat_event_t *event)
{
    ngx_queue_t        *q;
    ngx_chat_member_t  *member;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        (void) ngx_chat_socket_hear(ngx_chat_socket_of(member), event);
    }
}
