
/*
 * Events of the bus to the sockets of their user in this process.  The bus
 * calls upward_t's functions.  An event is encoded once, then queued on each
 * socket; a turn of the event loop queues so many packets and leaves the rest
 * to the next, in order.  No JSON is parsed on the way out.
 */

#include "ngx_chat_fanout.h"
#include "ngx_chat_delivered.h"
#include "ngx_chat_fanout_catch_up.h"
#include "ngx_chat_presence.h"
#include "ngx_chat_socket.h"


#define NGX_CHAT_FANOUT_SENDS  500       /* in one turn */


/* An event that has to wait for the next turn. */
typedef struct {
    ngx_queue_t         link;
    ngx_chat_event_t   *event;
    size_t              uid_len;         /* 0: for everybody */
    u_char              uid[];
} ngx_chat_fanout_late_t;


static void ngx_chat_fanout_event(ngx_chat_channel_t kind, ngx_str_t id,
    const chat_envelope_t *envelope);
static void ngx_chat_fanout_event_all(const chat_envelope_t *envelope);
static void ngx_chat_fanout_subscribed(ngx_chat_channel_t kind, ngx_str_t id);
static void ngx_chat_fanout_ready(ngx_uint_t epoch_changed,
    ngx_uint_t events_lost);
static void ngx_chat_fanout_lost(void);

static void ngx_chat_fanout_take(ngx_str_t uid,
    const chat_envelope_t *envelope);
static ngx_int_t ngx_chat_fanout_postpone(ngx_str_t uid,
    ngx_chat_event_t *event);
static void ngx_chat_fanout_late_handler(ngx_event_t *ev);
static void ngx_chat_fanout_deliver(ngx_str_t uid, ngx_chat_event_t *event);
static void ngx_chat_fanout_to_room(ngx_chat_room_t *room,
    ngx_chat_event_t *event);


const ngx_chat_bus_upward_t  ngx_chat_fanout_upward = {
    ngx_chat_fanout_event,
    ngx_chat_fanout_event_all,
    ngx_chat_fanout_subscribed,
    ngx_chat_fanout_ready,
    ngx_chat_fanout_lost
};

static ngx_queue_t   ngx_chat_fanout_late;
static ngx_event_t   ngx_chat_fanout_late_event;
static ngx_uint_t    ngx_chat_fanout_sends;       /* of this turn */
static ngx_msec_t    ngx_chat_fanout_turn;


ngx_int_t
ngx_chat_fanout_init_process(ngx_cycle_t *cycle)
{
    ngx_queue_init(&ngx_chat_fanout_late);

    ngx_chat_fanout_late_event.handler = ngx_chat_fanout_late_handler;
    ngx_chat_fanout_late_event.log = cycle->log;

    ngx_chat_rooms_init();
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
}


/* --- the bus's calls ---------------------------------------------------- */

static void
ngx_chat_fanout_event(ngx_chat_channel_t kind, ngx_str_t id,
    const chat_envelope_t *envelope)
{
    if (kind == NGX_CHAT_CHANNEL_USER && ngx_chat_rooms_find(id)) {
        ngx_chat_fanout_take(id, envelope);
    }
}


static void
ngx_chat_fanout_event_all(const chat_envelope_t *envelope)
{
    ngx_str_t  everybody = ngx_null_string;

    ngx_chat_fanout_take(everybody, envelope);
}


static void
ngx_chat_fanout_subscribed(ngx_chat_channel_t kind, ngx_str_t id)
{
    ngx_queue_t        *q;
    ngx_chat_room_t    *room;
    ngx_chat_member_t  *member;

    if (kind != NGX_CHAT_CHANNEL_USER) {
        return;
    }

    room = ngx_chat_rooms_find(id);
    if (room == NULL || ngx_queue_empty(&room->members)) {
        return;
    }

    room->on = 1;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        ngx_chat_socket_subscribed(ngx_chat_socket_of(member));
    }
}


/*
 * In a new epoch what a client knows may lack something: it comes back and is
 * told what it has not read.  After a gap the logs have it.
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
        ngx_chat_catch_up(room);
    }
}


static void
ngx_chat_fanout_lost(void)
{
    ngx_queue_t        *q;
    ngx_chat_room_t    *room;
    ngx_chat_member_t  *member;

    ngx_chat_presence_lost();

    for (room = ngx_chat_rooms_next(NULL);
         room;
         room = ngx_chat_rooms_next(room))
    {
        for (q = ngx_queue_head(&room->members);
             q != ngx_queue_sentinel(&room->members);
             q = ngx_queue_next(q))
        {
            member = ngx_queue_data(q, ngx_chat_member_t, link);
            ngx_chat_socket_unlinked(ngx_chat_socket_of(member));
        }
    }
}


/* --- delivery ----------------------------------------------------------- */

static void
ngx_chat_fanout_take(ngx_str_t uid, const chat_envelope_t *envelope)
{
    ngx_chat_event_t  *event;

    if (ngx_chat_fanout_turn != ngx_current_msec) {
        ngx_chat_fanout_turn = ngx_current_msec;
        ngx_chat_fanout_sends = 0;
    }

    event = ngx_chat_event_create(envelope);

    if (event == NULL) {
        ngx_chat_session_close_all("no memory for an event");
        return;
    }

    if (ngx_chat_fanout_sends < NGX_CHAT_FANOUT_SENDS
        && ngx_queue_empty(&ngx_chat_fanout_late))
    {
        ngx_chat_fanout_deliver(uid, event);

    } else if (ngx_chat_fanout_postpone(uid, event) != NGX_OK) {
        ngx_chat_session_close_all("no memory for an event");
    }

    ngx_chat_event_unref(&event);
}


static ngx_int_t
ngx_chat_fanout_postpone(ngx_str_t uid, ngx_chat_event_t *event)
{
    ngx_chat_fanout_late_t  *late;

    late = ngx_alloc(sizeof(ngx_chat_fanout_late_t) + uid.len, ngx_cycle->log);
    if (late == NULL) {
        return NGX_ERROR;
    }

    late->event = ngx_chat_event_ref(event);
    late->uid_len = uid.len;

    if (uid.len) {
        ngx_memcpy(late->uid, uid.data, uid.len);
    }

    ngx_queue_insert_tail(&ngx_chat_fanout_late, &late->link);
    ngx_post_event(&ngx_chat_fanout_late_event, &ngx_posted_next_events);

    return NGX_OK;
}


static void
ngx_chat_fanout_late_handler(ngx_event_t *ev)
{
    ngx_str_t                uid;
    ngx_queue_t             *q;
    ngx_chat_fanout_late_t  *late;

    ngx_chat_fanout_turn = ngx_current_msec;
    ngx_chat_fanout_sends = 0;

    while (!ngx_queue_empty(&ngx_chat_fanout_late)) {

        if (ngx_chat_fanout_sends >= NGX_CHAT_FANOUT_SENDS) {
            ngx_post_event(ev, &ngx_posted_next_events);
            return;
        }

        q = ngx_queue_head(&ngx_chat_fanout_late);
        late = ngx_queue_data(q, ngx_chat_fanout_late_t, link);
        ngx_queue_remove(q);

        uid.len = late->uid_len;
        uid.data = late->uid;
        ngx_chat_fanout_deliver(uid, late->event);

        ngx_chat_event_unref(&late->event);
        ngx_free(late);
    }
}


static void
ngx_chat_fanout_deliver(ngx_str_t uid, ngx_chat_event_t *event)
{
    ngx_chat_room_t  *room;

    if (uid.len) {
        room = ngx_chat_rooms_find(uid);

        if (room) {
            ngx_chat_fanout_to_room(room, event);
        }

        return;
    }

    for (room = ngx_chat_rooms_next(NULL);
         room;
         room = ngx_chat_rooms_next(room))
    {
        ngx_chat_fanout_to_room(room, event);
    }
}


/* Nobody leaves the room meanwhile: sessions end at the end of a turn. */
static void
ngx_chat_fanout_to_room(ngx_chat_room_t *room, ngx_chat_event_t *event)
{
    ngx_uint_t          heard;
    ngx_queue_t        *q;
    ngx_chat_member_t  *member;

    room->more = 1;
    heard = 0;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        heard += ngx_chat_socket_hear(ngx_chat_socket_of(member), event);
        ngx_chat_fanout_sends += event->count;
    }

    if (heard && event->seq) {
        ngx_chat_delivered(event->conversation, room->node.str, event->seq);
    }
}
