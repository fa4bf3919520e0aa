
/*
 * Rooms: a user and the sockets that user has here.  Sockets enter and leave,
 * the fan-out looks a room up for each event, presence counts who joined.  It
 * must not know what a member is.
 */

#include "ngx_chat_rooms.h"


static ngx_chat_room_t *ngx_chat_rooms_create(ngx_str_t uid);


static ngx_rbtree_t        ngx_chat_rooms_tree;
static ngx_rbtree_node_t   ngx_chat_rooms_sentinel;
static ngx_uint_t          ngx_chat_rooms_total;

static ngx_chat_rooms_upward_t  ngx_chat_rooms_upward;


void
ngx_chat_rooms_init(const ngx_chat_rooms_upward_t *upward)
{
    ngx_chat_rooms_upward = *upward;

    ngx_rbtree_init(&ngx_chat_rooms_tree, &ngx_chat_rooms_sentinel,
                    ngx_str_rbtree_insert_value);
}


ngx_chat_room_t *
ngx_chat_rooms_find(ngx_str_t uid)
{
    return (ngx_chat_room_t *) ngx_str_rbtree_lookup(&ngx_chat_rooms_tree,
                                     &uid, ngx_crc32_short(uid.data, uid.len));
}


ngx_int_t
ngx_chat_rooms_enter(ngx_chat_member_t *member, ngx_str_t uid)
{
    ngx_int_t         rc;
    ngx_chat_room_t  *room;

    room = ngx_chat_rooms_find(uid);

    if (room == NULL) {
        room = ngx_chat_rooms_create(uid);

        if (room == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_queue_empty(&room->members)) {
        rc = ngx_chat_bus_subscribe(NGX_CHAT_CHANNEL_USER, room->node.str);

        if (rc == NGX_ERROR) {
            ngx_chat_rooms_release(room);
            return NGX_ERROR;
        }

        room->on = (rc == NGX_OK);
    }

    member->room = room;
    ngx_queue_insert_tail(&room->members, &member->link);

    return room->on ? NGX_OK : NGX_AGAIN;
}


static ngx_chat_room_t *
ngx_chat_rooms_create(ngx_str_t uid)
{
    ngx_chat_room_t  *room;

    room = ngx_calloc(offsetof(ngx_chat_room_t, uid) + uid.len,
                      ngx_cycle->log);
    if (room == NULL) {
        return NULL;
    }

    ngx_memcpy(room->uid, uid.data, uid.len);
    ngx_queue_init(&room->members);

    room->node.str.len = uid.len;
    room->node.str.data = room->uid;
    room->node.node.key = ngx_crc32_short(uid.data, uid.len);

    ngx_rbtree_insert(&ngx_chat_rooms_tree, &room->node.node);
    ngx_chat_rooms_total++;

    return room;
}


void
ngx_chat_rooms_leave(ngx_chat_member_t *member)
{
    ngx_chat_room_t  *room;

    room = member->room;

    if (room == NULL) {
        return;
    }

    member->room = NULL;
    ngx_queue_remove(&member->link);

    if (ngx_queue_empty(&room->members)) {
        room->on = 0;
        ngx_chat_rooms_upward.left(room);
        ngx_chat_bus_unsubscribe(NGX_CHAT_CHANNEL_USER, room->node.str);
        ngx_chat_rooms_release(room);
    }
}


void
ngx_chat_rooms_behind(ngx_chat_room_t *room)
{
    ngx_chat_rooms_upward.behind(room);
}


void
ngx_chat_rooms_release(ngx_chat_room_t *room)
{
    if (!ngx_queue_empty(&room->members) || room->listed) {
        return;
    }

    ngx_rbtree_delete(&ngx_chat_rooms_tree, &room->node.node);
    ngx_chat_rooms_total--;
    ngx_free(room);
}


ngx_chat_room_t *
ngx_chat_rooms_next(ngx_chat_room_t *room)
{
    ngx_rbtree_node_t  *node;

    if (room) {
        node = ngx_rbtree_next(&ngx_chat_rooms_tree, &room->node.node);
        return (ngx_chat_room_t *) node;
    }

    if (ngx_chat_rooms_tree.root == ngx_chat_rooms_tree.sentinel) {
        return NULL;
    }

    node = ngx_rbtree_min(ngx_chat_rooms_tree.root,
                          ngx_chat_rooms_tree.sentinel);

    return (ngx_chat_room_t *) node;
}


ngx_uint_t
ngx_chat_rooms_count(void)
{
    return ngx_chat_rooms_total;
}
