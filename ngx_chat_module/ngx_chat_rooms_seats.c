
/*
 * Seats: which users of this process hear which large conversation.  A
 * socket's beginning and events that say so take them, the room's last socket
 * gives them up.  The first seat subscribes to the conversation's channel, the
 * last unsubscribes.  What was said before, it must not know.
 */

#include "ngx_chat_rooms_seats.h"


static ngx_chat_conversation_t *ngx_chat_seats_open(ngx_str_t id);
static void ngx_chat_seats_release(ngx_chat_conversation_t *conversation);
static ngx_chat_seat_t **ngx_chat_seats_place(ngx_chat_room_t *room,
    ngx_str_t id);
static void ngx_chat_seats_give_up(ngx_chat_seat_t **place);


static ngx_rbtree_t        ngx_chat_seats_tree;
static ngx_rbtree_node_t   ngx_chat_seats_sentinel;
static ngx_uint_t          ngx_chat_seats_total;    /* conversations */


void
ngx_chat_seats_init(void)
{
    ngx_rbtree_init(&ngx_chat_seats_tree, &ngx_chat_seats_sentinel,
                    ngx_str_rbtree_insert_value);
}


ngx_int_t
ngx_chat_seats_take(ngx_chat_room_t *room, ngx_str_t id)
{
    ngx_chat_seat_t          *seat;
    ngx_chat_conversation_t  *conversation;

    if (id.len != CHAT_ID_LEN || *ngx_chat_seats_place(room, id)) {
        return NGX_DECLINED;
    }

    seat = ngx_alloc(sizeof(ngx_chat_seat_t), ngx_cycle->log);
    if (seat == NULL) {
        return NGX_ERROR;
    }

    conversation = ngx_chat_seats_find(id);

    if (conversation == NULL) {
        conversation = ngx_chat_seats_open(id);

        if (conversation == NULL) {
            ngx_free(seat);
            return NGX_ERROR;
        }
    }

    seat->room = room;
    seat->conversation = conversation;
    seat->next = room->seats;
    room->seats = seat;
    ngx_queue_insert_tail(&conversation->seats, &seat->link);

    return conversation->on ? NGX_OK : NGX_AGAIN;
}


void
ngx_chat_seats_leave(ngx_chat_room_t *room, ngx_str_t id)
{
    ngx_chat_seat_t  **place;

    place = ngx_chat_seats_place(room, id);

    if (*place) {
        ngx_chat_seats_give_up(place);
    }
}


void
ngx_chat_seats_leave_all(ngx_chat_room_t *room)
{
    while (room->seats) {
        ngx_chat_seats_give_up(&room->seats);
    }
}


ngx_uint_t
ngx_chat_seats_on(const ngx_chat_room_t *room)
{
    const ngx_chat_seat_t  *seat;

    for (seat = room->seats; seat; seat = seat->next) {

        if (!seat->conversation->on) {
            return 0;
        }
    }

    return 1;
}


/* Where the room's list has that seat, or ends. */
static ngx_chat_seat_t **
ngx_chat_seats_place(ngx_chat_room_t *room, ngx_str_t id)
{
    ngx_str_t         *own;
    ngx_chat_seat_t  **place;

    for (place = &room->seats; *place; place = &(*place)->next) {
        own = &(*place)->conversation->node.str;

        if (own->len == id.len && ngx_memcmp(own->data, id.data, id.len) == 0)
        {
            break;
        }
    }

    return place;
}


static void
ngx_chat_seats_give_up(ngx_chat_seat_t **place)
{
    ngx_chat_seat_t          *seat;
    ngx_chat_conversation_t  *conversation;

    seat = *place;
    *place = seat->next;

    conversation = seat->conversation;
    ngx_queue_remove(&seat->link);
    ngx_free(seat);

    ngx_chat_seats_release(conversation);
}


/* --- walking ------------------------------------------------------------ */

void
ngx_chat_seats_walk(ngx_chat_conversation_t *conversation,
    ngx_chat_seat_t *walk)
{
    walk->room = NULL;
    walk->conversation = conversation;
    ngx_queue_insert_head(&conversation->seats, &walk->link);
}


ngx_chat_room_t *
ngx_chat_seats_walk_on(ngx_chat_seat_t *walk)
{
    ngx_queue_t      *q, *end;
    ngx_chat_seat_t  *seat;

    q = &walk->link;
    end = ngx_queue_sentinel(&walk->conversation->seats);

    do {
        q = ngx_queue_next(q);

        if (q == end) {
            ngx_queue_remove(&walk->link);
            ngx_chat_seats_release(walk->conversation);
            return NULL;
        }

        seat = ngx_queue_data(q, ngx_chat_seat_t, link);

    } while (seat->room == NULL);          /* another one's walk */

    ngx_queue_remove(&walk->link);
    ngx_queue_insert_after(q, &walk->link);

    return seat->room;
}


/* --- conversations ------------------------------------------------------ */

static ngx_chat_conversation_t *
ngx_chat_seats_open(ngx_str_t id)
{
    ngx_int_t                 rc;
    ngx_chat_conversation_t  *conversation;

    rc = ngx_chat_bus_subscribe(NGX_CHAT_CHANNEL_CONVERSATION, id);
    if (rc == NGX_ERROR) {
        return NULL;
    }

    conversation = ngx_alloc(sizeof(ngx_chat_conversation_t) + id.len,
                             ngx_cycle->log);
    if (conversation == NULL) {
        ngx_chat_bus_unsubscribe(NGX_CHAT_CHANNEL_CONVERSATION, id);
        return NULL;
    }

    ngx_memcpy(conversation->id, id.data, id.len);
    ngx_queue_init(&conversation->seats);
    conversation->on = (rc == NGX_OK);

    conversation->node.str.len = id.len;
    conversation->node.str.data = conversation->id;
    conversation->node.node.key = ngx_crc32_short(id.data, id.len);

    ngx_rbtree_insert(&ngx_chat_seats_tree, &conversation->node.node);
    ngx_chat_seats_total++;

    return conversation;
}


static void
ngx_chat_seats_release(ngx_chat_conversation_t *conversation)
{
    if (!ngx_queue_empty(&conversation->seats)) {
        return;
    }

    ngx_chat_bus_unsubscribe(NGX_CHAT_CHANNEL_CONVERSATION,
                             conversation->node.str);

    ngx_rbtree_delete(&ngx_chat_seats_tree, &conversation->node.node);
    ngx_chat_seats_total--;
    ngx_free(conversation);
}


ngx_chat_conversation_t *
ngx_chat_seats_find(ngx_str_t id)
{
    return (ngx_chat_conversation_t *)
               ngx_str_rbtree_lookup(&ngx_chat_seats_tree, &id,
                                     ngx_crc32_short(id.data, id.len));
}


ngx_chat_conversation_t *
ngx_chat_seats_next(ngx_chat_conversation_t *one)
{
    ngx_rbtree_node_t  *node;

    if (one) {
        node = ngx_rbtree_next(&ngx_chat_seats_tree, &one->node.node);
        return (ngx_chat_conversation_t *) node;
    }

    if (ngx_chat_seats_tree.root == ngx_chat_seats_tree.sentinel) {
        return NULL;
    }

    node = ngx_rbtree_min(ngx_chat_seats_tree.root,
                          ngx_chat_seats_tree.sentinel);

    return (ngx_chat_conversation_t *) node;
}


ngx_uint_t
ngx_chat_seats_conversations(void)
{
    return ngx_chat_seats_total;
}
