
/*
 * Delivery: an event is encoded once, then queued on each socket of its user,
 * of the users of a large conversation, or of all.  A turn of the event loop
 * queues so many packets and leaves the rest to the next, in order; a large
 * conversation is left in the middle and gone on with there.  No JSON is
 * parsed on the way out.
 */

#include "ngx_chat_fanout_deliver.h"
#include "ngx_chat_delivered.h"
#include "ngx_chat_fanout_catch_up.h"
#include "ngx_chat_fanout_online.h"
#include "ngx_chat_socket.h"


#define NGX_CHAT_DELIVER_SENDS  500      /* in one turn */


typedef struct {
    ngx_queue_t           link;
    ngx_chat_event_t     *event;
    ngx_chat_channel_t    kind;
    ngx_chat_seat_t       walk;          /* in a conversation */
    ngx_uint_t            walking;       /* … not yet at its end */
    ngx_str_t             id;
    u_char                text[];
} ngx_chat_delivery_t;


typedef void (*ngx_chat_deliver_pt)(ngx_chat_delivery_t *delivery);


static void ngx_chat_deliver_run(void);
static void ngx_chat_deliver_handler(ngx_event_t *ev);
static void ngx_chat_deliver_to_user(ngx_chat_delivery_t *delivery);
static void ngx_chat_deliver_to_conversation(ngx_chat_delivery_t *delivery);
static void ngx_chat_deliver_to_all(ngx_chat_delivery_t *delivery);
static void ngx_chat_deliver_to_room(ngx_chat_room_t *room,
    ngx_chat_event_t *event);


static const ngx_chat_deliver_pt  ngx_chat_deliver_to[] = {
    [NGX_CHAT_CHANNEL_USER] = ngx_chat_deliver_to_user,
    [NGX_CHAT_CHANNEL_CONVERSATION] = ngx_chat_deliver_to_conversation,
    [NGX_CHAT_CHANNEL_ALL] = ngx_chat_deliver_to_all
};

static ngx_queue_t   ngx_chat_deliver_queue;
static ngx_event_t   ngx_chat_deliver_event;
static ngx_uint_t    ngx_chat_deliver_sends;       /* of this turn */
static ngx_msec_t    ngx_chat_deliver_turn;


void
ngx_chat_deliver_init(ngx_cycle_t *cycle)
{
    ngx_queue_init(&ngx_chat_deliver_queue);

    ngx_chat_deliver_event.handler = ngx_chat_deliver_handler;
    ngx_chat_deliver_event.log = cycle->log;
}


void
ngx_chat_deliver(ngx_chat_channel_t kind, ngx_str_t id,
    const chat_envelope_t *envelope)
{
    ngx_chat_delivery_t  *delivery;

    if (ngx_chat_deliver_turn != ngx_current_msec) {
        ngx_chat_deliver_turn = ngx_current_msec;
        ngx_chat_deliver_sends = 0;
    }

    delivery = ngx_alloc(sizeof(ngx_chat_delivery_t) + id.len, ngx_cycle->log);

    if (delivery == NULL) {
        ngx_chat_session_close_all("no memory for an event");
        return;
    }

    delivery->event = ngx_chat_event_create(envelope);

    if (delivery->event == NULL) {
        ngx_free(delivery);
        ngx_chat_session_close_all("no memory for an event");
        return;
    }

    delivery->kind = kind;
    delivery->walking = 0;
    delivery->id.len = id.len;
    delivery->id.data = delivery->text;

    if (id.len) {
        ngx_memcpy(delivery->text, id.data, id.len);
    }

    ngx_queue_insert_tail(&ngx_chat_deliver_queue, &delivery->link);
    ngx_chat_deliver_run();
}


static void
ngx_chat_deliver_run(void)
{
    ngx_queue_t          *q;
    ngx_chat_delivery_t  *delivery;

    while (!ngx_queue_empty(&ngx_chat_deliver_queue)) {

        if (ngx_chat_deliver_sends >= NGX_CHAT_DELIVER_SENDS) {
            ngx_post_event(&ngx_chat_deliver_event, &ngx_posted_next_events);
            return;
        }

        q = ngx_queue_head(&ngx_chat_deliver_queue);
        delivery = ngx_queue_data(q, ngx_chat_delivery_t, link);

        ngx_chat_deliver_to[delivery->kind](delivery);

        if (!delivery->walking) {
            ngx_queue_remove(q);
            ngx_chat_event_unref(&delivery->event);
            ngx_free(delivery);
        }
    }
}


static void
ngx_chat_deliver_handler(ngx_event_t *ev)
{
    ngx_chat_deliver_turn = ngx_current_msec;
    ngx_chat_deliver_sends = 0;

    ngx_chat_deliver_run();
}


static void
ngx_chat_deliver_to_user(ngx_chat_delivery_t *delivery)
{
    ngx_chat_room_t  *room;

    room = ngx_chat_rooms_find(delivery->id);

    if (room == NULL) {
        return;
    }

    ngx_chat_deliver_to_room(room, delivery->event);

    if (delivery->event->join || delivery->event->leave) {
        ngx_chat_catch_up_move(room, delivery->event);
    }
}


static void
ngx_chat_deliver_to_conversation(ngx_chat_delivery_t *delivery)
{
    ngx_chat_room_t          *room;
    ngx_chat_conversation_t  *conversation;

    if (!delivery->walking) {
        conversation = ngx_chat_seats_find(delivery->id);

        if (conversation == NULL) {
            return;
        }

        ngx_chat_seats_walk(conversation, &delivery->walk);
        delivery->walking = 1;
    }

    while (ngx_chat_deliver_sends < NGX_CHAT_DELIVER_SENDS) {
        room = ngx_chat_seats_walk_on(&delivery->walk);

        if (room == NULL) {
            delivery->walking = 0;
            return;
        }

        ngx_chat_deliver_to_room(room, delivery->event);
    }
}


static void
ngx_chat_deliver_to_all(ngx_chat_delivery_t *delivery)
{
    ngx_chat_room_t  *room;

    for (room = ngx_chat_rooms_next(NULL);
         room;
         room = ngx_chat_rooms_next(room))
    {
        ngx_chat_deliver_to_room(room, delivery->event);
    }
}


/* Nobody leaves the room meanwhile: sessions end at the end of a turn. */
static void
ngx_chat_deliver_to_room(ngx_chat_room_t *room, ngx_chat_event_t *event)
{
    ngx_uint_t          heard;
    ngx_queue_t        *q;
    ngx_chat_member_t  *member;

    if (room->behind) {

        if (event->offset.epoch) {
            ngx_chat_catch_up_note(room, event);

        } else if (ngx_chat_online_keep(room, event)) {
            return;
        }
    }

    heard = 0;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);
        heard += ngx_chat_socket_hear(ngx_chat_socket_of(member), event);
        ngx_chat_deliver_sends += event->count;
    }

    if (heard && event->seq) {
        ngx_chat_delivered(event->conversation, room->node.str, event->seq);
    }
}
