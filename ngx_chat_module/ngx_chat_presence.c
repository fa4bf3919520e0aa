
/*
 * Presence, this process's share: absolute counts of a user's sockets, which
 * may be told twice without harm, and the lease of the incarnation, without
 * which none of them counts.  Edges, grace and who is to hear of them are the
 * worker's.  Sockets say who joined and who left; changes of 100 ms are told
 * together.
 */

#include "ngx_chat_presence.h"
#include "ngx_chat_rooms_seats.h"


#define NGX_CHAT_PRESENCE_TELL_MS    100
#define NGX_CHAT_PRESENCE_RETRY_MS   1000
#define NGX_CHAT_PRESENCE_LEASE_MS   3000
#define NGX_CHAT_LOG_SPARE_MS        10000   /* a log outlives its session */


static void ngx_chat_presence_change(ngx_chat_room_t *room);
static void ngx_chat_presence_tell_handler(ngx_event_t *ev);
static ngx_int_t ngx_chat_presence_tell(ngx_chat_room_t *room);
static void ngx_chat_presence_lease_handler(ngx_event_t *ev);
static void ngx_chat_presence_lease(void);
static ngx_uint_t ngx_chat_presence_pids(ngx_chat_room_t *room,
    ngx_str_t *pids);


static ngx_queue_t   ngx_chat_presence_changed;
static ngx_event_t   ngx_chat_presence_tell_event;
static ngx_event_t   ngx_chat_presence_lease_event;
static ngx_msec_t    ngx_chat_presence_log_ms;


void
ngx_chat_presence_init(ngx_cycle_t *cycle)
{
    ngx_queue_init(&ngx_chat_presence_changed);

    ngx_chat_presence_tell_event.handler = ngx_chat_presence_tell_handler;
    ngx_chat_presence_tell_event.log = cycle->log;
    ngx_chat_presence_tell_event.data = &ngx_chat_presence_tell_event;

    ngx_chat_presence_lease_event.handler = ngx_chat_presence_lease_handler;
    ngx_chat_presence_lease_event.log = cycle->log;
    ngx_chat_presence_lease_event.data = &ngx_chat_presence_lease_event;
    ngx_chat_presence_lease_event.cancelable = 1;
}


void
ngx_chat_presence_exit(void)
{
    if (ngx_chat_presence_tell_event.timer_set) {
        ngx_del_timer(&ngx_chat_presence_tell_event);
    }

    ngx_chat_presence_lost();
}


void
ngx_chat_presence_joined(ngx_chat_room_t *room, ngx_chat_loc_conf_t *conf)
{
    ngx_msec_t  log_ms;

    log_ms = ngx_chat_presence_log_life(conf);
    ngx_chat_presence_log_ms = ngx_max(ngx_chat_presence_log_ms, log_ms);

    room->joined++;
    ngx_chat_presence_change(room);
}


ngx_msec_t
ngx_chat_presence_log_life(ngx_chat_loc_conf_t *conf)
{
    return conf->recovery_ms + conf->ping_interval_ms + conf->ping_timeout_ms
           + NGX_CHAT_LOG_SPARE_MS;
}


void
ngx_chat_presence_left(ngx_chat_room_t *room)
{
    room->joined--;
    ngx_chat_presence_change(room);
}


static void
ngx_chat_presence_change(ngx_chat_room_t *room)
{
    if (room->listed) {
        return;
    }

    room->listed = 1;
    ngx_queue_insert_tail(&ngx_chat_presence_changed, &room->changed);

    if (!ngx_chat_presence_tell_event.timer_set) {
        ngx_add_timer(&ngx_chat_presence_tell_event,
                      NGX_CHAT_PRESENCE_TELL_MS);
    }
}


/* --- counts ------------------------------------------------------------- */

static void
ngx_chat_presence_tell_handler(ngx_event_t *ev)
{
    ngx_queue_t      *q;
    ngx_chat_room_t  *room;

    while (!ngx_queue_empty(&ngx_chat_presence_changed)) {

        q = ngx_queue_head(&ngx_chat_presence_changed);
        room = ngx_queue_data(q, ngx_chat_room_t, changed);

        if ((room->untold || room->joined != room->told)
            && ngx_chat_presence_tell(room) != NGX_OK)
        {
            /* with a new link everything is told; a process that leaves
             * does not stay for it: its lease lapses */

            if (ngx_chat_bus_ready() && !ngx_exiting) {
                ngx_add_timer(ev, NGX_CHAT_PRESENCE_RETRY_MS);
            }

            return;
        }

        ngx_queue_remove(q);
        room->listed = 0;
        room->untold = 0;
        room->told = room->joined;
        ngx_chat_rooms_release(room);
    }
}


static ngx_int_t
ngx_chat_presence_tell(ngx_chat_room_t *room)
{
    u_char          count[NGX_INT_T_LEN];
    ngx_chat_job_t  job;

    ngx_memzero(&job, sizeof(ngx_chat_job_t));

    ngx_str_set(&job.lane, CHAT_LANE_READ);
    job.kind = "presence";
    job.slot_of = ngx_chat_slice(room->node.str);
    job.named = 1;
    job.envelope.headers[CHAT_H_UID] = job.slot_of;
    job.envelope.headers[CHAT_H_COUNT] = chat_slice_of(count,
                     (size_t) (ngx_sprintf(count, "%uD", room->joined)
                               - count));

    return ngx_chat_bus_push(&job, NULL);
}


void
ngx_chat_presence_ready(void)
{
    ngx_chat_room_t  *room;

    ngx_chat_presence_lease();

    for (room = ngx_chat_rooms_next(NULL);
         room;
         room = ngx_chat_rooms_next(room))
    {
        room->untold = 1;
        ngx_chat_presence_change(room);
    }

    /* those that waited for the link are listed, but the timer is not set */
    if (!ngx_queue_empty(&ngx_chat_presence_changed)
        && !ngx_chat_presence_tell_event.timer_set)
    {
        ngx_add_timer(&ngx_chat_presence_tell_event,
                      NGX_CHAT_PRESENCE_TELL_MS);
    }
}


void
ngx_chat_presence_lost(void)
{
    if (ngx_chat_presence_lease_event.timer_set) {
        ngx_del_timer(&ngx_chat_presence_lease_event);
    }
}


/* --- the lease ---------------------------------------------------------- */

static void
ngx_chat_presence_lease_handler(ngx_event_t *ev)
{
    ngx_chat_presence_lease();
}


/*
 * Also keeps the logs of the users who have sockets here, what these can be
 * claimed by, and the logs of the large conversations that they hear.
 */
static void
ngx_chat_presence_lease(void)
{
    ngx_str_t                *uids, *pids, *ids;
    ngx_uint_t                n, joined;
    ngx_chat_room_t          *room;
    ngx_chat_conversation_t  *one;

    joined = 0;

    for (room = ngx_chat_rooms_next(NULL);
         room;
         room = ngx_chat_rooms_next(room))
    {
        joined += room->joined;
    }

    uids = ngx_alloc((ngx_chat_rooms_count() + joined
                      + ngx_chat_seats_conversations() + 1)
                     * sizeof(ngx_str_t), ngx_cycle->log);

    if (uids) {
        n = 0;
        pids = uids + ngx_chat_rooms_count();
        ids = pids;

        for (room = ngx_chat_rooms_next(NULL);
             room;
             room = ngx_chat_rooms_next(room))
        {
            if (room->joined) {
                uids[n++] = room->node.str;
                ids += ngx_chat_presence_pids(room, ids);
            }
        }

        ngx_chat_bus_node(uids, n, ngx_chat_presence_log_ms);
        ngx_chat_bus_keep("pid", pids, ids - pids, ngx_chat_presence_log_ms);

        n = 0;

        for (one = ngx_chat_seats_next(NULL);
             one;
             one = ngx_chat_seats_next(one))
        {
            ids[n++] = one->node.str;
        }

        ngx_chat_bus_keep("log:conv", ids, n, ngx_chat_presence_log_ms);
        ngx_free(uids);
    }

    ngx_add_timer(&ngx_chat_presence_lease_event, NGX_CHAT_PRESENCE_LEASE_MS);
}


/* Those of who has joined: no more than room->joined. */
static ngx_uint_t
ngx_chat_presence_pids(ngx_chat_room_t *room, ngx_str_t *pids)
{
    ngx_uint_t          n;
    ngx_queue_t        *q;
    ngx_chat_member_t  *member;

    n = 0;

    for (q = ngx_queue_head(&room->members);
         q != ngx_queue_sentinel(&room->members);
         q = ngx_queue_next(q))
    {
        member = ngx_queue_data(q, ngx_chat_member_t, link);

        if (member->pid.len && n < room->joined) {
            pids[n++] = member->pid;
        }
    }

    return n;
}
