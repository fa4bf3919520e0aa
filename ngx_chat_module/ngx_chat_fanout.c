
/*
 * What the bus says to the sockets of this process: events, that a channel is
 * on, that the link to Redis is lost and back.  The bus calls upward_t's
 * functions.  Who hears an event is ngx_chat_fanout_deliver.c's to find, what
 * was missed ngx_chat_fanout_catch_up.c's and ngx_chat_fanout_online.c's.
 */

#include "ngx_chat_fanout.h"
#include "ngx_chat_delivered.h"
#include "ngx_chat_fanout_catch_up.h"
#include "ngx_chat_fanout_deliver.h"
#include "ngx_chat_fanout_online.h"
#include "ngx_chat_presence.h"
#include "ngx_chat_socket.h"


static void ngx_chat_fanout_event(ngx_chat_channel_t kind, ngx_str_t id,
    const chat_envelope_t *envelope);
static void ngx_chat_fanout_event_all(const chat_envelope_t *envelope);
static void ngx_chat_fanout_subscribed(ngx_chat_channel_t kind, ngx_str_t id);
static void ngx_chat_fanout_ready(ngx_uint_t epoch_changed,
    ngx_uint_t events_lost);
static void ngx_chat_fanout_lost(void);

static void ngx_chat_fanout_each(ngx_chat_room_t *room,
    void (*tell)(ngx_chat_socket_t *socket));
static void ngx_chat_fanout_behind(ngx_chat_room_t *room);
static void ngx_chat_fanout_left(ngx_chat_room_t *room);


const ngx_chat_bus_upward_t  ngx_chat_fanout_upward = {
    ngx_chat_fanout_event,
    ngx_chat_fanout_event_all,
    ngx_chat_fanout_subscribed,
    ngx_chat_fanout_ready,
    ngx_chat_fanout_lost
};

static const ngx_chat_rooms_upward_t  ngx_chat_fanout_rooms = {
    ngx_chat_fanout_behind,
    ngx_chat_fanout_left
};


ngx_int_t
ngx_chat_fanout_init_process(ngx_cycle_t *cycle)
{
    ngx_chat_deliver_init(cycle);
    ngx_chat_rooms_init(&ngx_chat_fanout_rooms);
    ngx_chat_seats_init();
    ngx_chat_online_init(cycle);
    ngx_chat_presence_init(cycle);
    ngx_chat_delivered_init(cycle);

    return ngx_chat_session_init_process(cycle);
}


void
ngx_chat_fanout_exit_process(ngx_cycle_t *cycle)
{
    ngx_chat_session_exit_process(cycle);

    ngx_chat_delivered_exit();
    ngx_chat_presence_exit();
    ngx_chat_online_exit();
}


/* --- the bus's calls ---------------------------------------------------- */

static void
ngx_chat_fanout_event(ngx_chat_channel_t kind, ngx_str_t id,
    const chat_envelope_t *envelope)
{
    /* a channel may linger that nobody hears */

    if ((kind == NGX_CHAT_CHANNEL_USER && ngx_chat_rooms_find(id))
        || (kind == NGX_CHAT_CHANNEL_CONVERSATION && ngx_chat_seats_find(id)))
    {
        ngx_chat_deliver(kind, id, envelope);
    }
}


static void
ngx_chat_fanout_event_all(const chat_envelope_t *envelope)
{
    ngx_str_t  everybody = ngx_null_string;

    ngx_chat_deliver(NGX_CHAT_CHANNEL_ALL, everybody, envelope);
}


static void
ngx_chat_fanout_subscribed(ngx_chat_channel_t kind, ngx_str_t id)
{
    ngx_chat_room_t          *room;
    ngx_chat_conversation_t  *conversation;

    if (kind == NGX_CHAT_CHANNEL_CONVERSATION) {
        conversation = ngx_chat_seats_find(id);

        if (conversation) {
            ngx_chat_catch_up_subscribed(conversation);
        }

        return;
    }

    room = ngx_chat_rooms_find(id);

    if (room && !ngx_queue_empty(&room->members)) {
        room->on = 1;
        ngx_chat_fanout_each(room, ngx_chat_socket_subscribed);
    }
}


static void
ngx_chat_fanout_each(ngx_chat_room_t *room,
    void (*tell)(ngx_chat_socket_t *socket))
{
    ngx_queue_t        *q;
    ngx_chat_member_t  *member;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        tell(ngx_chat_socket_of(member));
    }
}


static void
ngx_chat_fanout_behind(ngx_chat_room_t *room)
{
    ngx_chat_catch_up(room);
}


static void
ngx_chat_fanout_left(ngx_chat_room_t *room)
{
    ngx_chat_online_cancel(room);
    ngx_chat_catch_up_left(room);
}


/*
 * In a new epoch what a client knows may lack something: it comes back and is
 * told what it has not read.  After a gap the logs have it, but for who came
 * online and who left; and who was joining begins again.
 */
static void
ngx_chat_fanout_ready(ngx_uint_t epoch_changed, ngx_uint_t events_lost)
{
    ngx_chat_room_t  *room;

    ngx_chat_presence_ready();

    if (epoch_changed) {
        ngx_chat_session_close_all("a new epoch");
        return;
    }

    if (!events_lost) {
        return;
    }

    for (room = ngx_chat_rooms_next(NULL);
         room;
         room = ngx_chat_rooms_next(room))
    {
        if (ngx_queue_empty(&room->members)) {
            continue;
        }

        ngx_chat_fanout_each(room, ngx_chat_socket_subscribed);
        ngx_chat_online(room);
        ngx_chat_catch_up(room);
    }
}


static void
ngx_chat_fanout_lost(void)
{
    ngx_chat_room_t  *room;

    ngx_chat_presence_lost();

    for (room = ngx_chat_rooms_next(NULL);
         room;
         room = ngx_chat_rooms_next(room))
    {
        ngx_chat_online_cancel(room);
        ngx_chat_fanout_each(room, ngx_chat_socket_unlinked);
    }
}
